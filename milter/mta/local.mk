assay_milter_SOURCES += \
	%D%/carry.c %D%/carry.h \
	%D%/collect.c %D%/collect.h \
	%D%/flight.c %D%/flight.h \
	%D%/frames.c %D%/frames.h \
	%D%/hold.c %D%/hold.h \
	%D%/libmilter.c %D%/libmilter.h \
	%D%/park.c %D%/park.h \
	%D%/peer.c %D%/peer.h \
	%D%/readahead.c %D%/readahead.h \
	%D%/share.c %D%/share.h \
	%D%/session.c %D%/session.h

# libmilter's archive with the functions renamed that %D%/libmilter.h has instead of the C library's
if LIBMILTER_RENAMED
MILTER_LIBS = %D%/libmilter_renamed.a
CLEANFILES += %D%/libmilter_renamed.a
%D%/libmilter_renamed.a: $(LIBMILTER_ARCHIVE) config.status
	$(AM_V_GEN)$(MKDIR_P) %D% && $(OBJCOPY) $(LIBMILTER_RENAMES) $(LIBMILTER_ARCHIVE) $@
else
MILTER_LIBS = -lmilter
endif
