milter_libassay_a_SOURCES += \
	%D%/store.h
