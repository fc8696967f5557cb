EXTRA_DIST += %D%/whole/relayed.eml \
	%D%/whole/relayed.zone
check_PROGRAMS += tests/unit/auth/auth_test
TESTS += tests/unit/auth/auth_test
tests_unit_auth_auth_test_SOURCES = %D%/auth_test.c tests/unit/dns/peer.c
tests_unit_auth_auth_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_auth_auth_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/auth/evidence_test
TESTS += tests/unit/auth/evidence_test
tests_unit_auth_evidence_test_SOURCES = %D%/evidence_test.c
tests_unit_auth_evidence_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_evidence_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/auth/vouch_test
TESTS += tests/unit/auth/vouch_test
tests_unit_auth_vouch_test_SOURCES = %D%/vouch_test.c
tests_unit_auth_vouch_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_vouch_test_LDADD = $(UNIT_LDADD)
