# DMARC: suites/dmarc-cases.yml through `assay dmarc`
dist_check_SCRIPTS += tests/conformance/dmarc_rfc9989
TESTS += tests/conformance/dmarc_rfc9989
