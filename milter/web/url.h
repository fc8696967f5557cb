/*
 * url.h - addresses of pages: made of pieces, never of text.
 *
 * A struct url comes from these functions alone, and a template takes nothing
 * else where an address belongs: so no javascript:, no other host, no quote
 * gets there.
 */
#ifndef ASSAY_WEB_URL_H
#define ASSAY_WEB_URL_H

#include <stddef.h>

#include "base/arena.h"

struct url {
    const char *p; /* never NULL; "" leads nowhere */
};

enum { URL_MAX = 8 * 1024 };

/*
 * "/A/B/C" of segments up to NULL, each percent-encoded (RFC 3986 section
 * 2.1) but for letters, digits, - . _ ~ and @.  A segment that is "" is left out.
 */
struct url url_path(struct arena *a, ...) __attribute__((sentinel));

/* The same address with NAME=VALUE added; unchanged when the value is "" or NULL. */
struct url url_with(struct arena *a, struct url u, const char *name, const char *value);
struct url url_with_int(struct arena *a, struct url u, const char *name, long long value);

/* A place within the page: "#" and a name of ours. */
struct url url_fragment(struct arena *a, struct url u, const char *name);

/* An address elsewhere, of the catalogue or WebTicketURL: https, without blanks, quotes or controls; else "". */
struct url url_https(struct arena *a, const char *text);

#endif
