sbin_PROGRAMS += assay-milter
assay_milter_SOURCES = \
	%D%/catch.c %D%/catch.h \
	%D%/check.c %D%/check.h \
	%D%/collect.c %D%/collect.h \
	%D%/crash.c %D%/crash.h \
	%D%/evaluate.c %D%/evaluate.h \
	%D%/flight.c %D%/flight.h \
	%D%/history_file.c %D%/history_file.h \
	%D%/known.c %D%/known.h \
	%D%/instead.c %D%/instead.h \
	%D%/main.c \
	%D%/nudge.c %D%/nudge.h \
	%D%/options.c %D%/options.h \
	%D%/readahead.c %D%/readahead.h \
	%D%/session.c %D%/session.h \
	%D%/site.c %D%/site.h \
	%D%/signals.c %D%/signals.h \
	%D%/socket.c %D%/socket.h \
	%D%/start.c %D%/start.h \
	%D%/statistics.c %D%/statistics.h \
	%D%/supervise.c %D%/supervise.h
assay_milter_LDADD = $(ASSAY_LIBS) $(MILTER_LIBS)
