check_PROGRAMS += tests/unit/cli/source_test
TESTS += tests/unit/cli/source_test
tests_unit_cli_source_test_SOURCES = %D%/source_test.c
tests_unit_cli_source_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_cli_source_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/cli/terminal_test
TESTS += tests/unit/cli/terminal_test
tests_unit_cli_terminal_test_SOURCES = %D%/terminal_test.c
tests_unit_cli_terminal_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_cli_terminal_test_LDADD = $(UNIT_LDADD)
check_PROGRAMS += tests/unit/cli/domain_test
TESTS += tests/unit/cli/domain_test
tests_unit_cli_domain_test_SOURCES = %D%/domain_test.c
tests_unit_cli_domain_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_cli_domain_test_LDADD = $(UNIT_LDADD)
