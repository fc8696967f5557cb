EXTRA_DIST += tests/unit/verdict/case.h
VERDICT_TESTS = tests/unit/verdict/action_test tests/unit/verdict/record_test tests/unit/verdict/stamp_test \
	tests/unit/verdict/verdict_test
check_PROGRAMS += $(VERDICT_TESTS)
TESTS += $(VERDICT_TESTS)
tests_unit_verdict_action_test_SOURCES = %D%/action_test.c
tests_unit_verdict_action_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_action_test_LDADD = $(UNIT_LDADD)
tests_unit_verdict_record_test_SOURCES = %D%/record_test.c
tests_unit_verdict_record_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_record_test_LDADD = $(UNIT_LDADD)
tests_unit_verdict_stamp_test_SOURCES = %D%/stamp_test.c
tests_unit_verdict_stamp_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_stamp_test_LDADD = $(UNIT_LDADD)
tests_unit_verdict_verdict_test_SOURCES = %D%/verdict_test.c
tests_unit_verdict_verdict_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_verdict_test_LDADD = $(UNIT_LDADD)
# DMARC
check_PROGRAMS += tests/unit/verdict/dmarc_test
TESTS += tests/unit/verdict/dmarc_test
tests_unit_verdict_dmarc_test_SOURCES = %D%/dmarc_test.c
tests_unit_verdict_dmarc_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_dmarc_test_LDADD = $(UNIT_LDADD)
# what is known beside the message
check_PROGRAMS += tests/unit/verdict/background_test
TESTS += tests/unit/verdict/background_test
tests_unit_verdict_background_test_SOURCES = %D%/background_test.c
tests_unit_verdict_background_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_background_test_LDADD = $(UNIT_LDADD)
check_PROGRAMS += tests/unit/verdict/source_test
TESTS += tests/unit/verdict/source_test
tests_unit_verdict_source_test_SOURCES = %D%/source_test.c
tests_unit_verdict_source_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_source_test_LDADD = $(UNIT_LDADD)
# failure reports
check_PROGRAMS += tests/unit/verdict/failure_test
TESTS += tests/unit/verdict/failure_test
tests_unit_verdict_failure_test_SOURCES = %D%/failure_test.c
tests_unit_verdict_failure_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_failure_test_LDADD = $(UNIT_LDADD)
# why it failed
check_PROGRAMS += tests/unit/verdict/cause_test
TESTS += tests/unit/verdict/cause_test
tests_unit_verdict_cause_test_SOURCES = %D%/cause_test.c
tests_unit_verdict_cause_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_cause_test_LDADD = $(UNIT_LDADD)
# what becomes of it
check_PROGRAMS += tests/unit/verdict/policy_test tests/unit/verdict/disposition_test
TESTS += tests/unit/verdict/policy_test tests/unit/verdict/disposition_test
tests_unit_verdict_policy_test_SOURCES = %D%/policy_test.c
tests_unit_verdict_policy_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_policy_test_LDADD = $(UNIT_LDADD)
tests_unit_verdict_disposition_test_SOURCES = %D%/disposition_test.c
tests_unit_verdict_disposition_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_disposition_test_LDADD = $(UNIT_LDADD)
check_PROGRAMS += tests/unit/verdict/judge_test
TESTS += tests/unit/verdict/judge_test
tests_unit_verdict_judge_test_SOURCES = %D%/judge_test.c
tests_unit_verdict_judge_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_judge_test_LDADD = $(UNIT_LDADD)
check_PROGRAMS += tests/unit/verdict/arc_vouch_test
TESTS += tests/unit/verdict/arc_vouch_test
tests_unit_verdict_arc_vouch_test_SOURCES = %D%/arc_vouch_test.c
tests_unit_verdict_arc_vouch_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_verdict_arc_vouch_test_LDADD = $(UNIT_LDADD)
