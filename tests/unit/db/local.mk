check_PROGRAMS += tests/unit/db/dbfile_test
TESTS += tests/unit/db/dbfile_test
tests_unit_db_dbfile_test_SOURCES = %D%/dbfile_test.c
tests_unit_db_dbfile_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_db_dbfile_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/db/sqlite_test
TESTS += tests/unit/db/sqlite_test
tests_unit_db_sqlite_test_SOURCES = %D%/sqlite_test.c
tests_unit_db_sqlite_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_db_sqlite_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/db/run_test
TESTS += tests/unit/db/run_test
tests_unit_db_run_test_SOURCES = %D%/run_test.c
tests_unit_db_run_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_db_run_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/db/dialect_test
TESTS += tests/unit/db/dialect_test
tests_unit_db_dialect_test_SOURCES = %D%/dialect_test.c
tests_unit_db_dialect_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_db_dialect_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/db/both_test
TESTS += tests/unit/db/both_test
tests_unit_db_both_test_SOURCES = %D%/both_test.c
tests_unit_db_both_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_db_both_test_LDADD = $(UNIT_LDADD) $(PQ_LIBS)
