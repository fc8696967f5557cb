assay_SOURCES += \
	%D%/cmd_dmarc.c \
	%D%/dmarc_explain.c \
	%D%/dmarc_json.c \
	%D%/dmarc_show.h
