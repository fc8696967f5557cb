# files of strangers over HTTPS
milter_libassay_a_SOURCES += \
	%D%/certificate.c %D%/certificate.h \
	%D%/fetch.c %D%/fetch.h \
	%D%/fetch_url.c \
	%D%/hmac.c %D%/hmac.h \
	%D%/hook.c %D%/hook.h \
	%D%/hook_url.c
