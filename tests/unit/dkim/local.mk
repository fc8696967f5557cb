EXTRA_DIST += %D%/mail/zone \
	%D%/mail/rfc8463.eml \
	%D%/mail/simple.eml \
	%D%/mail/length.eml \
	%D%/mail/many.eml \
	%D%/mail/sign.key
check_PROGRAMS += tests/unit/dkim/arc_chain_test
TESTS += tests/unit/dkim/arc_chain_test
tests_unit_dkim_arc_chain_test_SOURCES = %D%/arc_chain_test.c
tests_unit_dkim_arc_chain_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_arc_chain_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/arc_crypto_test
TESTS += tests/unit/dkim/arc_crypto_test
tests_unit_dkim_arc_crypto_test_SOURCES = %D%/arc_crypto_test.c
tests_unit_dkim_arc_crypto_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_arc_crypto_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/arc_test
TESTS += tests/unit/dkim/arc_test
tests_unit_dkim_arc_test_SOURCES = %D%/arc_test.c
tests_unit_dkim_arc_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_arc_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/body_hash_test
TESTS += tests/unit/dkim/body_hash_test
tests_unit_dkim_body_hash_test_SOURCES = %D%/body_hash_test.c
tests_unit_dkim_body_hash_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_body_hash_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/dkim_canon_test
TESTS += tests/unit/dkim/dkim_canon_test
tests_unit_dkim_dkim_canon_test_SOURCES = %D%/dkim_canon_test.c
tests_unit_dkim_dkim_canon_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_dkim_canon_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/dkim_key_test
TESTS += tests/unit/dkim/dkim_key_test
tests_unit_dkim_dkim_key_test_SOURCES = %D%/dkim_key_test.c
tests_unit_dkim_dkim_key_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_dkim_key_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/dkim_plan_test
TESTS += tests/unit/dkim/dkim_plan_test
tests_unit_dkim_dkim_plan_test_SOURCES = %D%/dkim_plan_test.c
tests_unit_dkim_dkim_plan_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_dkim_plan_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/dkim_sig_test
TESTS += tests/unit/dkim/dkim_sig_test
tests_unit_dkim_dkim_sig_test_SOURCES = %D%/dkim_sig_test.c
tests_unit_dkim_dkim_sig_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_dkim_sig_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/dkim_sign_test
TESTS += tests/unit/dkim/dkim_sign_test
tests_unit_dkim_dkim_sign_test_SOURCES = %D%/dkim_sign_test.c
tests_unit_dkim_dkim_sign_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_dkim_sign_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/dkim_test
TESTS += tests/unit/dkim/dkim_test
tests_unit_dkim_dkim_test_SOURCES = %D%/dkim_test.c
tests_unit_dkim_dkim_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_dkim_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/dkim/sigverify_test
TESTS += tests/unit/dkim/sigverify_test
tests_unit_dkim_sigverify_test_SOURCES = %D%/sigverify_test.c
tests_unit_dkim_sigverify_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_dkim_sigverify_test_LDADD = $(UNIT_LDADD)
