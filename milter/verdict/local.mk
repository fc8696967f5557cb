# DMARC
milter_libassay_a_SOURCES += \
	%D%/dmarc.c \
	%D%/verdict.h
# who sent it, why it failed
milter_libassay_a_SOURCES += \
	%D%/arc_vouch.c %D%/arc_vouch.h \
	%D%/background.c %D%/background.h \
	%D%/cause.c %D%/cause.h \
	%D%/cause_about.c \
	%D%/cause_facts.h \
	%D%/cause_words.c \
	%D%/relay.c %D%/relay.h \
	%D%/ref.c %D%/ref.h \
	%D%/source.c %D%/source.h
# what is done and said about it
milter_libassay_a_SOURCES += \
	%D%/action.c %D%/action.h \
	%D%/disposition.c %D%/disposition.h \
	%D%/failure.c %D%/failure.h \
	%D%/judge.c %D%/judge.h \
	%D%/logline.c \
	%D%/policy.c %D%/policy.h \
	%D%/policy_file.c \
	%D%/record.c %D%/record.h \
	%D%/record_dkim.c \
	%D%/redact.c %D%/redact.h \
	%D%/refusal.c %D%/refusal.h \
	%D%/stamp.c %D%/stamp.h \
	%D%/verdict.c
