/*
 * fetch.h - files of strangers over HTTPS, or as they were recorded.
 *
 * Live: https on port 443 alone, no redirects, no proxy, cookies or login,
 * nothing compressed, TLS 1.2 or later with certificate and name verified.
 * Names are resolved by our own dns; an address nobody outside can reach is
 * refused unless the site allows it.  The size is bounded as bytes come in,
 * whatever the host announced.
 *
 * Threads: a fetcher belongs to one thread at a time.
 */
#ifndef ASSAY_NET_FETCH_H
#define ASSAY_NET_FETCH_H

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "dns/dns.h"

enum {
    FETCH_BODY_MAX = 64 * 1024,        /* policies, pictures */
    FETCH_CERTIFICATE_MAX = 256 * 1024,
    FETCH_FIELDS_MAX = 32 * 1024,
    FETCH_CONNECT_MS = 4000,
    FETCH_ALL_MS = 10000,
    FETCH_URL_MAX = 1000
};

enum fetch_trouble {
    FETCH_ANSWERED,    /* with any status */
    FETCH_RESOLVE,     /* the host has no address */
    FETCH_REFUSED,     /* no connection */
    FETCH_TIMEOUT,
    FETCH_CERTIFICATE, /* not one for that host */
    FETCH_TLS,
    FETCH_ADDRESS,     /* only addresses that nobody outside can reach */
    FETCH_TOO_LARGE,
    FETCH_URL          /* not https, or with a port, login or address where a name belongs */
};
extern const struct enum_names fetch_trouble_names; /* "answered", "resolve", "refused", "timeout" … */

struct fetch_answer {
    enum fetch_trouble trouble;
    const char *detail; /* one clause, safe to show; "" */
    int status;         /* HTTP */
    const char *type;   /* Content-Type as sent; "" none */
    struct str body;
};

/* The parts of an https URL; false when it is none that is fetched: no login, no port, no address for a host. */
struct fetch_url {
    const char *host, *path; /* lower case; from "/" on */
};
bool fetch_url_parse(struct arena *a, struct str url, struct fetch_url *out);

/*
 * Reads what a host answered, as it would come over the wire: status line,
 * fields, a blank line, the body; or one line "ERROR word", a word of
 * fetch_trouble_names.  False when it is neither.  Pure.
 */
bool fetch_answer_read(struct arena *a, struct str text, size_t max, struct fetch_answer *out);

struct fetcher;

struct fetch_settings {
    const char *folder;   /* FOLDER/HOST/PATH holds what that host answered; NULL: from the network */
    const char *record;   /* folder to write what was answered to, in that form; NULL none */
    bool allow_private;   /* private addresses are fetched from as well */
    unsigned port;        /* 0: 443; for tests on loopback */
    const char *ca_file;  /* NULL: the system's */
};

/* NULL with the reason. */
struct fetcher *fetcher_new(const struct fetch_settings *settings, struct err *e);
void fetcher_free(struct fetcher *f); /* NULL allowed */

/* GET of an https URL; the body is the arena's, at most `max` bytes.  Names are asked for through `dns`. */
void fetch_get(struct fetcher *f, struct arena *a, struct dns_scope *dns, const char *url, size_t max,
               struct fetch_answer *out);

/* Whether `ip` is one that nobody outside can reach, also inside an IPv6 form of an IPv4 address. */
bool fetch_address_private(const struct ip *ip);

#endif
