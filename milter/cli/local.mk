bin_PROGRAMS += assay
# common.c joins with the first subcommand
assay_SOURCES = \
	%D%/cli.h \
	%D%/json.c %D%/json.h \
	%D%/main.c
assay_LDADD = $(ASSAY_LIBS) $(JANSSON_LIBS)
