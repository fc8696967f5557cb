# The pages.  Templates (pages/NAME.page), the style sheet and the mark are compiled in by tools/pagec.
tools_pagec_SOURCES = tools/pagec.c
tools_pagec_CFLAGS = -std=gnu11 $(WARNINGS)
tools_pagec_LDFLAGS =
tools_pagec_LDADD =

WEB_PAGES = %D%/pages/account.page %D%/pages/episode.page %D%/pages/message.page %D%/pages/shell.page %D%/pages/source.page %D%/pages/work.page
WEB_MADE = %D%/pages/account.c %D%/pages/episode.c %D%/pages/message.c %D%/pages/shell.c %D%/pages/source.c %D%/pages/work.c \
	%D%/style.c %D%/mark.c
EXTRA_DIST += $(WEB_PAGES) %D%/assay.css %D%/mark.svg
CLEANFILES += $(WEB_MADE)

%D%/pages/account.c: %D%/pages/account.page tools/pagec$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tools/pagec $(srcdir)/%D%/pages/account.page > $@.new && mv $@.new $@
%D%/pages/episode.c: %D%/pages/episode.page tools/pagec$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tools/pagec $(srcdir)/%D%/pages/episode.page > $@.new && mv $@.new $@
%D%/pages/message.c: %D%/pages/message.page tools/pagec$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tools/pagec $(srcdir)/%D%/pages/message.page > $@.new && mv $@.new $@
%D%/pages/shell.c: %D%/pages/shell.page tools/pagec$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tools/pagec $(srcdir)/%D%/pages/shell.page > $@.new && mv $@.new $@
%D%/pages/source.c: %D%/pages/source.page tools/pagec$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tools/pagec $(srcdir)/%D%/pages/source.page > $@.new && mv $@.new $@
%D%/pages/work.c: %D%/pages/work.page tools/pagec$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tools/pagec $(srcdir)/%D%/pages/work.page > $@.new && mv $@.new $@
%D%/style.c: %D%/assay.css tools/pagec$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tools/pagec -t file_style $(srcdir)/%D%/assay.css > $@.new && mv $@.new $@
%D%/mark.c: %D%/mark.svg tools/pagec$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D) && tools/pagec -t file_mark $(srcdir)/%D%/mark.svg > $@.new && mv $@.new $@

WEB_FILES = %D%/badge.c %D%/badge.h %D%/chart.c %D%/chart.h %D%/door.c %D%/door.h %D%/figures.c %D%/figures.h \
	%D%/files.h %D%/html.c %D%/html.h %D%/http.h %D%/listen.c %D%/listen.h %D%/models.h %D%/page_account.c \
	%D%/page_checklist.c %D%/page_clients.c %D%/page_common.c %D%/page_domain.c %D%/page_episodes.c %D%/page_exceptions.c %D%/page_message.c %D%/page_messages.c \
	%D%/page_received.c %D%/page_reports.c %D%/page_service.c %D%/page_source.c %D%/page_today.c %D%/page_words.c %D%/page_work.c \
	%D%/pages.h %D%/reaper.c %D%/reaper.h %D%/request.c %D%/request.h %D%/routes.c %D%/table.c %D%/table.h %D%/table_order.c %D%/terms.c %D%/terms.h \
	%D%/url.c %D%/url.h %D%/visit.c %D%/visit.h %D%/worker.h
EXTRA_DIST += $(WEB_FILES) %D%/http.c %D%/main.c
if WEB
noinst_LIBRARIES += milter/libweb.a
milter_libweb_a_SOURCES = $(WEB_FILES) %D%/http.c
nodist_milter_libweb_a_SOURCES = $(WEB_MADE)
milter_libweb_a_CFLAGS = $(AM_CFLAGS) $(MHD_CFLAGS)
WEB_LIBS = milter/libweb.a $(ASSAY_LIBS) $(MHD_LIBS)
sbin_PROGRAMS += assay-web
assay_web_SOURCES = %D%/main.c
assay_web_LDADD = $(WEB_LIBS) $(PQ_LIBS)
endif
