assay_SOURCES += \
	%D%/cmd_received.c \
	%D%/received_add.c \
	%D%/received_cli.h \
	%D%/received_fetch.c \
	%D%/received_list.c \
	%D%/received_retry.c \
	%D%/received_show.c \
	%D%/received_show_other.c
