milter_libassay_a_SOURCES += \
	%D%/check.c %D%/check.h \
	%D%/config.c %D%/config.h \
	%D%/option.c %D%/option.h \
	%D%/print.c \
	%D%/socket_spec.c %D%/socket_spec.h \
	%D%/value.c %D%/value.h
