/*
 * check.h - whether this configuration could work here: what start refuses,
 * and what `assay-milter -n` says.
 */
#ifndef ASSAY_DAEMON_CHECK_H
#define ASSAY_DAEMON_CHECK_H

#include <stdio.h>

#include "config/config.h"
#include "daemon/socket.h"

/*
 * Call as the user that will run.  Parses and checks the socket into `spec`,
 * and the folders of database, statistics and socket.  RC_BAD with file, line and remedy.
 */
enum rc check_places(const struct config *c, struct socket_spec *spec, struct err *e);

/* Call as the user that starts: whether the pid file's folder can be written.  RC_BAD likewise. */
enum rc check_pid_file(const struct config *c, struct err *e);

/* What works, but may not be meant; one line each.  Answers how many. */
unsigned check_remarks(const struct config *c, const struct socket_spec *spec, void (*say)(const char *remark));

#endif
