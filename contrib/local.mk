EXTRA_DIST += contrib/fuzz contrib/faults contrib/soak contrib/sendmail-test
EXTRA_DIST += contrib/boot-checks contrib/boot-desk contrib/boot-fleet contrib/boot-test contrib/check contrib/fresh contrib/packages contrib/quickstart contrib/tree

# ---- service files ----

systemdsystemunit_DATA = %D%/systemd/assay-milter.service %D%/systemd/assay-milter.socket
EXTRA_DIST += %D%/systemd/assay-milter.service.in %D%/systemd/assay-milter.socket
CLEANFILES += %D%/systemd/assay-milter.service
%D%/systemd/assay-milter.service: %D%/systemd/assay-milter.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@sbindir[@]|$(sbindir)|' $(srcdir)/%D%/systemd/assay-milter.service.in > $@

WATCH_TIMER = %D%/systemd/assay-watch.timer
systemdsystemunit_DATA += %D%/systemd/assay-watch.service $(WATCH_TIMER)
EXTRA_DIST += %D%/systemd/assay-watch.service.in $(WATCH_TIMER)
CLEANFILES += %D%/systemd/assay-watch.service
%D%/systemd/assay-watch.service: %D%/systemd/assay-watch.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/%D%/systemd/assay-watch.service.in > $@

REPORT_TIMERS = %D%/systemd/assay-report-build.timer %D%/systemd/assay-report-send.timer
systemdsystemunit_DATA += %D%/systemd/assay-report@.service $(REPORT_TIMERS)
EXTRA_DIST += %D%/systemd/assay-report@.service.in $(REPORT_TIMERS)
CLEANFILES += %D%/systemd/assay-report@.service
%D%/systemd/assay-report@.service: %D%/systemd/assay-report@.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/%D%/systemd/assay-report@.service.in > $@

systemdsystemunit_DATA += %D%/systemd/assay-client-report.service %D%/systemd/assay-client-report.timer
EXTRA_DIST += %D%/systemd/assay-client-report.service.in %D%/systemd/assay-client-report.timer
CLEANFILES += %D%/systemd/assay-client-report.service
%D%/systemd/assay-client-report.service: %D%/systemd/assay-client-report.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/%D%/systemd/assay-client-report.service.in > $@

systemdsystemunit_DATA += %D%/systemd/assay-received.service %D%/systemd/assay-received.timer
EXTRA_DIST += %D%/systemd/assay-received.service.in %D%/systemd/assay-received.timer
CLEANFILES += %D%/systemd/assay-received.service
%D%/systemd/assay-received.service: %D%/systemd/assay-received.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/%D%/systemd/assay-received.service.in > $@

systemdsystemunit_DATA += %D%/systemd/assay-domain.service %D%/systemd/assay-domain.timer
EXTRA_DIST += %D%/systemd/assay-domain.service.in %D%/systemd/assay-domain.timer
CLEANFILES += %D%/systemd/assay-domain.service
%D%/systemd/assay-domain.service: %D%/systemd/assay-domain.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/%D%/systemd/assay-domain.service.in > $@

# the centre of a fleet; without libpq it would only say that it cannot
EXTRA_DIST += %D%/systemd/assay-fleet.service.in
CLEANFILES += %D%/systemd/assay-fleet.service
if POSTGRESQL
systemdsystemunit_DATA += %D%/systemd/assay-fleet.service
endif
%D%/systemd/assay-fleet.service: %D%/systemd/assay-fleet.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/%D%/systemd/assay-fleet.service.in > $@

# the pages; assay-keeper is of no use without assay-web
EXTRA_DIST += %D%/systemd/assay-web.service.in %D%/systemd/assay-keeper.service.in
CLEANFILES += %D%/systemd/assay-web.service %D%/systemd/assay-keeper.service
if WEB
systemdsystemunit_DATA += %D%/systemd/assay-web.service %D%/systemd/assay-keeper.service
endif
%D%/systemd/assay-web.service: %D%/systemd/assay-web.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@sbindir[@]|$(sbindir)|' $(srcdir)/%D%/systemd/assay-web.service.in > $@
%D%/systemd/assay-keeper.service: %D%/systemd/assay-keeper.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@sbindir[@]|$(sbindir)|' $(srcdir)/%D%/systemd/assay-keeper.service.in > $@

EXTRA_DIST += %D%/systemd/assay-web.sysusers %D%/systemd/assay-web.tmpfiles
EXTRA_DIST += %D%/systemd/assay.sysusers %D%/systemd/assay.tmpfiles
install-data-local: install-snippets
uninstall-local: uninstall-snippets
.PHONY: install-snippets uninstall-snippets
install-snippets:
	$(MKDIR_P) "$(DESTDIR)$(sysusersdir)" "$(DESTDIR)$(tmpfilesdir)"
	$(INSTALL_DATA) "$(srcdir)/%D%/systemd/assay.sysusers" "$(DESTDIR)$(sysusersdir)/assay.conf"
	$(INSTALL_DATA) "$(srcdir)/%D%/systemd/assay.tmpfiles" "$(DESTDIR)$(tmpfilesdir)/assay.conf"
if WEB
	$(INSTALL_DATA) "$(srcdir)/%D%/systemd/assay-web.sysusers" "$(DESTDIR)$(sysusersdir)/assay-web.conf"
	$(INSTALL_DATA) "$(srcdir)/%D%/systemd/assay-web.tmpfiles" "$(DESTDIR)$(tmpfilesdir)/assay-web.conf"
endif
uninstall-snippets:
	rm -f "$(DESTDIR)$(sysusersdir)/assay-web.conf" "$(DESTDIR)$(tmpfilesdir)/assay-web.conf"
	rm -f "$(DESTDIR)$(sysusersdir)/assay.conf" "$(DESTDIR)$(tmpfilesdir)/assay.conf"
	test -n "$(DESTDIR)" || rm -rf /run/assay /run/assay-keeper /run/assay-web

examplesdir = $(docdir)/examples
dist_examples_DATA = %D%/postfix/main.cf.assay %D%/sendmail/assay.m4 %D%/proxy/nginx.conf %D%/proxy/apache.conf
EXTRA_DIST += contrib/differential

# ---- the Debian package ----

EXTRA_DIST += contrib/package contrib/package-test
EXTRA_DIST += debian/changelog debian/control debian/copyright debian/rules debian/source/format
EXTRA_DIST += debian/assay-web.install debian/assay-web.manpages debian/assay-web.postrm
EXTRA_DIST += debian/assay.docs debian/assay.install debian/assay.manpages
EXTRA_DIST += debian/assay.postinst debian/assay.postrm debian/assay.prerm
EXTRA_DIST += debian/tests/control debian/tests/postfix
