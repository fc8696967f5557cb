# A client's monthly report: its figures, its blocks, and what writes them as HTML, text and PDF.
milter_libassay_a_SOURCES += \
	%D%/blocks.c %D%/blocks.h \
	%D%/content.c %D%/content.h %D%/content_mail.c %D%/content_work.c \
	%D%/deeds.c %D%/deeds.h \
	%D%/figures.c %D%/figures.h \
	%D%/html.c %D%/html.h \
	%D%/make.c %D%/make.h \
	%D%/run_pdf.c %D%/run_pdf.h \
	%D%/send.c %D%/send.h \
	%D%/style.c %D%/style.h \
	%D%/text.c %D%/text.h \
	%D%/words.c %D%/words.h

PDF_FILES = %D%/pdf.c %D%/pdf.h %D%/pdf_cairo.c %D%/pdf_draw.h %D%/pdf_main.c
EXTRA_DIST += $(PDF_FILES)
if PDF
bin_PROGRAMS += assay-pdf
assay_pdf_SOURCES = $(PDF_FILES)
assay_pdf_CFLAGS = $(AM_CFLAGS) $(PDF_CFLAGS)
assay_pdf_LDADD = milter/libassay.a $(PDF_LIBS)
endif

# The words in other languages; gettext's msgfmt compiles them.
REPORT_PO = %D%/po/de.po
REPORT_MO = %D%/locale/de/LC_MESSAGES/assay-report.mo
EXTRA_DIST += $(REPORT_PO) %D%/po/renew
CLEANFILES += $(REPORT_MO)
if WORDS
all-local: $(REPORT_MO)
endif
%D%/locale/de/LC_MESSAGES/assay-report.mo: %D%/po/de.po
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(MSGFMT) --check-format -o $@.new $(srcdir)/%D%/po/de.po && mv $@.new $@

install-data-local: install-words
uninstall-local: uninstall-words
.PHONY: install-words uninstall-words
install-words:
if WORDS
	$(MKDIR_P) '$(DESTDIR)$(localedir)/de/LC_MESSAGES'
	$(INSTALL_DATA) $(REPORT_MO) '$(DESTDIR)$(localedir)/de/LC_MESSAGES/assay-report.mo'
endif
uninstall-words:
	rm -f '$(DESTDIR)$(localedir)/de/LC_MESSAGES/assay-report.mo'
