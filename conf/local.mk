EXTRA_DIST += conf/assay.conf
EXTRA_DIST += conf/clients.conf
EXTRA_DIST += conf/policy.conf
EXTRA_DIST += conf/senders.conf
PLAYBOOKS = new-sender spf-fail dkim-fail misalign spoofing
EXTRA_DIST += conf/playbooks/new-sender.txt conf/playbooks/spf-fail.txt conf/playbooks/dkim-fail.txt \
	conf/playbooks/misalign.txt conf/playbooks/spoofing.txt

# The sample and the catalogue always, the configuration itself only where there is none yet.
install-data-local: install-conf
uninstall-local: uninstall-conf
.PHONY: install-conf uninstall-conf
install-conf:
	$(MKDIR_P) "$(DESTDIR)$(assaydir)"
	$(INSTALL_DATA) "$(srcdir)/conf/assay.conf" "$(DESTDIR)$(assaydir)/assay.conf.sample"
	test -e "$(DESTDIR)$(assaydir)/assay.conf" || \
		$(INSTALL_DATA) "$(srcdir)/conf/assay.conf" "$(DESTDIR)$(assaydir)/assay.conf"
	for f in clients.conf policy.conf; do \
		test -e "$(DESTDIR)$(assaydir)/$$f" || \
			$(INSTALL_DATA) "$(srcdir)/conf/$$f" "$(DESTDIR)$(assaydir)/$$f" || exit 1; \
	done
	$(INSTALL_DATA) "$(srcdir)/conf/senders.conf" "$(DESTDIR)$(assaydir)/senders.conf"
	$(MKDIR_P) "$(DESTDIR)$(assaydir)/senders.d"
	$(MKDIR_P) "$(DESTDIR)$(assaydir)/playbooks"
	for p in $(PLAYBOOKS); do \
		test -e "$(DESTDIR)$(assaydir)/playbooks/$$p.txt" || \
			$(INSTALL_DATA) "$(srcdir)/conf/playbooks/$$p.txt" "$(DESTDIR)$(assaydir)/playbooks/$$p.txt" || exit 1; \
	done

# What the administrator changed stays.
uninstall-conf:
	rm -f "$(DESTDIR)$(assaydir)/assay.conf.sample" "$(DESTDIR)$(assaydir)/senders.conf"
	if cmp -s "$(srcdir)/conf/assay.conf" "$(DESTDIR)$(assaydir)/assay.conf"; then \
		rm -f "$(DESTDIR)$(assaydir)/assay.conf"; fi
	for f in clients.conf policy.conf; do \
		if cmp -s "$(srcdir)/conf/$$f" "$(DESTDIR)$(assaydir)/$$f"; then rm -f "$(DESTDIR)$(assaydir)/$$f"; fi; \
	done
	for p in $(PLAYBOOKS); do \
		if cmp -s "$(srcdir)/conf/playbooks/$$p.txt" "$(DESTDIR)$(assaydir)/playbooks/$$p.txt"; then \
			rm -f "$(DESTDIR)$(assaydir)/playbooks/$$p.txt"; fi; \
	done
	for d in /senders.d /playbooks ''; do \
		test ! -d "$(DESTDIR)$(assaydir)$$d" || rmdir "$(DESTDIR)$(assaydir)$$d" 2>/dev/null || :; \
	done

# last of all: the folders that this made, where nothing of others is in them
uninstall-hook:
	for d in "$(examplesdir)" "$(docdir)" "$(pkgdatadir)"; do \
		test ! -d "$(DESTDIR)$$d" || rmdir "$(DESTDIR)$$d" 2>/dev/null || :; \
	done

# what reports are checked against (RFC 9990 appendix A)
dist_pkgdata_DATA = %D%/dmarc-aggregate-rfc9990.xsd

# bash completion, where bash-completion(8) looks for it
bashcompletiondir = $(datadir)/bash-completion/completions
EXTRA_DIST += %D%/assay.bash-completion

install-data-local: install-bash-completion
uninstall-local: uninstall-bash-completion
.PHONY: install-bash-completion uninstall-bash-completion
uninstall-bash-completion:
	rm -f "$(DESTDIR)$(bashcompletiondir)/assay"
install-bash-completion:
	$(MKDIR_P) "$(DESTDIR)$(bashcompletiondir)"
	$(INSTALL_DATA) "$(srcdir)/conf/assay.bash-completion" "$(DESTDIR)$(bashcompletiondir)/assay"
