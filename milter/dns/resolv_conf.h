/*
 * resolv_conf.h - the name servers of the system: resolv.conf(5), of which only "nameserver" concerns us.
 */
#ifndef ASSAY_DNS_RESOLV_CONF_H
#define ASSAY_DNS_RESOLV_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define RESOLV_CONF_PATH "/etc/resolv.conf"

enum { RESOLV_SERVERS_MAX = 8, RESOLV_SERVER_SIZE = 64 };

struct resolv_conf {
    size_t count;
    char server[RESOLV_SERVERS_MAX][RESOLV_SERVER_SIZE]; /* as they stand there, with "%zone" or "@port" where one is */
};

/*
 * Reads `path` (NULL: RESOLV_CONF_PATH), its first 64 KiB.  What is no
 * address is passed over, and so are servers beyond RESOLV_SERVERS_MAX.
 * RC_IO with the remedy: it cannot be read, or names no server, which the C
 * library would take for 127.0.0.1, and nobody means.
 */
enum rc resolv_conf_read(const char *path, struct resolv_conf *out, struct err *e);

/* Whether both name the same servers in the same order. */
bool resolv_conf_same(const struct resolv_conf *a, const struct resolv_conf *b);

#endif
