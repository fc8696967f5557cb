check_PROGRAMS += tests/unit/inventory/correspondents_test
TESTS += tests/unit/inventory/correspondents_test
tests_unit_inventory_correspondents_test_SOURCES = %D%/correspondents_test.c
tests_unit_inventory_correspondents_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_inventory_correspondents_test_LDADD = $(UNIT_LDADD) $(PQ_LIBS)

check_PROGRAMS += tests/unit/inventory/dnstext_test
TESTS += tests/unit/inventory/dnstext_test
tests_unit_inventory_dnstext_test_SOURCES = %D%/dnstext_test.c
tests_unit_inventory_dnstext_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_inventory_dnstext_test_LDADD = $(UNIT_LDADD) $(PQ_LIBS)

check_PROGRAMS += tests/unit/inventory/inventory_test
TESTS += tests/unit/inventory/inventory_test
tests_unit_inventory_inventory_test_SOURCES = %D%/inventory_test.c
tests_unit_inventory_inventory_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_inventory_inventory_test_LDADD = $(UNIT_LDADD) $(PQ_LIBS)

check_PROGRAMS += tests/unit/inventory/recent_test
TESTS += tests/unit/inventory/recent_test
tests_unit_inventory_recent_test_SOURCES = %D%/recent_test.c
tests_unit_inventory_recent_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_inventory_recent_test_LDADD = $(UNIT_LDADD) $(PQ_LIBS)

check_PROGRAMS += tests/unit/inventory/followed_test
TESTS += tests/unit/inventory/followed_test
tests_unit_inventory_followed_test_SOURCES = %D%/followed_test.c
tests_unit_inventory_followed_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_inventory_followed_test_LDADD = $(UNIT_LDADD)
