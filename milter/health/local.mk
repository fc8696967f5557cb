# the state of a domain's records: judges, proposals and one word
milter_libassay_a_SOURCES += \
	%D%/alike.c %D%/alike.h \
	%D%/bimi_logo.c %D%/bimi_logo.h \
	%D%/dkim_selectors.c %D%/dkim_selectors.h \
	%D%/dmarc_edit.c %D%/dmarc_edit.h \
	%D%/dmarc_propose.c \
	%D%/dmarc_tags.c %D%/dmarc_tags.h \
	%D%/health.c %D%/health.h \
	%D%/health_alike.c \
	%D%/health_bimi.c \
	%D%/health_dane.c \
	%D%/health_dkim.c \
	%D%/health_dmarc.c \
	%D%/health_lists.c %D%/lists.h \
	%D%/health_mx.c \
	%D%/health_spf.c \
	%D%/health_sts.c \
	%D%/health_texts.c \
	%D%/judge.c %D%/judge.h \
	%D%/propagation.c %D%/propagation.h \
	%D%/ranges.c %D%/ranges.h \
	%D%/spf_edit.c %D%/spf_edit.h \
	%D%/spf_flat.c \
	%D%/spf_passes.c %D%/spf_passes.h \
	%D%/spf_propose.c \
	%D%/spf_repair.c %D%/spf_repair.h \
	%D%/spf_sources.c \
	%D%/spf_tell.c \
	%D%/spf_tree.c %D%/spf_tree.h \
	%D%/sts_policy.c %D%/sts_policy.h \
	%D%/words.c %D%/words.h
