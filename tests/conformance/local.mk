# DMARC: suites/dmarc-cases.yml through `assay dmarc`
dist_check_SCRIPTS += tests/conformance/dmarc_rfc9989
TESTS += tests/conformance/dmarc_rfc9989
# DKIM: messages signed by python3-dkim and opendkim-testmsg
check_PROGRAMS += tests/conformance/dkim_verify
tests_conformance_dkim_verify_SOURCES = %D%/dkim_verify.c
tests_conformance_dkim_verify_LDADD = $(ASSAY_LIBS)
TESTS += tests/conformance/dkim_sign
dist_check_SCRIPTS += tests/conformance/dkim_sign
# on demand: thousands of messages with every mutation through libopendkim and our own core; what that costs
EXTRA_DIST += %D%/dkim_both
# DKIM: what other verifiers judge wrongly, through `assay check`
TESTS += tests/conformance/dkim_defects
dist_check_SCRIPTS += tests/conformance/dkim_defects
# ARC chains of our own making
check_PROGRAMS += tests/conformance/arc_chains_test
TESTS += tests/conformance/arc_chains_test
tests_conformance_arc_chains_test_SOURCES = %D%/arc_chains_test.c
tests_conformance_arc_chains_test_CFLAGS = $(UNIT_CFLAGS)
tests_conformance_arc_chains_test_LDADD = $(UNIT_LDADD)
EXTRA_DIST += %D%/arc %D%/arc_make.py
# SPF: suites/rfc7208-tests.yml through `assay spf`
dist_check_SCRIPTS += tests/conformance/spf_rfc7208
TESTS += tests/conformance/spf_rfc7208
# the records of a domain: domain_cases.yml, domain_findings.yml through `assay domain`; what it keeps
dist_check_SCRIPTS += tests/conformance/domain_cases tests/conformance/domain_agree tests/conformance/domain_keep
TESTS += tests/conformance/domain_cases tests/conformance/domain_agree tests/conformance/domain_keep
EXTRA_DIST += %D%/domain_cases.yml %D%/domain_findings.yml
