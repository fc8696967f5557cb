# the daemon is no library: each test takes the files it is about
DAEMON_TESTS = tests/unit/daemon/collect_test tests/unit/daemon/crash_test tests/unit/daemon/flight_test \
	tests/unit/daemon/options_test tests/unit/daemon/readahead_test tests/unit/daemon/socket_test \
	tests/unit/daemon/start_test tests/unit/daemon/statistics_test
check_PROGRAMS += $(DAEMON_TESTS)
TESTS += $(DAEMON_TESTS)
tests_unit_daemon_collect_test_SOURCES = %D%/collect_test.c milter/daemon/collect.c
tests_unit_daemon_collect_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_collect_test_LDADD = $(UNIT_LDADD)
tests_unit_daemon_flight_test_SOURCES = %D%/flight_test.c milter/daemon/flight.c
tests_unit_daemon_flight_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_flight_test_LDADD = $(UNIT_LDADD)
tests_unit_daemon_options_test_SOURCES = %D%/options_test.c milter/daemon/options.c
tests_unit_daemon_options_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_options_test_LDADD = $(UNIT_LDADD)
tests_unit_daemon_readahead_test_SOURCES = %D%/readahead_test.c milter/daemon/readahead.c
tests_unit_daemon_readahead_test_CFLAGS = $(UNIT_CFLAGS) -U_FORTIFY_SOURCE
tests_unit_daemon_readahead_test_LDADD = $(UNIT_LDADD)
tests_unit_daemon_socket_test_SOURCES = %D%/socket_test.c milter/daemon/socket.c
tests_unit_daemon_socket_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_socket_test_LDADD = $(UNIT_LDADD)
tests_unit_daemon_start_test_SOURCES = %D%/start_test.c milter/daemon/start.c
tests_unit_daemon_start_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_start_test_LDADD = $(UNIT_LDADD)
tests_unit_daemon_statistics_test_SOURCES = %D%/statistics_test.c milter/daemon/statistics.c
tests_unit_daemon_statistics_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_statistics_test_LDADD = $(UNIT_LDADD)
check_PROGRAMS += tests/unit/daemon/history_file_test
TESTS += tests/unit/daemon/history_file_test
tests_unit_daemon_history_file_test_SOURCES = %D%/history_file_test.c milter/daemon/history_file.c
tests_unit_daemon_history_file_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_history_file_test_LDADD = $(UNIT_LDADD)
tests_unit_daemon_crash_test_SOURCES = %D%/crash_test.c milter/daemon/crash.c
tests_unit_daemon_crash_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_crash_test_LDADD = $(UNIT_LDADD)
