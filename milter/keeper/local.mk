milter_libassay_a_SOURCES += \
	%D%/accounts.c %D%/accounts.h \
	%D%/ask.h \
	%D%/change.c %D%/change_episode.c %D%/change_policy.c %D%/change_source.c \
	%D%/guard.c %D%/guard.h \
	%D%/internal.h \
	%D%/password.c %D%/password.h \
	%D%/server.c %D%/server.h \
	%D%/sessions.c \
	%D%/token.c %D%/token.h \
	%D%/verbs.c %D%/verbs.h \
	%D%/wire.c %D%/wire.h
assay_keeper_SOURCES = %D%/main.c
assay_keeper_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
