EXTRA_DIST += %D%/shown.h
UNIT_DNS_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/%D%
check_PROGRAMS += tests/unit/dns/zone_test
TESTS += tests/unit/dns/zone_test
tests_unit_dns_zone_test_SOURCES = %D%/zone_test.c
tests_unit_dns_zone_test_CFLAGS = $(UNIT_DNS_CFLAGS)
tests_unit_dns_zone_test_LDADD = $(UNIT_LDADD)
