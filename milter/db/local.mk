milter_libassay_a_SOURCES += \
	%D%/countfile.c %D%/countfile.h \
	%D%/dbfile.c %D%/dbfile.h \
	%D%/migrate.c %D%/migrate.h \
	%D%/moved.c %D%/moved.h \
	%D%/run.c %D%/run.h \
	%D%/sqlite.c %D%/sqlite.h

# the centre of a fleet, where libpq is; only the program assay is linked with it
POSTGRES_FILES = %D%/postgres.c %D%/postgres.h %D%/postgres_internal.h \
	%D%/postgres_login.c %D%/postgres_login.h %D%/postgres_read.c
EXTRA_DIST += $(POSTGRES_FILES)
if POSTGRESQL
milter_libassay_a_SOURCES += $(POSTGRES_FILES)
endif
