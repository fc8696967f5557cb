/*
 * unit.h - what systemd's unit allows the daemon: for `-n`, which runs outside of its sandbox.
 */
#ifndef ASSAY_DAEMON_UNIT_H
#define ASSAY_DAEMON_UNIT_H

#include <stdbool.h>

#include "base/err.h"

enum { UNIT_NAME_SIZE = 65, UNIT_PATHS_SIZE = 8192, UNIT_LISTEN_SIZE = 1024 };

struct unit {
    bool in_use;       /* systemd runs here and has assay-milter.service, which is not masked */
    bool strict;       /* ProtectSystem=strict: nothing can be written but what is in `writable` */
    bool private_tmp;  /* its /tmp and /var/tmp are its own */
    bool hides_home;   /* ProtectHome=yes: it sees no /home, /root, /run/user */
    bool low_ports;    /* it may listen on ports below 1024 */
    bool socket_in_use;            /* assay-milter.socket is enabled or active */
    char user[UNIT_NAME_SIZE];     /* "": root */
    char writable[UNIT_PATHS_SIZE];  /* absolute paths, each followed by a blank */
    char listens[UNIT_LISTEN_SIZE];  /* where the socket unit listens, as systemctl says it; "" */
};

/* Asks systemctl.  All is false where no systemd runs, or it does not know us, or we are run by the unit itself. */
void unit_ask(struct unit *out);

/* What `systemctl show assay-milter.service assay-milter.socket` printed; for unit_ask and tests. */
void unit_parse(const char *text, struct unit *out);

/* Whether the service may write in the folder of `path`, which `option` asks for.  RC_BAD with the remedy. */
enum rc unit_lets_write(const struct unit *u, const char *option, const char *path, struct err *e);

#endif
