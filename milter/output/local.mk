milter_libassay_a_SOURCES += \
	%D%/arc_vouch.c %D%/arc_vouch.h \
	%D%/failure.c %D%/failure.h \
	%D%/logline.c \
	%D%/record.c %D%/record.h \
	%D%/record_dkim.c \
	%D%/redact.c %D%/redact.h \
	%D%/ref.c %D%/ref.h \
	%D%/stamp.c %D%/stamp.h
