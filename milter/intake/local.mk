milter_libassay_a_SOURCES += \
	%D%/as_table.c %D%/as_table.h \
	%D%/batch.c %D%/batch.h \
	%D%/batch_other.c \
	%D%/classify.c %D%/classify.h \
	%D%/commit.c \
	%D%/convert.c %D%/convert.h \
	%D%/feed.c %D%/feed.h \
	%D%/feed_split.c %D%/feed_split.h \
	%D%/imap.c %D%/imap.h \
	%D%/imap_answer.c %D%/imap_answer.h \
	%D%/intake.c %D%/intake.h \
	%D%/intake_dns.c %D%/intake_dns.h \
	%D%/names.c %D%/names.h \
	%D%/reason.c \
	%D%/row_facts.h \
	%D%/trust.c %D%/trust.h
