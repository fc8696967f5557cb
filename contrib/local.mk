EXTRA_DIST += contrib/fuzz
