dist_check_SCRIPTS += tests/pagec/pagec_test
TESTS += tests/pagec/pagec_test
check_PROGRAMS += tools/pagec
