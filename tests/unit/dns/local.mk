EXTRA_DIST += %D%/shown.h
check_PROGRAMS += tests/unit/dns/budget_test
TESTS += tests/unit/dns/budget_test
tests_unit_dns_budget_test_SOURCES = %D%/budget_test.c
tests_unit_dns_budget_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_dns_budget_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dns/cache_test
TESTS += tests/unit/dns/cache_test
tests_unit_dns_cache_test_SOURCES = %D%/cache_test.c
tests_unit_dns_cache_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_dns_cache_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dns/packet_test
TESTS += tests/unit/dns/packet_test
tests_unit_dns_packet_test_SOURCES = %D%/packet_test.c
tests_unit_dns_packet_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_dns_packet_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dns/recorder_test
TESTS += tests/unit/dns/recorder_test
tests_unit_dns_recorder_test_SOURCES = %D%/recorder_test.c
tests_unit_dns_recorder_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_dns_recorder_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dns/resolv_conf_test
TESTS += tests/unit/dns/resolv_conf_test
tests_unit_dns_resolv_conf_test_SOURCES = %D%/resolv_conf_test.c
tests_unit_dns_resolv_conf_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_dns_resolv_conf_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dns/resolver_test
TESTS += tests/unit/dns/resolver_test
tests_unit_dns_resolver_test_SOURCES = %D%/resolver_test.c %D%/peer.c %D%/peer.h
tests_unit_dns_resolver_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_dns_resolver_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dns/scope_test
TESTS += tests/unit/dns/scope_test
tests_unit_dns_scope_test_SOURCES = %D%/scope_test.c
tests_unit_dns_scope_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_dns_scope_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dns/zone_test
TESTS += tests/unit/dns/zone_test
tests_unit_dns_zone_test_SOURCES = %D%/zone_test.c
tests_unit_dns_zone_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_dns_zone_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dns/direct_test
TESTS += tests/unit/dns/direct_test
tests_unit_dns_direct_test_SOURCES = %D%/direct_test.c %D%/peer.c %D%/peer.h
tests_unit_dns_direct_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_dns_direct_test_LDADD = $(UNIT_LDADD)
