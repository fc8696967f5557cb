assay_SOURCES += \
	%D%/check.h \
	%D%/check_json.c \
	%D%/check_text.c \
	%D%/cmd_check.c \
	%D%/verdict_json.c
