assay_SOURCES += \
	%D%/changes.h \
	%D%/changes_sums.c \
	%D%/client_check.c \
	%D%/cmd_changes.c \
	%D%/cmd_client.c \
	%D%/cmd_close.c \
	%D%/cmd_episode.c \
	%D%/cmd_exception.c \
	%D%/cmd_policystage.c \
	%D%/cmd_today.c \
	%D%/cmd_watch.c \
	%D%/episode_edit.c \
	%D%/episode_look.c \
	%D%/watch.h \
	%D%/watch_common.c
