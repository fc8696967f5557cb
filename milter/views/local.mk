milter_libassay_a_SOURCES += \
	%D%/count.c %D%/count.h %D%/deciding.c %D%/mail.c %D%/reported.c \
	%D%/sums.c %D%/sums.h \
	%D%/views.c %D%/views.h
