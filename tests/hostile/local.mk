# what one message may cost, whatever it contains
check_PROGRAMS += tests/hostile/hostile_test
TESTS += tests/hostile/hostile_test
tests_hostile_hostile_test_SOURCES = %D%/hostile_test.c %D%/cases.h %D%/cases_auth.c %D%/cases_header.c \
	%D%/letter.c %D%/letter.h %D%/run.c %D%/run.h %D%/sign.c \
	milter/daemon/catch.c milter/daemon/collect.c milter/daemon/crash.c milter/daemon/evaluate.c \
	milter/daemon/history_file.c milter/daemon/known.c milter/daemon/statistics.c
tests_hostile_hostile_test_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE -I$(srcdir)/%D%
tests_hostile_hostile_test_LDADD = $(ASSAY_LIBS)
