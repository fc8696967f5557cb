EXTRA_DIST += %D%/mail/aggregate.eml \
	%D%/mail/aggregate-long.eml \
	%D%/mail/aggregate-xml.eml \
	%D%/mail/failure.eml
check_PROGRAMS += tests/unit/post/destination_test
TESTS += tests/unit/post/destination_test
tests_unit_post_destination_test_SOURCES = %D%/destination_test.c
tests_unit_post_destination_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_post_destination_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/post/mailto_test
TESTS += tests/unit/post/mailto_test
tests_unit_post_mailto_test_SOURCES = %D%/mailto_test.c
tests_unit_post_mailto_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_post_mailto_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/post/mime_test
TESTS += tests/unit/post/mime_test
tests_unit_post_mime_test_SOURCES = %D%/mime_test.c
tests_unit_post_mime_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_post_mime_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/post/post_test
TESTS += tests/unit/post/post_test
tests_unit_post_post_test_SOURCES = %D%/post_test.c
tests_unit_post_post_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_post_post_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/post/submit_test
TESTS += tests/unit/post/submit_test
tests_unit_post_submit_test_SOURCES = %D%/submit_test.c
tests_unit_post_submit_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_post_submit_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/post/quota_test
TESTS += tests/unit/post/quota_test
tests_unit_post_quota_test_SOURCES = %D%/quota_test.c
tests_unit_post_quota_test_CFLAGS = $(UNIT_CFLAGS) -I$(srcdir)/tests/unit/records
tests_unit_post_quota_test_LDADD = $(UNIT_LDADD)
