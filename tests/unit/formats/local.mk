FORMATS_TESTS = tests/unit/formats/json_test
check_PROGRAMS += $(FORMATS_TESTS)
TESTS += $(FORMATS_TESTS)
tests_unit_formats_json_test_SOURCES = %D%/json_test.c
tests_unit_formats_json_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_formats_json_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/formats/csv_test
TESTS += tests/unit/formats/csv_test
tests_unit_formats_csv_test_SOURCES = %D%/csv_test.c
tests_unit_formats_csv_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_formats_csv_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/formats/mbox_test
TESTS += tests/unit/formats/mbox_test
tests_unit_formats_mbox_test_SOURCES = %D%/mbox_test.c
tests_unit_formats_mbox_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_formats_mbox_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/formats/xml_test
TESTS += tests/unit/formats/xml_test
tests_unit_formats_xml_test_SOURCES = %D%/xml_test.c
tests_unit_formats_xml_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_formats_xml_test_LDADD = $(UNIT_LDADD)
