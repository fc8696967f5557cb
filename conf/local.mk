EXTRA_DIST += conf/assay.conf
EXTRA_DIST += conf/clients.conf
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
	test -e "$(DESTDIR)$(assaydir)/clients.conf" || \
		$(INSTALL_DATA) "$(srcdir)/conf/clients.conf" "$(DESTDIR)$(assaydir)/clients.conf"
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
	test ! -d "$(DESTDIR)$(assaydir)/senders.d" || rmdir "$(DESTDIR)$(assaydir)/senders.d" || :
	if cmp -s "$(srcdir)/conf/assay.conf" "$(DESTDIR)$(assaydir)/assay.conf"; then \
		rm -f "$(DESTDIR)$(assaydir)/assay.conf"; fi
	if cmp -s "$(srcdir)/conf/clients.conf" "$(DESTDIR)$(assaydir)/clients.conf"; then \
		rm -f "$(DESTDIR)$(assaydir)/clients.conf"; fi
	for p in $(PLAYBOOKS); do \
		if cmp -s "$(srcdir)/conf/playbooks/$$p.txt" "$(DESTDIR)$(assaydir)/playbooks/$$p.txt"; then \
			rm -f "$(DESTDIR)$(assaydir)/playbooks/$$p.txt"; fi; \
	done

# what reports are checked against (RFC 9990 appendix A)
dist_pkgdata_DATA = %D%/dmarc-aggregate-rfc9990.xsd
