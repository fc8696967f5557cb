INCOMING_TESTS = tests/unit/incoming/words_test tests/unit/incoming/incoming_test tests/unit/incoming/death_test
check_PROGRAMS += $(INCOMING_TESTS)
TESTS += $(INCOMING_TESTS)
tests_unit_incoming_words_test_SOURCES = %D%/words_test.c
tests_unit_incoming_words_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_incoming_words_test_LDADD = $(UNIT_LDADD)
tests_unit_incoming_incoming_test_SOURCES = %D%/incoming_test.c
tests_unit_incoming_incoming_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_incoming_incoming_test_LDADD = $(UNIT_LDADD)
tests_unit_incoming_death_test_SOURCES = %D%/death_test.c
tests_unit_incoming_death_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_incoming_death_test_LDADD = $(UNIT_LDADD)
tests_unit_incoming_death_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fork -Wl,--wrap=sandbox_cpu
