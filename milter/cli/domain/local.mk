assay_SOURCES += \
	%D%/cmd_domain.c \
	%D%/domain_ask.c \
	%D%/domain_desk.c \
	%D%/domain_desk.h \
	%D%/domain_hosted.c \
	%D%/domain_json.c \
	%D%/domain_known.c \
	%D%/domain_lists.c \
	%D%/domain_out.h \
	%D%/domain_reports.c \
	%D%/domain_servers.c \
	%D%/domain_sources.h \
	%D%/domain_store.c \
	%D%/domain_text.c
