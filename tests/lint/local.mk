dist_check_SCRIPTS += tests/lint/lint_test tests/lint/choices tests/lint/promises tests/lint/rooms tests/lint/senders
TESTS += tests/lint/lint_test tests/lint/choices tests/lint/promises tests/lint/rooms tests/lint/senders
EXTRA_DIST += contrib/lint tests/lint/fixture tests/lint/fixture.expected tests/lint/manuals tests/lint/named.py tests/lint/depends

# the house rules, the map of files, and the manual pages against what the programs say of themselves
lint: all
	$(srcdir)/contrib/lint $(srcdir)
	$(srcdir)/docs/map --check
	$(srcdir)/tests/lint/manuals $(builddir) $(srcdir)/man
	$(srcdir)/tests/lint/depends $(srcdir)
.PHONY: lint
