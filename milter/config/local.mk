milter_libassay_a_SOURCES += \
	%D%/check.c %D%/check.h \
	%D%/clean.c %D%/clean.h \
	%D%/config.c %D%/config.h \
	%D%/option.c %D%/option.h \
	%D%/parse.c %D%/parse.h \
	%D%/print.c \
	%D%/value.c %D%/value.h
