/*
 * lists.h - block lists in DNS that the site chose (RFC 5782); none by default.
 */
#ifndef ASSAY_HEALTH_LISTS_H
#define ASSAY_HEALTH_LISTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/enumname.h"
#include "base/ip.h"

enum health_list_kind { HEALTH_LIST_IP4, HEALTH_LIST_IP6, HEALTH_LIST_DOMAIN };
extern const struct enum_names health_list_kind_names; /* "ip4", "ip6", "domain" */
enum health_list_scope { HEALTH_LIST_ADDRESS, HEALTH_LIST_RANGE, HEALTH_LIST_ASN };
extern const struct enum_names health_list_scope_names; /* "address", "range", "asn" */

enum { HEALTH_LISTS_MAX = 50, HEALTH_CODES_MAX = 20 };

/* Addresses from one to another. */
struct health_codes {
    struct ip low, high;
};

struct health_list {
    const char *zone;               /* shown; a key in it as *** */
    const char *asked;              /* what is asked below, key and all */
    enum health_list_kind kind;
    enum health_list_scope scope;
    bool advice;                    /* Severity = advice */
    const char *help;               /* URL; "" none */
    struct health_codes code[HEALTH_CODES_MAX], refused[HEALTH_CODES_MAX];
    size_t codes, refuseds;         /* no codes: all of 127/8 that is not refused */
};

/* "127.0.0.2-127.0.0.11, 127.0.0.20" into `out`, at most HEALTH_CODES_MAX; false when it is not that. */
bool health_codes_read(struct str text, struct health_codes *out, size_t *n);

#endif
