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
# sending: where it goes, as what mail, and what comes back
milter_libassay_a_SOURCES += \
	%D%/bounce.c %D%/bounce.h \
	%D%/destination.c %D%/destination.h \
	%D%/failure_mail.c %D%/failure_mail.h \
	%D%/job.c %D%/job.h \
	%D%/mailto.c %D%/mailto.h \
	%D%/mime.c %D%/mime.h \
	%D%/parcel.c %D%/parcel.h \
	%D%/post.c %D%/post.h \
	%D%/submit.c %D%/submit.h \
	%D%/verp.c %D%/verp.h
