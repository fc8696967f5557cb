check_PROGRAMS += tests/unit/mail/address_key_test
TESTS += tests/unit/mail/address_key_test
tests_unit_mail_address_key_test_SOURCES = %D%/address_key_test.c
tests_unit_mail_address_key_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_address_key_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/address_test
TESTS += tests/unit/mail/address_test
tests_unit_mail_address_test_SOURCES = %D%/address_test.c
tests_unit_mail_address_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_address_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/authres_claims_test
TESTS += tests/unit/mail/authres_claims_test
tests_unit_mail_authres_claims_test_SOURCES = %D%/authres_claims_test.c
tests_unit_mail_authres_claims_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_authres_claims_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/authres_read_test
TESTS += tests/unit/mail/authres_read_test
tests_unit_mail_authres_read_test_SOURCES = %D%/authres_read_test.c
tests_unit_mail_authres_read_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_authres_read_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/authres_write_test
TESTS += tests/unit/mail/authres_write_test
tests_unit_mail_authres_write_test_SOURCES = %D%/authres_write_test.c
tests_unit_mail_authres_write_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_authres_write_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/domain_test
TESTS += tests/unit/mail/domain_test
tests_unit_mail_domain_test_SOURCES = %D%/domain_test.c
tests_unit_mail_domain_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_domain_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/eml_test
TESTS += tests/unit/mail/eml_test
tests_unit_mail_eml_test_SOURCES = %D%/eml_test.c
tests_unit_mail_eml_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_eml_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/from_test
TESTS += tests/unit/mail/from_test
tests_unit_mail_from_test_SOURCES = %D%/from_test.c
tests_unit_mail_from_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_from_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/lex_test
TESTS += tests/unit/mail/lex_test
tests_unit_mail_lex_test_SOURCES = %D%/lex_test.c
tests_unit_mail_lex_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_lex_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/message_test
TESTS += tests/unit/mail/message_test
tests_unit_mail_message_test_SOURCES = %D%/message_test.c
tests_unit_mail_message_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_message_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mail/taglist_test
TESTS += tests/unit/mail/taglist_test
tests_unit_mail_taglist_test_SOURCES = %D%/taglist_test.c
tests_unit_mail_taglist_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mail_taglist_test_LDADD = $(UNIT_LDADD)
