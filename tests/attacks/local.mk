# what strangers send and local users try (docs/RELIABILITY.md), at the real assay-milter
ATTACKS =
ATTACKS += %D%/catch.py
ATTACKS += %D%/dns.py
ATTACKS += %D%/door.py
ATTACKS += %D%/forwarders.py
ATTACKS += %D%/memory.py
ATTACKS += %D%/message.py
ATTACKS += %D%/property.py
ATTACKS += %D%/own.py
ATTACKS += %D%/sandbox.py
ATTACKS += %D%/terminal.py
TESTS += $(ATTACKS)
dist_check_SCRIPTS += $(ATTACKS)
EXTRA_DIST += %D%/intruder.c
EXTRA_DIST += %D%/names.py
EXTRA_DIST += %D%/recursion.py
EXTRA_DIST += %D%/stream.py
