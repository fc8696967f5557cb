milter_libassay_a_SOURCES += \
	%D%/answer.c %D%/answer.h \
	%D%/budget.c %D%/budget.h \
	%D%/cache.c %D%/cache.h \
	%D%/direct.c %D%/direct.h \
	%D%/dns.c %D%/dns.h \
	%D%/internal.h \
	%D%/name.c %D%/name.h \
	%D%/packet.c %D%/packet.h \
	%D%/question.c %D%/question.h \
	%D%/recorder.c %D%/recorder.h \
	%D%/resolv_conf.c %D%/resolv_conf.h \
	%D%/resolver_unbound.c \
	%D%/sockets.c %D%/sockets.h \
	%D%/scope.c \
	%D%/source.h \
	%D%/source_zone.c \
	%D%/unbound_settings.h \
	%D%/zone.c %D%/zone.h \
	%D%/zonetree.c %D%/zonetree.h
