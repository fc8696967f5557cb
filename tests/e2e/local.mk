# make e2e: needs root, Postfix and NSD (contrib/packages test); contrib/check runs it
EXTRA_DIST += %D%/rig.py %D%/letters.py %D%/run.py %D%/reports.py %D%/quickstart.py %D%/causes.py %D%/policy.py %D%/variants.py %D%/sendmail.py %D%/received.py %D%/imapd.py %D%/domain.py %D%/signed.zone %D%/golden
.PHONY: e2e
e2e: all
	/usr/bin/python3 $(srcdir)/tests/e2e/run.py $(builddir)
	/usr/bin/python3 $(srcdir)/tests/e2e/causes.py $(builddir)
	/usr/bin/python3 $(srcdir)/tests/e2e/reports.py $(builddir)
	/usr/bin/python3 $(srcdir)/tests/e2e/policy.py $(builddir)
	/usr/bin/python3 $(srcdir)/tests/e2e/variants.py $(builddir)
	/usr/bin/python3 $(srcdir)/tests/e2e/received.py $(builddir)
	/usr/bin/python3 $(srcdir)/tests/e2e/domain.py $(builddir)
