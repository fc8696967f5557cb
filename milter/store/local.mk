milter_libassay_a_SOURCES += \
	%D%/dbfile.c %D%/dbfile.h \
	%D%/failures.c %D%/failures.h \
	%D%/messages.c %D%/messages.h \
	%D%/migrate.c %D%/migrate.h \
	%D%/outbox.c %D%/outbox.h \
	%D%/reports.c %D%/reports.h \
	%D%/schema.c %D%/schema.h \
	%D%/span.c %D%/span.h \
	%D%/sqlite.c %D%/sqlite.h \
	%D%/store.c %D%/store.h \
	%D%/suppressed.c \
	%D%/tally.c %D%/tally.h
