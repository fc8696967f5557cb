milter_libassay_a_SOURCES += \
	%D%/ask.c \
	%D%/caught.c %D%/caught.h \
	%D%/dbfile.c %D%/dbfile.h \
	%D%/digest.c %D%/digest.h \
	%D%/dnstext.c %D%/dnstext.h \
	%D%/failures.c %D%/failures.h \
	%D%/find.c %D%/find.h \
	%D%/internal.h \
	%D%/inventory.c %D%/inventory.h \
	%D%/inventory_edit.c \
	%D%/item.c %D%/item.h \
	%D%/keys.c %D%/keys.h \
	%D%/lookup.c %D%/lookup.h %D%/lookup_entry.h \
	%D%/lookup_probe.c \
	%D%/messages.c %D%/messages.h \
	%D%/migrate.c %D%/migrate.h \
	%D%/outbox.c %D%/outbox.h \
	%D%/prune.c %D%/prune.h \
	%D%/reports.c %D%/reports.h \
	%D%/replay.c %D%/replay.h \
	%D%/schema.c %D%/schema.h \
	%D%/snapshot.c %D%/snapshot.h \
	%D%/span.c %D%/span.h \
	%D%/sqlite.c %D%/sqlite.h \
	%D%/store.c %D%/store.h \
	%D%/suppressed.c \
	%D%/tallies.c %D%/tallies.h \
	%D%/tally.c %D%/tally.h \
	%D%/waiting.c %D%/waiting.h \
	%D%/writer.c %D%/writer.h
