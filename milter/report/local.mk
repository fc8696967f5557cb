# building: what a day's records say, as XML
milter_libassay_a_SOURCES += \
	%D%/archive.c %D%/archive.h \
	%D%/build.c %D%/build.h \
	%D%/collect.c %D%/collect.h \
	%D%/counter.c %D%/counter.h \
	%D%/draft.c %D%/draft.h \
	%D%/feedback.h %D%/feedback_read.c %D%/feedback_write.c \
	%D%/history.c %D%/history.h \
	%D%/period.c %D%/period.h \
	%D%/row.c %D%/row.h \
	%D%/xml.c %D%/xml.h
