milter_libassay_a_SOURCES += \
	%D%/auth.c %D%/auth.h \
	%D%/evidence.c %D%/evidence.h \
	%D%/vouch.c %D%/vouch.h
