milter_libassay_a_SOURCES += \
	%D%/build.c %D%/build.h \
	%D%/collect.c %D%/collect.h \
	%D%/counter.c %D%/counter.h \
	%D%/draft.c %D%/draft.h \
	%D%/drafters.c %D%/drafters.h \
	%D%/feedback.h \
	%D%/feedback_check.c \
	%D%/feedback_write.c \
	%D%/history.c %D%/history.h \
	%D%/period.c %D%/period.h \
	%D%/row.c %D%/row.h
