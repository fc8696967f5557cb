milter_libassay_a_SOURCES += \
	%D%/countfile.c %D%/countfile.h \
	%D%/dbfile.c %D%/dbfile.h \
	%D%/migrate.c %D%/migrate.h \
	%D%/run.c %D%/run.h \
	%D%/sqlite.c %D%/sqlite.h
