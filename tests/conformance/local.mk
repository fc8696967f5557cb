# DMARC: suites/dmarc-cases.yml through `assay dmarc`
dist_check_SCRIPTS += tests/conformance/dmarc_rfc9989
TESTS += tests/conformance/dmarc_rfc9989
# DKIM: messages signed by python3-dkim and opendkim-testmsg
check_PROGRAMS += tests/conformance/dkim_verify
tests_conformance_dkim_verify_SOURCES = %D%/dkim_verify.c
tests_conformance_dkim_verify_LDADD = $(ASSAY_LIBS)
TESTS += tests/conformance/dkim_sign
dist_check_SCRIPTS += tests/conformance/dkim_sign
