EXTRA_DIST += contrib/fuzz contrib/faults contrib/soak
EXTRA_DIST += contrib/check contrib/packages contrib/quickstart contrib/tree

# ---- service files ----

systemdsystemunit_DATA = %D%/systemd/assay-milter.service %D%/systemd/assay-milter.socket
EXTRA_DIST += %D%/systemd/assay-milter.service.in %D%/systemd/assay-milter.socket
CLEANFILES += %D%/systemd/assay-milter.service
%D%/systemd/assay-milter.service: %D%/systemd/assay-milter.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@sbindir[@]|$(sbindir)|' $(srcdir)/%D%/systemd/assay-milter.service.in > $@

REPORT_TIMERS = %D%/systemd/assay-report-build.timer %D%/systemd/assay-report-send.timer
systemdsystemunit_DATA += %D%/systemd/assay-report@.service $(REPORT_TIMERS)
EXTRA_DIST += %D%/systemd/assay-report@.service.in $(REPORT_TIMERS)
CLEANFILES += %D%/systemd/assay-report@.service
%D%/systemd/assay-report@.service: %D%/systemd/assay-report@.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/%D%/systemd/assay-report@.service.in > $@

EXTRA_DIST += %D%/systemd/assay.sysusers %D%/systemd/assay.tmpfiles
install-data-local: install-snippets
uninstall-local: uninstall-snippets
.PHONY: install-snippets uninstall-snippets
install-snippets:
	$(MKDIR_P) "$(DESTDIR)$(sysusersdir)" "$(DESTDIR)$(tmpfilesdir)"
	$(INSTALL_DATA) "$(srcdir)/%D%/systemd/assay.sysusers" "$(DESTDIR)$(sysusersdir)/assay.conf"
	$(INSTALL_DATA) "$(srcdir)/%D%/systemd/assay.tmpfiles" "$(DESTDIR)$(tmpfilesdir)/assay.conf"
uninstall-snippets:
	rm -f "$(DESTDIR)$(sysusersdir)/assay.conf" "$(DESTDIR)$(tmpfilesdir)/assay.conf"

examplesdir = $(docdir)/examples
dist_examples_DATA = %D%/postfix/main.cf.assay %D%/sendmail/assay.m4
EXTRA_DIST += contrib/differential
