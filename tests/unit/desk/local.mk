check_PROGRAMS += tests/unit/desk/casefile_test
TESTS += tests/unit/desk/casefile_test
tests_unit_desk_casefile_test_SOURCES = %D%/casefile_test.c
tests_unit_desk_casefile_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_desk_casefile_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/desk/playbook_test
TESTS += tests/unit/desk/playbook_test
tests_unit_desk_playbook_test_SOURCES = %D%/playbook_test.c
tests_unit_desk_playbook_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_desk_playbook_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/desk/whatif_test
TESTS += tests/unit/desk/whatif_test
tests_unit_desk_whatif_test_SOURCES = %D%/whatif_test.c
tests_unit_desk_whatif_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_desk_whatif_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/desk/why_test
TESTS += tests/unit/desk/why_test
tests_unit_desk_why_test_SOURCES = %D%/why_test.c
tests_unit_desk_why_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_desk_why_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/desk/pasted_test
TESTS += tests/unit/desk/pasted_test
tests_unit_desk_pasted_test_SOURCES = %D%/pasted_test.c
tests_unit_desk_pasted_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_desk_pasted_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/desk/questions_test
TESTS += tests/unit/desk/questions_test
tests_unit_desk_questions_test_SOURCES = %D%/questions_test.c
tests_unit_desk_questions_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_desk_questions_test_LDADD = $(UNIT_LDADD)
EXTRA_DIST += %D%/golden
