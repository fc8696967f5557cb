milter_libassay_a_SOURCES += \
	%D%/alert.c %D%/alert.h \
	%D%/alert_shape.c %D%/alert_shape.h \
	%D%/alert_ways.c %D%/alert_ways.h \
	%D%/alert_words.c %D%/alert_words.h \
	%D%/program.c %D%/program.h \
	%D%/bounce.c %D%/bounce.h \
	%D%/destination.c %D%/destination.h \
	%D%/failure_mail.c %D%/failure_mail.h \
	%D%/job.c %D%/job.h \
	%D%/mailto.c %D%/mailto.h \
	%D%/mime.c %D%/mime.h \
	%D%/parcel.c %D%/parcel.h \
	%D%/post.c %D%/post.h \
	%D%/quota.c %D%/quota.h \
	%D%/relay.c %D%/relay.h \
	%D%/submit.c %D%/submit.h \
	%D%/verp.c %D%/verp.h
