milter_libassay_a_SOURCES += \
	%D%/config.h
