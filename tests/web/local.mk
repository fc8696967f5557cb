EXTRA_DIST += tests/web/rig.py tests/web/browser.py tests/web/run.py tests/web/a11y.js tests/web/large tests/web/crowd tests/web/fronts
if WEB
check_PROGRAMS += tests/web/seed
tests_web_seed_SOURCES = tests/web/seed.c
tests_web_seed_LDADD = $(ASSAY_LIBS)
EXTRA_PROGRAMS += tests/web/estate
tests_web_estate_SOURCES = tests/web/estate.c tests/bench/measure.h
tests_web_estate_LDADD = $(ASSAY_LIBS)
CLEANFILES += tests/web/seed tests/web/estate
endif
