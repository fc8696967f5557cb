check_PROGRAMS += tests/unit/net/fetch_test tests/unit/net/fetch_probe
TESTS += tests/unit/net/fetch_test tests/unit/net/https
tests_unit_net_fetch_test_SOURCES = %D%/fetch_test.c
tests_unit_net_fetch_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_fetch_test_LDADD = $(UNIT_LDADD)
tests_unit_net_fetch_probe_SOURCES = %D%/fetch_probe.c
tests_unit_net_fetch_probe_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_fetch_probe_LDADD = $(UNIT_LDADD)
# a host on loopback
dist_check_SCRIPTS += tests/unit/net/https
