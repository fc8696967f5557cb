# make check: unit tests (C, cmocka), fuzz corpora, conformance, scenarios; e2e needs root and is run by contrib/check
EXTRA_DIST += tests/unit/rules.h tests/unit/unit.h tests/unit/catalogue.h tests/unit/dmarc_rig.h

UNIT_LDADD = $(ASSAY_LIBS) $(CMOCKA_LIBS)
UNIT_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) -I$(srcdir)/tests/unit

include tests/unit/base/local.mk
include tests/unit/mail/local.mk
include tests/unit/dns/local.mk
include tests/unit/config/local.mk
include tests/unit/auth/local.mk
include tests/unit/verdict/local.mk
include tests/unit/store/local.mk
include tests/unit/report/local.mk
include tests/unit/desk/local.mk
include tests/unit/daemon/local.mk
include tests/unit/cli/local.mk
include tests/fuzz/local.mk
include tests/conformance/local.mk
include tests/hostile/local.mk
include tests/report/local.mk
include tests/causes/local.mk
include tests/scenario/local.mk
include tests/e2e/local.mk
include tests/faults/local.mk
include tests/differential/local.mk
include tests/bench/local.mk
include tests/lint/local.mk

# what runs under ThreadSanitizer: the rooms that lock, and the daemon as a whole
THREAD_TESTS = tests/unit/dns/cache_test tests/unit/dns/scope_test tests/unit/dns/resolver_test \
	tests/unit/daemon/site_test tests/unit/store/store_test tests/unit/store/trouble_test \
	tests/unit/auth/arc_crypto_test tests/unit/auth/spf_test tests/unit/auth/dkim_test $(SCENARIOS)
