dnl assay.m4 - what Sendmail needs to know of assay-milter: include in sendmail.mc, before MAILER lines.
dnl
dnl While the daemon is down mail goes on unexamined; with F=T in front of T= it has to wait (451).
dnl T: how long Sendmail waits to connect, send, get a reply, and get the one at the end of a message, which
dnl must be longer than DNSTimeout.  Sendmail connects as root, so the socket's folder needs no further group.
INPUT_MAIL_FILTER(`assay', `S=unix:/run/assay/assay.sock, T=C:10s;S:30s;R:30s;E:2m')dnl
