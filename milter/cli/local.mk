assay_SOURCES += \
	%D%/cli.h \
	%D%/cmd_import.c \
	%D%/cmd_spf.c \
	%D%/cmd_whatif.c \
	%D%/cmd_who.c \
	%D%/common.c \
	%D%/terminal.c \
	%D%/when.c \
	%D%/main.c \
	%D%/verbs.c
