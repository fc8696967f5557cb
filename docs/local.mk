EXTRA_DIST += docs/ARCHITECTURE.md docs/FILES.md docs/FLEET.md docs/DEPARTURES.md docs/PERFORMANCE.md docs/LIBRARIES.md docs/CHOICES.md docs/RELIABILITY.md docs/map docs/pages.png
