EXTRA_DIST += %D%/case.h
check_PROGRAMS += tests/unit/verdict/background_test
TESTS += tests/unit/verdict/background_test
tests_unit_verdict_background_test_SOURCES = %D%/background_test.c
tests_unit_verdict_background_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_background_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/verdict/cause_test
TESTS += tests/unit/verdict/cause_test
tests_unit_verdict_cause_test_SOURCES = %D%/cause_test.c
tests_unit_verdict_cause_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_cause_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/verdict/dmarc_test
TESTS += tests/unit/verdict/dmarc_test
tests_unit_verdict_dmarc_test_SOURCES = %D%/dmarc_test.c
tests_unit_verdict_dmarc_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_dmarc_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/verdict/source_test
TESTS += tests/unit/verdict/source_test
tests_unit_verdict_source_test_SOURCES = %D%/source_test.c
tests_unit_verdict_source_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_source_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/verdict/standing_test
TESTS += tests/unit/verdict/standing_test
tests_unit_verdict_standing_test_SOURCES = %D%/standing_test.c
tests_unit_verdict_standing_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_standing_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/verdict/verdict_test
TESTS += tests/unit/verdict/verdict_test
tests_unit_verdict_verdict_test_SOURCES = %D%/verdict_test.c
tests_unit_verdict_verdict_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_verdict_test_LDADD = $(UNIT_LDADD)
