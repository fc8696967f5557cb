check_PROGRAMS += tests/unit/base/arena_test
TESTS += tests/unit/base/arena_test
tests_unit_base_arena_test_SOURCES = %D%/arena_test.c
tests_unit_base_arena_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_arena_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/base64_test
TESTS += tests/unit/base/base64_test
tests_unit_base_base64_test_SOURCES = %D%/base64_test.c
tests_unit_base_base64_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_base64_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/ip_test
TESTS += tests/unit/base/ip_test
tests_unit_base_ip_test_SOURCES = %D%/ip_test.c
tests_unit_base_ip_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_ip_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/secret_test
TESTS += tests/unit/base/secret_test
tests_unit_base_secret_test_SOURCES = %D%/secret_test.c
tests_unit_base_secret_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_secret_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/siphash_test
TESTS += tests/unit/base/siphash_test
tests_unit_base_siphash_test_SOURCES = %D%/siphash_test.c
tests_unit_base_siphash_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_siphash_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/str_test
TESTS += tests/unit/base/str_test
tests_unit_base_str_test_SOURCES = %D%/str_test.c
tests_unit_base_str_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_str_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/syslogd_test
TESTS += tests/unit/base/syslogd_test
tests_unit_base_syslogd_test_SOURCES = %D%/syslogd_test.c
tests_unit_base_syslogd_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_syslogd_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/log_rate_test
TESTS += tests/unit/base/log_rate_test
tests_unit_base_log_rate_test_SOURCES = %D%/log_rate_test.c
tests_unit_base_log_rate_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_log_rate_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/sync_test
TESTS += tests/unit/base/sync_test
tests_unit_base_sync_test_SOURCES = %D%/sync_test.c
tests_unit_base_sync_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_sync_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/domain_name_test
TESTS += tests/unit/base/domain_name_test
tests_unit_base_domain_name_test_SOURCES = %D%/domain_name_test.c
tests_unit_base_domain_name_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_domain_name_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/database_url_test
TESTS += tests/unit/base/database_url_test
tests_unit_base_database_url_test_SOURCES = %D%/database_url_test.c
tests_unit_base_database_url_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_database_url_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/polyhash_test
TESTS += tests/unit/base/polyhash_test
tests_unit_base_polyhash_test_SOURCES = %D%/polyhash_test.c
tests_unit_base_polyhash_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_polyhash_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/base/spare_test
TESTS += tests/unit/base/spare_test
tests_unit_base_spare_test_SOURCES = %D%/spare_test.c
tests_unit_base_spare_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_spare_test_LDADD = $(UNIT_LDADD)
