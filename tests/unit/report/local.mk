EXTRA_DIST += %D%/golden
check_PROGRAMS += tests/unit/report/build_test
TESTS += tests/unit/report/build_test
tests_unit_report_build_test_SOURCES = %D%/build_test.c
tests_unit_report_build_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_report_build_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=pthread_create,--wrap=random_bits \
	-Wl,--wrap=draft_open,--wrap=draft_close
tests_unit_report_build_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/report/collect_test
TESTS += tests/unit/report/collect_test
tests_unit_report_collect_test_SOURCES = %D%/collect_test.c
tests_unit_report_collect_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_report_collect_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/report/counter_test
TESTS += tests/unit/report/counter_test
tests_unit_report_counter_test_SOURCES = %D%/counter_test.c
tests_unit_report_counter_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_report_counter_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/report/feedback_test
TESTS += tests/unit/report/feedback_test
tests_unit_report_feedback_test_SOURCES = %D%/feedback_test.c
tests_unit_report_feedback_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_report_feedback_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/report/history_test
TESTS += tests/unit/report/history_test
tests_unit_report_history_test_SOURCES = %D%/history_test.c
tests_unit_report_history_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_report_history_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/report/period_test
TESTS += tests/unit/report/period_test
tests_unit_report_period_test_SOURCES = %D%/period_test.c
tests_unit_report_period_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_report_period_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/report/row_test
TESTS += tests/unit/report/row_test
tests_unit_report_row_test_SOURCES = %D%/row_test.c
tests_unit_report_row_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_report_row_test_LDADD = $(UNIT_LDADD)
