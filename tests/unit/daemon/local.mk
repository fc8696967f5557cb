check_PROGRAMS += tests/unit/daemon/options_test
TESTS += tests/unit/daemon/options_test
tests_unit_daemon_options_test_SOURCES = %D%/options_test.c milter/daemon/options.c
tests_unit_daemon_options_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_options_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/daemon/socket_test
TESTS += tests/unit/daemon/socket_test
tests_unit_daemon_socket_test_SOURCES = %D%/socket_test.c milter/daemon/socket.c milter/daemon/folder.c
tests_unit_daemon_socket_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_socket_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/daemon/start_test
TESTS += tests/unit/daemon/start_test
tests_unit_daemon_start_test_SOURCES = %D%/start_test.c milter/daemon/start.c
tests_unit_daemon_start_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_start_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/daemon/handover_test
TESTS += tests/unit/daemon/handover_test
tests_unit_daemon_handover_test_SOURCES = %D%/handover_test.c milter/daemon/handover.c milter/daemon/socket.c \
	milter/daemon/folder.c milter/daemon/start.c
tests_unit_daemon_handover_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_handover_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/daemon/unit_test
TESTS += tests/unit/daemon/unit_test
tests_unit_daemon_unit_test_SOURCES = %D%/unit_test.c milter/daemon/unit.c milter/daemon/folder.c
tests_unit_daemon_unit_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_daemon_unit_test_LDADD = $(UNIT_LDADD)
