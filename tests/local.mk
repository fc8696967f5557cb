# make check: unit tests (C, cmocka), fuzz corpora, conformance, scenarios; e2e needs root and is run by contrib/check
EXTRA_DIST += tests/unit/both.h tests/unit/records/desk_both.h tests/unit/rules.h tests/unit/unit.h tests/unit/catalogue.h tests/unit/dmarc_rig.h

UNIT_LDADD = $(ASSAY_LIBS) $(CMOCKA_LIBS)
UNIT_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) -I$(srcdir)/tests/unit

include tests/unit/auth/local.mk
include tests/unit/base/local.mk
include tests/unit/catalogue/local.mk
include tests/unit/cli/local.mk
include tests/unit/net/local.mk
include tests/unit/config/local.mk
include tests/unit/daemon/local.mk
include tests/unit/db/local.mk
include tests/unit/desk/local.mk
include tests/unit/dkim/local.mk
include tests/unit/dmarc/local.mk
include tests/unit/dns/local.mk
include tests/unit/formats/local.mk
include tests/unit/incoming/local.mk
include tests/unit/intake/local.mk
include tests/unit/inventory/local.mk
include tests/unit/mail/local.mk
include tests/unit/mta/local.mk
include tests/unit/outbox/local.mk
include tests/unit/received/local.mk
include tests/unit/watch/local.mk
include tests/received/local.mk
include tests/clientreport/local.mk
include tests/fleet/local.mk
include tests/watch/local.mk
include tests/unit/output/local.mk
include tests/unit/policy/local.mk
include tests/unit/post/local.mk
include tests/unit/records/local.mk
include tests/unit/report/local.mk
include tests/unit/service/local.mk
include tests/unit/spf/local.mk
include tests/unit/syntax/local.mk
include tests/unit/verdict/local.mk
include tests/unit/views/local.mk
include tests/unit/keeper/local.mk
include tests/unit/web/local.mk
include tests/pagec/local.mk
include tests/fuzz/local.mk
include tests/conformance/local.mk
include tests/attacks/local.mk
include tests/incoming/local.mk
include tests/hostile/local.mk
include tests/report/local.mk
include tests/causes/local.mk
include tests/scenario/local.mk
include tests/e2e/local.mk
include tests/faults/local.mk
include tests/differential/local.mk
include tests/bench/local.mk
include tests/web/local.mk
include tests/lint/local.mk

# what runs under ThreadSanitizer: the rooms that lock, and the daemon as a whole
THREAD_TESTS = tests/unit/dns/cache_test tests/unit/dns/scope_test tests/unit/dns/resolver_test \
	tests/unit/service/site_test tests/unit/records/store_test tests/unit/records/trouble_test \
	tests/unit/dkim/arc_crypto_test tests/unit/spf/spf_test tests/unit/dkim/dkim_test tests/unit/mta/libmilter_test tests/unit/mta/park_test \
	tests/unit/base/log_rate_test tests/unit/base/sync_test tests/unit/base/spare_test tests/unit/mta/hold_test \
	tests/unit/report/build_test $(SCENARIOS)
