assay_SOURCES += \
	%D%/cmd_report.c \
	%D%/cmd_reportclient.c \
	%D%/report.h \
	%D%/report_bounce.c \
	%D%/report_build.c \
	%D%/report_list.c \
	%D%/report_print.c \
	%D%/report_retry.c \
	%D%/report_send.c \
	%D%/report_show.c %D%/report_show.h \
	%D%/report_show_json.c \
	%D%/report_wait.c
