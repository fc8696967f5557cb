# DKIM
check_PROGRAMS += tests/unit/auth/dkim_sig_test
TESTS += tests/unit/auth/dkim_sig_test
tests_unit_auth_dkim_sig_test_SOURCES = %D%/dkim_sig_test.c
tests_unit_auth_dkim_sig_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dkim_sig_test_LDADD = $(UNIT_LDADD)
