milter_libassay_a_SOURCES += \
	%D%/background.c %D%/background.h \
	%D%/cause.c %D%/cause.h \
	%D%/cause_about.c \
	%D%/cause_facts.h \
	%D%/cause_reply.c %D%/cause_reply.h \
	%D%/cause_standing.c \
	%D%/cause_vanished.c \
	%D%/cause_words.c \
	%D%/dmarc.c \
	%D%/relay.c %D%/relay.h \
	%D%/source.c %D%/source.h \
	%D%/verdict.c %D%/verdict.h
