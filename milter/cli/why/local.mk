assay_SOURCES += \
	%D%/cmd_why.c \
	%D%/why.h \
	%D%/why_answer.c \
	%D%/why_close.c \
	%D%/why_search.c \
	%D%/why_json.c %D%/why_json.h \
	%D%/why_outgoing.c %D%/why_outgoing.h
