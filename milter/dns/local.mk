milter_libassay_a_SOURCES += \
	%D%/dns.h
