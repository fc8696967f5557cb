# many hosts and one PostgreSQL, which the test starts itself; skipped where none is installed
dist_check_SCRIPTS += tests/fleet/fleet tests/fleet/desk tests/fleet/follow tests/fleet/intruder tests/fleet/keeper tests/fleet/pages tests/fleet/roles tests/fleet/tls tests/fleet/watched
EXTRA_DIST += tests/fleet/put.c tests/fleet/both.c tests/fleet/copy.c tests/fleet/mail.c tests/fleet/relay.py tests/fleet/server.py
EXTRA_DIST += tests/fleet/centre-1.sql tests/fleet/liar.py tests/fleet/silent.c
TESTS += tests/fleet/fleet tests/fleet/desk tests/fleet/follow tests/fleet/intruder tests/fleet/keeper tests/fleet/pages tests/fleet/roles tests/fleet/tls tests/fleet/watched
if POSTGRESQL
check_PROGRAMS += tests/fleet/put tests/fleet/both tests/fleet/copy tests/fleet/mail tests/fleet/silent
tests_fleet_put_LDADD = $(ASSAY_LIBS)
tests_fleet_both_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
tests_fleet_copy_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
tests_fleet_mail_LDADD = $(ASSAY_LIBS)
tests_fleet_silent_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
endif

# reports of a fleet; load fills a centre to measure it
dist_check_SCRIPTS += tests/fleet/reports
EXTRA_DIST += tests/fleet/count.c tests/fleet/load.c tests/fleet/sink.py
TESTS += tests/fleet/reports
if POSTGRESQL
check_PROGRAMS += tests/fleet/count
tests_fleet_count_LDADD = $(ASSAY_LIBS) $(PQ_LIBS)
EXTRA_PROGRAMS += tests/fleet/load
tests_fleet_load_SOURCES = %D%/load.c tests/report/records.c tests/report/records.h
tests_fleet_load_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tests/report
tests_fleet_load_LDADD = $(ASSAY_LIBS) $(PQ_LIBS) -lm
endif

# a fleet in trouble (contrib/check runs it), and at scale: these measure, on demand
EXTRA_DIST += %D%/rig.py %D%/failures %D%/many %D%/manners %D%/large %D%/putlat.c
EXTRA_PROGRAMS += tests/fleet/putlat tests/fleet/day
tests_fleet_putlat_LDADD = $(ASSAY_LIBS)
CLEANFILES += tests/fleet/putlat tests/fleet/day
