check_PROGRAMS += tests/unit/desk/playbook_test
TESTS += tests/unit/desk/playbook_test
tests_unit_desk_playbook_test_SOURCES = %D%/playbook_test.c
tests_unit_desk_playbook_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_desk_playbook_test_LDADD = $(UNIT_LDADD)
