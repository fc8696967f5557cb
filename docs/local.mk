EXTRA_DIST += docs/ARCHITECTURE.md docs/map
