check_PROGRAMS += tests/unit/service/catch_test
TESTS += tests/unit/service/catch_test
tests_unit_service_catch_test_SOURCES = %D%/catch_test.c milter/service/catch.c
tests_unit_service_catch_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_service_catch_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/service/crash_test
TESTS += tests/unit/service/crash_test
tests_unit_service_crash_test_SOURCES = %D%/crash_test.c milter/service/crash.c
tests_unit_service_crash_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_service_crash_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/service/history_file_test
TESTS += tests/unit/service/history_file_test
tests_unit_service_history_file_test_SOURCES = %D%/history_file_test.c milter/service/history_file.c
tests_unit_service_history_file_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_service_history_file_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/service/site_test
TESTS += tests/unit/service/site_test
tests_unit_service_site_test_SOURCES = %D%/site_test.c milter/service/site.c
tests_unit_service_site_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_service_site_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/service/statistics_test
TESTS += tests/unit/service/statistics_test
tests_unit_service_statistics_test_SOURCES = %D%/statistics_test.c milter/service/statistics.c
tests_unit_service_statistics_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_service_statistics_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/service/repeat_test
TESTS += tests/unit/service/repeat_test
tests_unit_service_repeat_test_SOURCES = %D%/repeat_test.c milter/service/repeat.c
tests_unit_service_repeat_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_service_repeat_test_LDADD = $(UNIT_LDADD)
