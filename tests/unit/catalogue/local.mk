check_PROGRAMS += tests/unit/catalogue/clients_test
TESTS += tests/unit/catalogue/clients_test
tests_unit_catalogue_clients_test_SOURCES = %D%/clients_test.c
tests_unit_catalogue_clients_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_catalogue_clients_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/catalogue/senders_test
TESTS += tests/unit/catalogue/senders_test
tests_unit_catalogue_senders_test_SOURCES = %D%/senders_test.c
tests_unit_catalogue_senders_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_catalogue_senders_test_LDADD = $(UNIT_LDADD)
