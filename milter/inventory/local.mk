milter_libassay_a_SOURCES += \
	%D%/caught.c %D%/caught.h \
	%D%/correspondents.c %D%/correspondents.h \
	%D%/dnstext.c %D%/dnstext.h \
	%D%/domain_run.c %D%/domain_run.h \
	%D%/domain_text.c %D%/domain_text.h \
	%D%/followed.c %D%/followed.h \
	%D%/inventory.c %D%/inventory.h \
	%D%/inventory_edit.c \
	%D%/networks.c %D%/networks.h \
	%D%/parts.c %D%/parts.h \
	%D%/recent.c %D%/recent.h \
	%D%/snapshot.c %D%/snapshot.h
