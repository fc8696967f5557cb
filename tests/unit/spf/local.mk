EXTRA_DIST += %D%/spf_zone.h
check_PROGRAMS += tests/unit/spf/iprev_test
TESTS += tests/unit/spf/iprev_test
tests_unit_spf_iprev_test_SOURCES = %D%/iprev_test.c
tests_unit_spf_iprev_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_spf_iprev_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/spf/spf_limits_test
TESTS += tests/unit/spf/spf_limits_test
tests_unit_spf_spf_limits_test_SOURCES = %D%/spf_limits_test.c
tests_unit_spf_spf_limits_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_spf_spf_limits_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/spf/spf_macro_test
TESTS += tests/unit/spf/spf_macro_test
tests_unit_spf_spf_macro_test_SOURCES = %D%/spf_macro_test.c
tests_unit_spf_spf_macro_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_spf_spf_macro_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/spf/spf_names_test
TESTS += tests/unit/spf/spf_names_test
tests_unit_spf_spf_names_test_SOURCES = %D%/spf_names_test.c
tests_unit_spf_spf_names_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_spf_spf_names_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/spf/spf_record_test
TESTS += tests/unit/spf/spf_record_test
tests_unit_spf_spf_record_test_SOURCES = %D%/spf_record_test.c
tests_unit_spf_spf_record_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_spf_spf_record_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/spf/spf_test
TESTS += tests/unit/spf/spf_test
tests_unit_spf_spf_test_SOURCES = %D%/spf_test.c
tests_unit_spf_spf_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_spf_spf_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/spf/spf_libspf2_test
TESTS += tests/unit/spf/spf_libspf2_test
tests_unit_spf_spf_libspf2_test_SOURCES = %D%/spf_libspf2_test.c
tests_unit_spf_spf_libspf2_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_spf_spf_libspf2_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=SPF_record_compile -Wl,--wrap=SPF_response_result
tests_unit_spf_spf_libspf2_test_LDADD = $(UNIT_LDADD)
