/*
 * check.h - whether this configuration could work here: what start refuses,
 * and what `assay-milter -n` says.
 */
#ifndef ASSAY_DAEMON_CHECK_H
#define ASSAY_DAEMON_CHECK_H

#include <stdio.h>

#include "config/config.h"
#include "daemon/socket.h"
#include "daemon/unit.h"

/*
 * Call as the user that will run.  Parses and checks the socket into `spec`,
 * and the folders of socket, database, statistics and history.  `low_ports` as
 * socket_check has it.  RC_BAD with file, line and remedy.
 */
enum rc check_places(const struct config *c, bool low_ports, struct socket_spec *spec, struct err *e);

/* Call as the user that starts: whether the pid file's folder can be written.  RC_BAD likewise. */
enum rc check_pid_file(const struct config *c, struct err *e);

/*
 * Whether systemd's unit lets the service write where the configuration has it
 * write, and hands over a Socket = fd:N.  RC_BAD likewise.
 */
enum rc check_unit(const struct config *c, const struct socket_spec *spec, const struct unit *u, struct err *e);

/* Whether the system names the servers that are to be asked (Nameservers is empty).  RC_IO with the remedy. */
enum rc check_servers(const struct config *c, struct err *e);

/* As check_remarks, of the unit. */
unsigned check_unit_remarks(const struct socket_spec *spec, const struct unit *u, void (*say)(const char *remark));

/* What works, but may not be meant; one line each.  Answers how many. */
unsigned check_remarks(const struct config *c, const struct socket_spec *spec, void (*say)(const char *remark));

/*
 * Whether start could open the database: RC_BAD for what is none of ours, is
 * damaged, or was written by a newer program.  Changes nothing; one that is
 * missing or older is made or migrated at the start, and is no error here.
 */
enum rc check_records(const struct config *c, struct err *e);

#endif
