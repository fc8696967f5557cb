# what one message may cost, whatever it contains
check_PROGRAMS += tests/hostile/hostile_test
TESTS += tests/hostile/hostile_test
tests_hostile_hostile_test_SOURCES = %D%/hostile_test.c %D%/cases.h %D%/cases_auth.c %D%/cases_header.c \
	%D%/letter.c %D%/letter.h %D%/run.c %D%/run.h %D%/sign.c \
	milter/service/catch.c milter/mta/collect.c milter/service/crash.c milter/service/evaluate.c \
	milter/service/history_file.c milter/service/known.c milter/service/repeat.c milter/service/statistics.c
tests_hostile_hostile_test_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE -I$(srcdir)/%D%
tests_hostile_hostile_test_LDADD = $(ASSAY_LIBS)
