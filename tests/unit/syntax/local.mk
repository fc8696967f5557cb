check_PROGRAMS += tests/unit/syntax/clean_test
TESTS += tests/unit/syntax/clean_test
tests_unit_syntax_clean_test_SOURCES = %D%/clean_test.c
tests_unit_syntax_clean_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_syntax_clean_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/syntax/parse_test
TESTS += tests/unit/syntax/parse_test
tests_unit_syntax_parse_test_SOURCES = %D%/parse_test.c
tests_unit_syntax_parse_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_syntax_parse_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/syntax/place_test
TESTS += tests/unit/syntax/place_test
tests_unit_syntax_place_test_SOURCES = %D%/place_test.c
tests_unit_syntax_place_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_syntax_place_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/syntax/sections_test
TESTS += tests/unit/syntax/sections_test
tests_unit_syntax_sections_test_SOURCES = %D%/sections_test.c
tests_unit_syntax_sections_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_syntax_sections_test_LDADD = $(UNIT_LDADD)
