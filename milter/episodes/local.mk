milter_libassay_a_SOURCES += \
	%D%/approvals.c %D%/approvals.h \
	%D%/episodes.c %D%/episodes.h \
	%D%/exceptions.c %D%/exceptions.h \
	%D%/internal.h \
	%D%/notices.c \
	%D%/reconcile.c \
	%D%/tables.h
