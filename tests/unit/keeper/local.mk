check_PROGRAMS += tests/unit/keeper/keeper_test
TESTS += tests/unit/keeper/keeper_test
tests_unit_keeper_keeper_test_SOURCES = tests/unit/keeper/keeper_test.c
tests_unit_keeper_keeper_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_keeper_keeper_test_LDADD = $(UNIT_LDADD)
