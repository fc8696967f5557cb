check_PROGRAMS += tests/unit/mta/collect_test
TESTS += tests/unit/mta/collect_test
tests_unit_mta_collect_test_SOURCES = %D%/collect_test.c milter/mta/collect.c
tests_unit_mta_collect_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mta_collect_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mta/flight_test
TESTS += tests/unit/mta/flight_test
tests_unit_mta_flight_test_SOURCES = %D%/flight_test.c milter/mta/flight.c
tests_unit_mta_flight_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mta_flight_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mta/readahead_test
TESTS += tests/unit/mta/readahead_test
tests_unit_mta_readahead_test_SOURCES = %D%/readahead_test.c milter/mta/readahead.c milter/mta/frames.c milter/mta/hold.c \
	milter/service/site.c
tests_unit_mta_readahead_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mta_readahead_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mta/frames_test
TESTS += tests/unit/mta/frames_test
tests_unit_mta_frames_test_SOURCES = %D%/frames_test.c milter/mta/frames.c
tests_unit_mta_frames_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mta_frames_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mta/libmilter_test
TESTS += tests/unit/mta/libmilter_test
tests_unit_mta_libmilter_test_SOURCES = %D%/libmilter_test.c milter/mta/libmilter.c milter/mta/park.c milter/mta/peer.c milter/mta/readahead.c \
	milter/mta/frames.c milter/mta/hold.c milter/service/site.c
tests_unit_mta_libmilter_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mta_libmilter_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mta/park_test
TESTS += tests/unit/mta/park_test
tests_unit_mta_park_test_SOURCES = %D%/park_test.c milter/mta/park.c
tests_unit_mta_park_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mta_park_test_LDADD = $(UNIT_LDADD)

check_PROGRAMS += tests/unit/mta/hold_test
TESTS += tests/unit/mta/hold_test
tests_unit_mta_hold_test_SOURCES = %D%/hold_test.c milter/mta/hold.c
tests_unit_mta_hold_test_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mta_hold_test_LDADD = $(UNIT_LDADD)
