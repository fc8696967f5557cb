milter_libassay_a_SOURCES += \
	%D%/count.c %D%/deciding.c %D%/reported.c \
	%D%/sums.c %D%/sums.h \
	%D%/views.c %D%/views.h
