# clients' reports: their figures in three forms, editions that stay, mail that is sent once
dist_check_SCRIPTS += tests/clientreport/editions
TESTS += tests/clientreport/editions
