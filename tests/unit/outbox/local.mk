check_PROGRAMS += tests/unit/outbox/outbox_test
TESTS += tests/unit/outbox/outbox_test
tests_unit_outbox_outbox_test_SOURCES = %D%/outbox_test.c
tests_unit_outbox_outbox_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_outbox_outbox_test_LDADD = $(UNIT_LDADD) $(PQ_LIBS)

check_PROGRAMS += tests/unit/outbox/reports_test
TESTS += tests/unit/outbox/reports_test
tests_unit_outbox_reports_test_SOURCES = %D%/reports_test.c
tests_unit_outbox_reports_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_outbox_reports_test_LDADD = $(UNIT_LDADD) $(PQ_LIBS)
