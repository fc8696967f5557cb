milter_libassay_a_SOURCES += \
	%D%/other.c %D%/other.h \
	%D%/addresses.c %D%/addresses.h \
	%D%/journal.c %D%/journal.h \
	%D%/expire.c \
	%D%/received.c %D%/received.h \
	%D%/reports.c %D%/reports.h \
	%D%/rows.c \
	%D%/stream.c %D%/stream.h \
	%D%/sums.c %D%/sums.h \
	%D%/tables.h \
	%D%/tally.c %D%/tally.h \
	%D%/tls_read.c
