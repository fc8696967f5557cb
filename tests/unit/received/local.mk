check_PROGRAMS += tests/unit/received/sums_test
TESTS += tests/unit/received/sums_test
tests_unit_received_sums_test_SOURCES = %D%/sums_test.c
tests_unit_received_sums_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_received_sums_test_LDADD = $(UNIT_LDADD) $(PQ_LIBS)
