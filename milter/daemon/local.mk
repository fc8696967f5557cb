assay_milter_SOURCES += \
	%D%/check.c %D%/check.h \
	%D%/confine.h %D%/confine_calls.c %D%/confine_files.c \
	%D%/dry_run.c %D%/dry_run.h \
	%D%/folder.c %D%/folder.h \
	%D%/handover.c %D%/handover.h \
	%D%/main.c \
	%D%/options.c %D%/options.h \
	%D%/signals.c %D%/signals.h \
	%D%/socket.c %D%/socket.h \
	%D%/start.c %D%/start.h \
	%D%/supervise.c %D%/supervise.h \
	%D%/unit.c %D%/unit.h
