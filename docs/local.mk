EXTRA_DIST += docs/ARCHITECTURE.md docs/CHOICES.md docs/RELIABILITY.md docs/map
