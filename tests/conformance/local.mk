# DMARC: suites/dmarc-cases.yml through `assay dmarc`
dist_check_SCRIPTS += tests/conformance/dmarc_rfc9989
TESTS += tests/conformance/dmarc_rfc9989
# ARC chains of our own making
check_PROGRAMS += tests/conformance/arc_chains_test
TESTS += tests/conformance/arc_chains_test
tests_conformance_arc_chains_test_SOURCES = %D%/arc_chains_test.c
tests_conformance_arc_chains_test_CFLAGS = $(UNIT_CFLAGS)
tests_conformance_arc_chains_test_LDADD = $(UNIT_LDADD)
EXTRA_DIST += %D%/arc %D%/arc_make.py
