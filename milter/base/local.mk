milter_libassay_a_SOURCES += \
	%D%/arena.c %D%/arena.h \
	%D%/base64.c %D%/base64.h \
	%D%/clock.c %D%/clock.h \
	%D%/dice.c %D%/dice.h \
	%D%/enumname.c %D%/enumname.h \
	%D%/err.c %D%/err.h \
	%D%/ip.c %D%/ip.h \
	%D%/log.c %D%/log.h \
	%D%/secret.c %D%/secret.h \
	%D%/siphash.c %D%/siphash.h \
	%D%/str.c %D%/str.h \
	%D%/syslogd.c %D%/syslogd.h
