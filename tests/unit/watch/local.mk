check_PROGRAMS += tests/unit/watch/judge_test
TESTS += tests/unit/watch/judge_test
tests_unit_watch_judge_test_SOURCES = %D%/judge_test.c
tests_unit_watch_judge_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_watch_judge_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/watch/records_test
TESTS += tests/unit/watch/records_test
tests_unit_watch_records_test_SOURCES = %D%/records_test.c
tests_unit_watch_records_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_watch_records_test_LDADD = $(UNIT_LDADD) $(PQ_LIBS)

check_PROGRAMS += tests/unit/watch/checklist_test
TESTS += tests/unit/watch/checklist_test
tests_unit_watch_checklist_test_SOURCES = %D%/checklist_test.c
tests_unit_watch_checklist_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_watch_checklist_test_LDADD = $(UNIT_LDADD)
