check_PROGRAMS += tests/report/generate
tests_report_generate_SOURCES = %D%/generate.c %D%/records.c %D%/records.h
tests_report_generate_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/report
tests_report_generate_LDADD = $(ASSAY_LIBS) -lm
TESTS += tests/report/day
dist_check_SCRIPTS += tests/report/day
EXTRA_DIST += %D%/sums.py %D%/mail_dmarc.pl
