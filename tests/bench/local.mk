# make bench: measures, judges nothing and is no part of make check.  BENCH="--rounds 5 --delay 30 --cold" and more:
# tests/bench/bench.py --help
EXTRA_PROGRAMS += tests/bench/growth tests/bench/load tests/bench/resolver tests/bench/identify tests/bench/keys \
	tests/bench/empty tests/bench/crypto tests/bench/smtp tests/bench/without
tests_bench_keys_SOURCES = %D%/keys.c %D%/measure.h
tests_bench_keys_LDADD = $(ASSAY_LIBS)
tests_bench_identify_SOURCES = %D%/identify.c
tests_bench_identify_LDADD = $(ASSAY_LIBS)
tests_bench_growth_SOURCES = %D%/growth.c %D%/measure.h
tests_bench_growth_LDADD = $(ASSAY_LIBS)
tests_bench_load_SOURCES = %D%/load.c %D%/corpus.c %D%/corpus.h
tests_bench_load_CPPFLAGS =
tests_bench_empty_SOURCES = %D%/empty.c
tests_bench_empty_CPPFLAGS =
tests_bench_empty_LDADD = -lmilter
tests_bench_crypto_SOURCES = %D%/crypto.c %D%/corpus.c %D%/corpus.h
tests_bench_crypto_CPPFLAGS =
tests_bench_crypto_LDADD = $(CRYPTO_LIBS)
tests_bench_smtp_SOURCES = %D%/smtp.c %D%/corpus.c %D%/corpus.h
tests_bench_smtp_CPPFLAGS =
tests_bench_without_SOURCES = %D%/without.c $(assay_milter_SOURCES)
tests_bench_without_CPPFLAGS = $(assay_milter_CPPFLAGS)
tests_bench_without_LDADD = $(assay_milter_LDADD)
tests_bench_without_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=dnstext_note,--wrap=inventory_count,--wrap=lookup_add \
	-Wl,--wrap=lookup_write,--wrap=digest_add,--wrap=known_current,--wrap=sigverify_header
tests_bench_resolver_SOURCES = %D%/resolver.c
tests_bench_resolver_CPPFLAGS =
EXTRA_DIST += %D%/bench.py %D%/corpus.py %D%/domains.py %D%/figures.py %D%/peers.py %D%/postfix.py %D%/features.py
clean-local: clean-bench
.PHONY: bench bench-postfix bench-features bench-growth clean-bench
TESTS += %D%/bench_test.py
dist_check_SCRIPTS += %D%/bench_test.py
clean-bench:
	rm -rf tests/bench/corpus tests/bench/growth tests/bench/load tests/bench/resolver tests/bench/identify tests/bench/keys \
		tests/bench/empty tests/bench/crypto tests/bench/smtp tests/bench/without
bench: assay-milter tests/bench/load tests/bench/resolver tests/bench/empty tests/bench/crypto
	$(srcdir)/tests/bench/bench.py tests/bench $(BENCH)

# the same behind a Postfix; as root
bench-postfix: assay-milter tests/bench/smtp tests/bench/resolver tests/bench/empty tests/bench/crypto
	$(srcdir)/tests/bench/postfix.py tests/bench $(BENCH)

# what each feature costs a message
bench-features: tests/bench/without tests/bench/load tests/bench/resolver
	$(srcdir)/tests/bench/features.py tests/bench $(BENCH)

# what a record costs at 10,000 rows, and at ten times as many up to ROWS; needs 1 GB a million
ROWS = 1000000
bench-growth: tests/bench/growth
	rm -rf tests/bench/growth.d && mkdir -p tests/bench/growth.d
	tests/bench/growth tests/bench/growth.d/assay.db $(ROWS); status=$$?; rm -rf tests/bench/growth.d; exit $$status
