/*
 * socket_spec.h - what the option Socket says: where the MTA finds us.  Pure.
 */
#ifndef ASSAY_CONFIG_SOCKET_SPEC_H
#define ASSAY_CONFIG_SOCKET_SPEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "base/str.h"

enum socket_kind { SOCKET_UNIX, SOCKET_INET, SOCKET_INET6, SOCKET_FD };

enum { SOCKET_PATH_MAX = sizeof((struct sockaddr_un *)0)->sun_path, SOCKET_HOST_MAX = 256 };

struct socket_spec {
    enum socket_kind kind;
    char path[SOCKET_PATH_MAX]; /* UNIX; absolute */
    char host[SOCKET_HOST_MAX]; /* INET, INET6: name or address; "" is every address */
    uint16_t port;              /* INET, INET6 */
    int fd;                     /* FD */
};

/*
 * "unix:PATH" or "local:PATH", "inet:PORT[@HOST]", "inet6:PORT[@HOST]" (HOST
 * may stand in brackets), "fd:N".  False, and `*want` says what would do, in
 * words that end a sentence.
 */
bool socket_spec_parse(struct str text, struct socket_spec *out, const char **want);

#endif
