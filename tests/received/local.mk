# reports of others as stored: what becomes of each file; sums against an independent script's, with importers killed
dist_check_SCRIPTS += tests/received/sums
TESTS += tests/received/sums
dist_check_SCRIPTS += tests/received/outcomes
TESTS += tests/received/outcomes
# what one file may cost, and what of damaged archives is taken
dist_check_SCRIPTS += tests/received/limits
TESTS += tests/received/limits
EXTRA_DIST += tests/received/volume
# as strangers write reports, and as nobody should; mailboxes whose server never ends
dist_check_SCRIPTS += tests/received/strangers
TESTS += tests/received/strangers
