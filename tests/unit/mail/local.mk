MAIL_TESTS = \
	tests/unit/mail/address_test \
	tests/unit/mail/eml_test \
	tests/unit/mail/from_test
check_PROGRAMS += $(MAIL_TESTS)
TESTS += $(MAIL_TESTS)
tests_unit_mail_address_test_SOURCES = %D%/address_test.c
tests_unit_mail_address_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_address_test_LDADD = $(UNIT_LDADD)
tests_unit_mail_eml_test_SOURCES = %D%/eml_test.c
tests_unit_mail_eml_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_eml_test_LDADD = $(UNIT_LDADD)
tests_unit_mail_from_test_SOURCES = %D%/from_test.c
tests_unit_mail_from_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_from_test_LDADD = $(UNIT_LDADD)
