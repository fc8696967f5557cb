milter_libassay_a_SOURCES += \
	%D%/count.c %D%/reported.c \
	%D%/views.c %D%/views.h
