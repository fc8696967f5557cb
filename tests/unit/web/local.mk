if WEB
check_PROGRAMS += tests/unit/web/html_test
TESTS += tests/unit/web/html_test
tests_unit_web_html_test_SOURCES = tests/unit/web/html_test.c
tests_unit_web_html_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_web_html_test_LDADD = milter/libweb.a $(UNIT_LDADD) $(MHD_LIBS)
check_PROGRAMS += tests/unit/web/request_test
TESTS += tests/unit/web/request_test
tests_unit_web_request_test_SOURCES = tests/unit/web/request_test.c
tests_unit_web_request_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_web_request_test_LDADD = milter/libweb.a $(UNIT_LDADD) $(MHD_LIBS)
check_PROGRAMS += tests/unit/web/door_test
TESTS += tests/unit/web/door_test
tests_unit_web_door_test_SOURCES = tests/unit/web/door_test.c
tests_unit_web_door_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_web_door_test_LDADD = milter/libweb.a $(UNIT_LDADD) $(MHD_LIBS)
endif
