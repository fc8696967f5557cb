dist_man_MANS += man/assay.conf.5
dist_man_MANS += man/assay.1
dist_man_MANS += man/assay-milter.8
dist_man_MANS += man/clients.conf.5
dist_man_MANS += man/senders.conf.5
dist_man_MANS += man/policy.conf.5
