EXTRA_DIST += contrib/fuzz
EXTRA_DIST += contrib/check contrib/packages contrib/quickstart contrib/tree
