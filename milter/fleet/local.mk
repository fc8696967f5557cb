# many hosts' records in one PostgreSQL; linked into assay alone
FLEET_FILES = %D%/batch.c %D%/failures.c %D%/follow.c %D%/hello.c %D%/hosts.c %D%/hosts.h %D%/internal.h \
	%D%/keep.c %D%/keep.h %D%/keep_catch.c %D%/keep_changes.c %D%/keep_days.c %D%/keep_digest.c %D%/keep_hours.c %D%/keep_index.c \
	%D%/kept.c %D%/kept.h %D%/keep_internal.h %D%/keep_write.c %D%/roles.c %D%/roles.h %D%/ship.c %D%/ship.h \
	%D%/standing.c \
	%D%/tables.c %D%/tables.h %D%/tables_desk.c %D%/tables_desk.h %D%/tables_door.c %D%/tables_door.h \
	%D%/tables_index.c %D%/tables_index.h %D%/tables_inventory.c %D%/tables_inventory.h \
	%D%/tables_reports.c \
	%D%/tables_reports.h \
	%D%/tables_rights.c %D%/tables_rights.h %D%/texts.c
EXTRA_DIST += $(FLEET_FILES)
if POSTGRESQL
milter_libassay_a_SOURCES += $(FLEET_FILES)
endif
