# the watch over reports that came in any order, told by mail once, with rounds that are killed
dist_check_SCRIPTS += tests/watch/rounds
TESTS += tests/watch/rounds

# a season with planted events, day by day (small; season --clients 40 --days 90 is the whole): assay by another clock
dist_check_SCRIPTS += tests/watch/season tests/watch/thousand
TESTS += tests/watch/season
check_PROGRAMS += tests/watch/assay-then
tests_watch_assay_then_SOURCES = tests/watch/then.c
tests_watch_assay_then_LDADD = $(assay_OBJECTS) $(assay_LDADD)
EXTRA_tests_watch_assay_then_DEPENDENCIES = $(assay_OBJECTS)
tests_watch_assay_then_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=clock_wall_ms

# what is found goes out by a web address, a program and in digests, each once
dist_check_SCRIPTS += tests/watch/ways
TESTS += tests/watch/ways
