check_PROGRAMS += tests/unit/views/views_test
TESTS += tests/unit/views/views_test
tests_unit_views_views_test_SOURCES = tests/unit/views/views_test.c
tests_unit_views_views_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_views_views_test_LDADD = $(UNIT_LDADD)
