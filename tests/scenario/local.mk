# the real assay-milter under an MTA's side of the protocol; no network, no root needed
SCENARIOS = %D%/talk.py %D%/life.py %D%/scripts.py %D%/counters.py %D%/memory.py
TESTS += $(SCENARIOS)
dist_check_SCRIPTS += $(SCENARIOS)
EXTRA_DIST += %D%/rig.py %D%/tsan.supp %D%/good.lua %D%/several.lua
