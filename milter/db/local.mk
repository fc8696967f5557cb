milter_libassay_a_SOURCES += \
	%D%/copy_row.c %D%/copy_row.h \
	%D%/countfile.c %D%/countfile.h \
	%D%/db.c %D%/db.h \
	%D%/dbfile.c %D%/dbfile.h \
	%D%/dialect.c %D%/dialect.h \
	%D%/engine.h %D%/locked.h \
	%D%/migrate.c %D%/migrate.h \
	%D%/moved.c %D%/moved.h \
	%D%/open.c %D%/server.h \
	%D%/run.c %D%/run.h \
	%D%/sqlite.c %D%/sqlite.h

# the centre of a fleet, where libpq is; assay-milter is not linked with it
PG_FILES = %D%/pg_engine.c %D%/pg_engine.h %D%/pg_error.c %D%/pg_error.h %D%/postgres.c %D%/postgres.h \
	%D%/postgres_internal.h %D%/postgres_later.c %D%/postgres_login.c %D%/postgres_login.h %D%/postgres_read.c \
	%D%/postgres_rows.c %D%/postgres_start.c %D%/postgres_wait.c
EXTRA_DIST += $(PG_FILES)
if POSTGRESQL
milter_libassay_a_SOURCES += $(PG_FILES)
endif
