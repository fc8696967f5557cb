check_PROGRAMS += tests/report/generate
tests_report_generate_SOURCES = %D%/generate.c
tests_report_generate_LDADD = $(ASSAY_LIBS) -lm
TESTS += tests/report/day
dist_check_SCRIPTS += tests/report/day
EXTRA_DIST += %D%/sums.py %D%/mail_dmarc.pl
