milter_libassay_a_SOURCES += \
	%D%/clock_ahead.c \
	%D%/editions.c %D%/editions.h \
	%D%/lock.c \
	%D%/outbox.c %D%/outbox.h \
	%D%/reports.c %D%/reports.h \
	%D%/sent.c \
	%D%/suppressed.c
