# DKIM
check_PROGRAMS += tests/unit/auth/dkim_sig_test
TESTS += tests/unit/auth/dkim_sig_test
tests_unit_auth_dkim_sig_test_SOURCES = %D%/dkim_sig_test.c
tests_unit_auth_dkim_sig_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dkim_sig_test_LDADD = $(UNIT_LDADD)
check_PROGRAMS += tests/unit/auth/dkim_key_test
TESTS += tests/unit/auth/dkim_key_test
tests_unit_auth_dkim_key_test_SOURCES = %D%/dkim_key_test.c
tests_unit_auth_dkim_key_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dkim_key_test_LDADD = $(UNIT_LDADD)
check_PROGRAMS += tests/unit/auth/dkim_test
TESTS += tests/unit/auth/dkim_test
tests_unit_auth_dkim_test_SOURCES = %D%/dkim_test.c
tests_unit_auth_dkim_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dkim_test_LDADD = $(UNIT_LDADD)
check_PROGRAMS += tests/unit/auth/dkim_plan_test
TESTS += tests/unit/auth/dkim_plan_test
tests_unit_auth_dkim_plan_test_SOURCES = %D%/dkim_plan_test.c
tests_unit_auth_dkim_plan_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dkim_plan_test_LDADD = $(UNIT_LDADD)
EXTRA_DIST += %D%/dkim/zone %D%/dkim/rfc8463.eml %D%/dkim/simple.eml %D%/dkim/length.eml %D%/dkim/many.eml
check_PROGRAMS += tests/unit/auth/dkim_sign_test
TESTS += tests/unit/auth/dkim_sign_test
tests_unit_auth_dkim_sign_test_SOURCES = %D%/dkim_sign_test.c
tests_unit_auth_dkim_sign_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dkim_sign_test_LDADD = $(UNIT_LDADD)
EXTRA_DIST += %D%/dkim/sign.key
# ARC
ARC_TESTS = tests/unit/auth/arc_chain_test tests/unit/auth/arc_crypto_test tests/unit/auth/arc_test \
	tests/unit/auth/body_hash_test tests/unit/auth/dkim_canon_test tests/unit/auth/sigverify_test
check_PROGRAMS += $(ARC_TESTS)
TESTS += $(ARC_TESTS)
tests_unit_auth_arc_test_SOURCES = %D%/arc_test.c
tests_unit_auth_arc_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_arc_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_arc_chain_test_SOURCES = %D%/arc_chain_test.c
tests_unit_auth_arc_chain_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_arc_chain_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_sigverify_test_SOURCES = %D%/sigverify_test.c
tests_unit_auth_sigverify_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_sigverify_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_arc_crypto_test_SOURCES = %D%/arc_crypto_test.c
tests_unit_auth_arc_crypto_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_arc_crypto_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_body_hash_test_SOURCES = %D%/body_hash_test.c
tests_unit_auth_body_hash_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_body_hash_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_dkim_canon_test_SOURCES = %D%/dkim_canon_test.c
tests_unit_auth_dkim_canon_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dkim_canon_test_LDADD = $(UNIT_LDADD)
# DMARC
EXTRA_DIST += %D%/walks.h
DMARC_TESTS = tests/unit/auth/dmarc_record_test \
	tests/unit/auth/dmarc_discover_test \
	tests/unit/auth/dmarc_align_test \
	tests/unit/auth/dmarc_gather_test \
	tests/unit/auth/dmarc_external_test \
	tests/unit/auth/dmarc_opendmarc_test
check_PROGRAMS += $(DMARC_TESTS)
TESTS += $(DMARC_TESTS)
tests_unit_auth_dmarc_record_test_SOURCES = %D%/dmarc_record_test.c
tests_unit_auth_dmarc_record_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dmarc_record_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_dmarc_discover_test_SOURCES = %D%/dmarc_discover_test.c
tests_unit_auth_dmarc_discover_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dmarc_discover_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_dmarc_align_test_SOURCES = %D%/dmarc_align_test.c
tests_unit_auth_dmarc_align_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dmarc_align_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_dmarc_gather_test_SOURCES = %D%/dmarc_gather_test.c
tests_unit_auth_dmarc_gather_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dmarc_gather_test_LDADD = $(UNIT_LDADD)
# notes every question on its way to the real resolver
tests_unit_auth_dmarc_gather_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=dns_ask
tests_unit_auth_dmarc_external_test_SOURCES = %D%/dmarc_external_test.c
tests_unit_auth_dmarc_external_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dmarc_external_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_dmarc_opendmarc_test_SOURCES = %D%/dmarc_opendmarc_test.c
tests_unit_auth_dmarc_opendmarc_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_dmarc_opendmarc_test_LDADD = $(UNIT_LDADD)
# SPF
SPF_TESTS = tests/unit/auth/spf_macro_test tests/unit/auth/spf_record_test tests/unit/auth/spf_test \
	tests/unit/auth/spf_limits_test
check_PROGRAMS += $(SPF_TESTS)
TESTS += $(SPF_TESTS)
EXTRA_DIST += %D%/spf_zone.h
tests_unit_auth_spf_macro_test_SOURCES = %D%/spf_macro_test.c
tests_unit_auth_spf_macro_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_spf_macro_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_spf_record_test_SOURCES = %D%/spf_record_test.c
tests_unit_auth_spf_record_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_spf_record_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_spf_test_SOURCES = %D%/spf_test.c
tests_unit_auth_spf_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_spf_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_spf_limits_test_SOURCES = %D%/spf_limits_test.c
tests_unit_auth_spf_limits_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_spf_limits_test_LDADD = $(UNIT_LDADD)
# all of it together
WHOLE_TESTS = tests/unit/auth/auth_test tests/unit/auth/evidence_test tests/unit/auth/iprev_test
check_PROGRAMS += $(WHOLE_TESTS)
TESTS += $(WHOLE_TESTS)
tests_unit_auth_auth_test_SOURCES = %D%/auth_test.c tests/unit/dns/peer.c
tests_unit_auth_auth_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/dns
tests_unit_auth_auth_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_evidence_test_SOURCES = %D%/evidence_test.c
tests_unit_auth_evidence_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_evidence_test_LDADD = $(UNIT_LDADD)
tests_unit_auth_iprev_test_SOURCES = %D%/iprev_test.c
tests_unit_auth_iprev_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_iprev_test_LDADD = $(UNIT_LDADD)
EXTRA_DIST += %D%/whole/relayed.eml %D%/whole/relayed.zone
check_PROGRAMS += tests/unit/auth/vouch_test
TESTS += tests/unit/auth/vouch_test
tests_unit_auth_vouch_test_SOURCES = %D%/vouch_test.c
tests_unit_auth_vouch_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_vouch_test_LDADD = $(UNIT_LDADD)
check_PROGRAMS += tests/unit/auth/spf_names_test
TESTS += tests/unit/auth/spf_names_test
tests_unit_auth_spf_names_test_SOURCES = %D%/spf_names_test.c
tests_unit_auth_spf_names_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_auth_spf_names_test_LDADD = $(UNIT_LDADD)
