assay_SOURCES += %D%/cmd_fleet.c %D%/fleet.h
EXTRA_DIST += %D%/fleet_do.c %D%/fleet_metrics.c %D%/fleet_none.c %D%/fleet_role.c %D%/fleet_run.c \
	%D%/fleet_status.c
if POSTGRESQL
assay_SOURCES += %D%/fleet_do.c %D%/fleet_metrics.c %D%/fleet_role.c %D%/fleet_run.c \
	%D%/fleet_status.c
else
assay_SOURCES += %D%/fleet_none.c
endif
