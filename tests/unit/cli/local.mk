check_PROGRAMS += tests/unit/cli/why_test
TESTS += tests/unit/cli/why_test
tests_unit_cli_why_test_SOURCES = %D%/why_test.c milter/cli/why_text.c
tests_unit_cli_why_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_cli_why_test_LDADD = $(UNIT_LDADD)
