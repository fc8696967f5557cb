check_PROGRAMS += tests/unit/config/check_test
TESTS += tests/unit/config/check_test
tests_unit_config_check_test_SOURCES = %D%/check_test.c
tests_unit_config_check_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_config_check_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/config/config_test
TESTS += tests/unit/config/config_test
tests_unit_config_config_test_SOURCES = %D%/config_test.c
tests_unit_config_config_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_config_config_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/config/option_test
TESTS += tests/unit/config/option_test
tests_unit_config_option_test_SOURCES = %D%/option_test.c
tests_unit_config_option_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_config_option_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/config/print_test
TESTS += tests/unit/config/print_test
tests_unit_config_print_test_SOURCES = %D%/print_test.c
tests_unit_config_print_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_config_print_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/config/value_test
TESTS += tests/unit/config/value_test
tests_unit_config_value_test_SOURCES = %D%/value_test.c
tests_unit_config_value_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_config_value_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/config/socket_spec_test
TESTS += tests/unit/config/socket_spec_test
tests_unit_config_socket_spec_test_SOURCES = %D%/socket_spec_test.c
tests_unit_config_socket_spec_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_config_socket_spec_test_LDADD = $(UNIT_LDADD)
