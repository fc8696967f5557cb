# contrib/differential: us and an implementation that shares nothing with us, on generated mail; needs node and npm
EXTRA_PROGRAMS += tests/differential/ours
tests_differential_ours_SOURCES = %D%/ours.c
tests_differential_ours_LDADD = $(ASSAY_LIBS)
EXTRA_DIST += %D%/theirs.js %D%/run.py %D%/known.py %D%/generate.py %D%/keys.py \
	%D%/spf_part.py %D%/dmarc_part.py %D%/from_part.py %D%/sign_part.py
CLEANFILES += tests/differential/ours
