check_PROGRAMS += tests/unit/output/arc_vouch_test
TESTS += tests/unit/output/arc_vouch_test
tests_unit_output_arc_vouch_test_SOURCES = %D%/arc_vouch_test.c
tests_unit_output_arc_vouch_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_output_arc_vouch_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/output/failure_test
TESTS += tests/unit/output/failure_test
tests_unit_output_failure_test_SOURCES = %D%/failure_test.c
tests_unit_output_failure_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_output_failure_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/output/record_test
TESTS += tests/unit/output/record_test
tests_unit_output_record_test_SOURCES = %D%/record_test.c
tests_unit_output_record_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_output_record_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/output/stamp_test
TESTS += tests/unit/output/stamp_test
tests_unit_output_stamp_test_SOURCES = %D%/stamp_test.c
tests_unit_output_stamp_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_output_stamp_test_LDADD = $(UNIT_LDADD)
