# DMARC
milter_libassay_a_SOURCES += \
	%D%/dmarc.c \
	%D%/verdict.h
# what is done and said about it
milter_libassay_a_SOURCES += \
	%D%/action.c %D%/action.h \
	%D%/logline.c \
	%D%/record.c %D%/record.h \
	%D%/record_dkim.c \
	%D%/stamp.c %D%/stamp.h \
	%D%/verdict.c
