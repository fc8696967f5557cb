# many hosts and one PostgreSQL, which the test starts itself; skipped where none is installed
dist_check_SCRIPTS += tests/fleet/fleet tests/fleet/desk
EXTRA_DIST += tests/fleet/put.c tests/fleet/both.c tests/fleet/copy.c tests/fleet/server.py
TESTS += tests/fleet/fleet tests/fleet/desk
if POSTGRESQL
check_PROGRAMS += tests/fleet/put tests/fleet/both tests/fleet/copy
tests_fleet_put_LDADD = $(ASSAY_LIBS)
tests_fleet_both_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
tests_fleet_copy_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
endif
