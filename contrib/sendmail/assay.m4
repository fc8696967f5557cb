dnl assay.m4 - what Sendmail needs to know of assay-milter: include in sendmail.mc, before MAILER lines.
dnl
dnl F=T has mail wait while the daemon is down; leave F out to let it in unexamined.
dnl Sendmail connects as root, so the socket's folder needs no further group.
INPUT_MAIL_FILTER(`assay', `S=unix:/run/assay/assay.sock, F=T, T=C:10s;S:30s;R:30s;E:2m')dnl
