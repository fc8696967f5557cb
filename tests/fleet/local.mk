# many hosts and one PostgreSQL, which the test starts itself; skipped where none is installed
dist_check_SCRIPTS += tests/fleet/fleet tests/fleet/desk tests/fleet/roles tests/fleet/tls
EXTRA_DIST += tests/fleet/put.c tests/fleet/both.c tests/fleet/copy.c tests/fleet/server.py
EXTRA_DIST += tests/fleet/centre-1.sql
TESTS += tests/fleet/fleet tests/fleet/desk tests/fleet/roles tests/fleet/tls
if POSTGRESQL
check_PROGRAMS += tests/fleet/put tests/fleet/both tests/fleet/copy
tests_fleet_put_LDADD = $(ASSAY_LIBS)
tests_fleet_both_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
tests_fleet_copy_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
endif
