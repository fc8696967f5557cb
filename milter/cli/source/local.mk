assay_SOURCES += \
	%D%/cmd_source.c \
	%D%/sources.h \
	%D%/sources_csv.c \
	%D%/sources_received.c %D%/sources_received.h \
	%D%/sources_show.c
