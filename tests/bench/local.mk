# make bench: measures, judges nothing and is no part of make check.  BENCH="--rounds 5 --delay 30 --cold" and more:
# tests/bench/bench.py --help
EXTRA_PROGRAMS += tests/bench/load tests/bench/resolver tests/bench/identify
tests_bench_identify_SOURCES = %D%/identify.c
tests_bench_identify_LDADD = $(ASSAY_LIBS)
tests_bench_load_SOURCES = %D%/load.c %D%/corpus.c %D%/corpus.h
tests_bench_load_CPPFLAGS =
tests_bench_resolver_SOURCES = %D%/resolver.c
tests_bench_resolver_CPPFLAGS =
EXTRA_DIST += %D%/bench.py %D%/corpus.py
clean-local: clean-bench
.PHONY: bench clean-bench
clean-bench:
	rm -rf tests/bench/corpus tests/bench/load tests/bench/resolver tests/bench/identify
bench: assay-milter tests/bench/load tests/bench/resolver
	$(srcdir)/tests/bench/bench.py tests/bench $(BENCH)
