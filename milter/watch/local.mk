milter_libassay_a_SOURCES += \
	%D%/checklist.c %D%/checklist.h \
	%D%/closure.c %D%/closure.h \
	%D%/dnschange.c %D%/dnschange.h \
	%D%/drift.c \
	%D%/gather.c %D%/gather.h %D%/gather_parts.h \
	%D%/judge.c %D%/judge.h \
	%D%/others.c %D%/others.h \
	%D%/overview.c %D%/overview.h \
	%D%/own.c %D%/own.h \
	%D%/records.c %D%/records.h \
	%D%/round.c %D%/round.h \
	%D%/stage.c \
	%D%/sums.c \
	%D%/watch.h \
	%D%/words.c
