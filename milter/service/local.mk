assay_milter_SOURCES += \
	%D%/catch.c %D%/catch.h \
	%D%/crash.c %D%/crash.h \
	%D%/evaluate.c %D%/evaluate.h \
	%D%/history_file.c %D%/history_file.h \
	%D%/known.c %D%/known.h \
	%D%/repeat.c %D%/repeat.h \
	%D%/site.c %D%/site.h \
	%D%/statistics.c %D%/statistics.h
