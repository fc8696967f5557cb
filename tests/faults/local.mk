# make faults: needs root, Postfix, NSD and a C compiler (contrib/packages test); contrib/check runs it, contrib/faults for longer
EXTRA_DIST += %D%/run.py %D%/rig.py %D%/names.py %D%/seccomp.py %D%/trouble.c \
	%D%/clients.py %D%/crash.py %D%/descriptors.py %D%/disk.py %D%/dnsfaults.py %D%/imports.py %D%/logsocket.py %D%/memory.py \
	%D%/privileges.py %D%/process.py %D%/sessions.py %D%/soak.py %D%/helper_cost.c
.PHONY: faults
faults: all
	/usr/bin/python3 $(srcdir)/tests/faults/run.py $(builddir)
