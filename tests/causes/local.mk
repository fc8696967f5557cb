# what an expert says of invented messages, against what we say
check_PROGRAMS += tests/causes/judge
tests_causes_judge_SOURCES = %D%/judge.c
tests_causes_judge_LDADD = $(ASSAY_LIBS)
dist_check_SCRIPTS += tests/causes/run
TESTS += tests/causes/run
EXTRA_DIST += %D%/README %D%/cases.py %D%/world.zone %D%/senders.conf %D%/clients.conf \
	%D%/spf.yaml %D%/dkim.yaml %D%/relays.yaml %D%/dns.yaml %D%/strangers.yaml %D%/passing.yaml \
	%D%/standing.yaml %D%/vanished.yaml
