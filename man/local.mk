dist_man_MANS += man/assay.conf.5
