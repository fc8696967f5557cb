check_PROGRAMS += tests/unit/policy/action_test
TESTS += tests/unit/policy/action_test
tests_unit_policy_action_test_SOURCES = %D%/action_test.c
tests_unit_policy_action_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_action_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/policy/disposition_test
TESTS += tests/unit/policy/disposition_test
tests_unit_policy_disposition_test_SOURCES = %D%/disposition_test.c
tests_unit_policy_disposition_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_disposition_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/policy/judge_test
TESTS += tests/unit/policy/judge_test
tests_unit_policy_judge_test_SOURCES = %D%/judge_test.c
tests_unit_policy_judge_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_judge_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/policy/policy_test
TESTS += tests/unit/policy/policy_test
tests_unit_policy_policy_test_SOURCES = %D%/policy_test.c
tests_unit_policy_policy_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_policy_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/policy/policy_names_test
TESTS += tests/unit/policy/policy_names_test
tests_unit_policy_policy_names_test_SOURCES = %D%/policy_names_test.c
tests_unit_policy_policy_names_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_policy_names_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/policy/facts_test
TESTS += tests/unit/policy/facts_test
tests_unit_policy_facts_test_SOURCES = %D%/facts_test.c
tests_unit_policy_facts_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_facts_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/policy/catch_rule_test
TESTS += tests/unit/policy/catch_rule_test
tests_unit_policy_catch_rule_test_SOURCES = %D%/catch_rule_test.c
tests_unit_policy_catch_rule_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_catch_rule_test_LDADD = $(UNIT_LDADD)
