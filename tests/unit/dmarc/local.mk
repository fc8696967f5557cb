EXTRA_DIST += %D%/walks.h
check_PROGRAMS += tests/unit/dmarc/dmarc_align_test
TESTS += tests/unit/dmarc/dmarc_align_test
tests_unit_dmarc_dmarc_align_test_SOURCES = %D%/dmarc_align_test.c
tests_unit_dmarc_dmarc_align_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dmarc_dmarc_align_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dmarc/dmarc_discover_test
TESTS += tests/unit/dmarc/dmarc_discover_test
tests_unit_dmarc_dmarc_discover_test_SOURCES = %D%/dmarc_discover_test.c
tests_unit_dmarc_dmarc_discover_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dmarc_dmarc_discover_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dmarc/dmarc_external_test
TESTS += tests/unit/dmarc/dmarc_external_test
tests_unit_dmarc_dmarc_external_test_SOURCES = %D%/dmarc_external_test.c
tests_unit_dmarc_dmarc_external_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dmarc_dmarc_external_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dmarc/dmarc_gather_test
TESTS += tests/unit/dmarc/dmarc_gather_test
tests_unit_dmarc_dmarc_gather_test_SOURCES = %D%/dmarc_gather_test.c
tests_unit_dmarc_dmarc_gather_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dmarc_dmarc_gather_test_LDADD = $(UNIT_LDADD)
tests_unit_dmarc_dmarc_gather_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=dns_ask

check_PROGRAMS += tests/unit/dmarc/dmarc_opendmarc_test
TESTS += tests/unit/dmarc/dmarc_opendmarc_test
tests_unit_dmarc_dmarc_opendmarc_test_SOURCES = %D%/dmarc_opendmarc_test.c
tests_unit_dmarc_dmarc_opendmarc_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dmarc_dmarc_opendmarc_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dmarc/dmarc_record_test
TESTS += tests/unit/dmarc/dmarc_record_test
tests_unit_dmarc_dmarc_record_test_SOURCES = %D%/dmarc_record_test.c
tests_unit_dmarc_dmarc_record_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dmarc_dmarc_record_test_LDADD = $(UNIT_LDADD)
