# reports of others: what the reader makes of each file, against golden files
check_PROGRAMS += tests/incoming/describe
tests_incoming_describe_SOURCES = %D%/describe.c
tests_incoming_describe_LDADD = $(ASSAY_LIBS)
dist_check_SCRIPTS += tests/incoming/suite
TESTS += tests/incoming/suite
EXTRA_DIST += %D%/files %D%/files.golden %D%/received.golden
