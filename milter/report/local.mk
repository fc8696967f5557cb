milter_libassay_a_SOURCES += \
	%D%/period.c %D%/period.h
