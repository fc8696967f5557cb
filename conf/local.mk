EXTRA_DIST += conf/assay.conf

# The sample always, the configuration itself only where there is none yet.
install-data-local: install-conf
uninstall-local: uninstall-conf
.PHONY: install-conf uninstall-conf
install-conf:
	$(MKDIR_P) "$(DESTDIR)$(assaydir)"
	$(INSTALL_DATA) "$(srcdir)/conf/assay.conf" "$(DESTDIR)$(assaydir)/assay.conf.sample"
	test -e "$(DESTDIR)$(assaydir)/assay.conf" || \
		$(INSTALL_DATA) "$(srcdir)/conf/assay.conf" "$(DESTDIR)$(assaydir)/assay.conf"

# What the administrator changed stays.
uninstall-conf:
	rm -f "$(DESTDIR)$(assaydir)/assay.conf.sample"
	if cmp -s "$(srcdir)/conf/assay.conf" "$(DESTDIR)$(assaydir)/assay.conf"; then \
		rm -f "$(DESTDIR)$(assaydir)/assay.conf"; fi
