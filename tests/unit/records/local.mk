EXTRA_DIST += %D%/samples.h \
	%D%/writer_rig.h \
	%D%/desk.h
check_PROGRAMS += tests/unit/records/digest_test
TESTS += tests/unit/records/digest_test
tests_unit_records_digest_test_SOURCES = %D%/digest_test.c
tests_unit_records_digest_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_records_digest_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/records/keys_test
TESTS += tests/unit/records/keys_test
tests_unit_records_keys_test_SOURCES = %D%/keys_test.c
tests_unit_records_keys_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_records_keys_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/records/lookup_test
TESTS += tests/unit/records/lookup_test
tests_unit_records_lookup_test_SOURCES = %D%/lookup_test.c
tests_unit_records_lookup_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_records_lookup_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/records/prune_test
TESTS += tests/unit/records/prune_test
tests_unit_records_prune_test_SOURCES = %D%/prune_test.c
tests_unit_records_prune_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_records_prune_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/records/schema_test
TESTS += tests/unit/records/schema_test
tests_unit_records_schema_test_SOURCES = %D%/schema_test.c
tests_unit_records_schema_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_records_schema_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/records/store_test
TESTS += tests/unit/records/store_test
tests_unit_records_store_test_SOURCES = %D%/store_test.c
tests_unit_records_store_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_records_store_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/records/trouble_test
TESTS += tests/unit/records/trouble_test
tests_unit_records_trouble_test_SOURCES = %D%/trouble_test.c
tests_unit_records_trouble_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_records_trouble_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/records/aside_test
TESTS += tests/unit/records/aside_test
tests_unit_records_aside_test_SOURCES = %D%/aside_test.c
tests_unit_records_aside_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_records_aside_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/records/later_test
TESTS += tests/unit/records/later_test
tests_unit_records_later_test_SOURCES = %D%/later_test.c
tests_unit_records_later_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_records_later_test_LDADD = $(UNIT_LDADD)
