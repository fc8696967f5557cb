milter_libassay_a_SOURCES += \
	%D%/ask.c \
	%D%/aside.c %D%/aside.h \
	%D%/engine.c %D%/engine.h \
	%D%/bulk.c %D%/bulk.h \
	%D%/digest.c %D%/digest.h \
	%D%/failure_row.c %D%/failure_row.h \
	%D%/failures.c %D%/failures.h \
	%D%/find.c %D%/find.h \
	%D%/internal.h \
	%D%/item.c %D%/item.h \
	%D%/keys.c %D%/keys.h \
	%D%/later.c %D%/later.h \
	%D%/life.c %D%/life.h \
	%D%/lookup.c %D%/lookup.h \
	%D%/lookup_entry.h \
	%D%/lookup_probe.c \
	%D%/mailsums.c %D%/mailsums.h \
	%D%/messages.c %D%/messages.h \
	%D%/prune.c %D%/prune.h \
	%D%/replay.c %D%/replay.h \
	%D%/schema.c %D%/schema.h \
	%D%/span.c %D%/span.h \
	%D%/store.c %D%/store.h \
	%D%/tallies.c %D%/tallies.h \
	%D%/trouble.c %D%/trouble.h \
	%D%/waiting.c %D%/waiting.h \
	%D%/writer.c %D%/writer.h

# the centre of a fleet as the desk asks it
CENTRE_FILES = %D%/centre.c %D%/centre_find.c %D%/centre_find.h %D%/centre_newest.c \
	%D%/centre_span.c %D%/centre_span.h
milter_libassay_a_SOURCES += %D%/centre.h
EXTRA_DIST += $(CENTRE_FILES) %D%/centre_none.c
if POSTGRESQL
milter_libassay_a_SOURCES += $(CENTRE_FILES)
else
milter_libassay_a_SOURCES += %D%/centre_none.c
endif
