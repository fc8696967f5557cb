bin_PROGRAMS += assay
assay_SOURCES = \
	%D%/check.h %D%/check_json.c %D%/check_text.c \
	%D%/cli.h \
	%D%/cmd_check.c \
	%D%/cmd_dmarc.c %D%/dmarc_explain.c %D%/dmarc_json.c %D%/dmarc_show.h \
	%D%/cmd_policy.c %D%/policy_show.c %D%/policy_show.h \
	%D%/cmd_import.c \
	%D%/cmd_report.c %D%/report.h %D%/report_build.c %D%/report_list.c \
	%D%/report_print.c %D%/report_show.c %D%/report_show.h \
	%D%/report_bounce.c %D%/report_retry.c %D%/report_send.c \
	%D%/cmd_source.c %D%/sources.h %D%/sources_check.c %D%/sources_csv.c %D%/sources_show.c \
	%D%/cmd_spf.c \
	%D%/cmd_whatif.c %D%/whatif.c %D%/whatif.h \
	%D%/cmd_why.c %D%/why.h %D%/why_evidence.c %D%/why_json.c %D%/why_story.c \
	%D%/common.c \
	%D%/csv.c %D%/csv.h \
	%D%/json.c %D%/json.h \
	%D%/main.c \
	%D%/sheet.c %D%/sheet.h \
	%D%/verdict_json.c
assay_LDADD = $(ASSAY_LIBS) $(JANSSON_LIBS) $(CSV_LIBS)
