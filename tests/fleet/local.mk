# many hosts and one PostgreSQL, which the test starts itself; skipped where none is installed
dist_check_SCRIPTS += tests/fleet/fleet
EXTRA_DIST += tests/fleet/put.c tests/fleet/both.c tests/fleet/putlat.c tests/fleet/server.py tests/fleet/rig.py
EXTRA_DIST += tests/fleet/failures tests/fleet/many tests/fleet/manners tests/fleet/large
TESTS += tests/fleet/fleet
if POSTGRESQL
check_PROGRAMS += tests/fleet/put tests/fleet/both
tests_fleet_put_LDADD = $(ASSAY_LIBS)
tests_fleet_both_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
EXTRA_PROGRAMS += tests/fleet/putlat
tests_fleet_putlat_LDADD = $(ASSAY_LIBS)
endif
