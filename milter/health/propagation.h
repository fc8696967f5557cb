/*
 * propagation.h - what all name servers of a zone answer, compared.
 *
 * Pure: who asked them is no matter here.
 */
#ifndef ASSAY_HEALTH_PROPAGATION_H
#define ASSAY_HEALTH_PROPAGATION_H

#include "health/health.h"

enum { PROPAGATION_SERVERS_MAX = 16, PROPAGATION_NAMES_MAX = 80 };

enum propagation_state { PROPAGATION_ANSWERED, PROPAGATION_TIMEOUT, PROPAGATION_REFUSED, PROPAGATION_LAME,
                         PROPAGATION_PRIVATE };
extern const struct enum_names propagation_state_names; /* "answered", "timeout", "refused", "lame": no AA, "private" */

/* One server, or one public resolver. */
struct propagation_server {
    const char *address;
    enum propagation_state state;
    uint32_t serial;          /* of an authoritative server */
    uint32_t ttl;             /* of a resolver: seconds left, where name_ttl does not say */
    uint32_t name_ttl[PROPAGATION_NAMES_MAX]; /* the same by name; 0 not known */
    const char *set[PROPAGATION_NAMES_MAX]; /* by name: the records in canonical order, one a line; NULL not answered */
};

struct propagation {
    const char *domain;
    const char *name[PROPAGATION_NAMES_MAX]; /* "example.com TXT" */
    size_t names;
    struct propagation_server server[PROPAGATION_SERVERS_MAX], resolver[PROPAGATION_SERVERS_MAX];
    size_t servers, resolvers;
};

/* Records in canonical order, one a line: their order in an answer means nothing.  "" without memory. */
const char *propagation_set(struct arena *a, const struct str *record, size_t n);

/* Fills `out` with the findings and the word, and nothing else.  RC_NOMEM. */
enum rc propagation_judge(struct arena *a, const struct propagation *p, struct health *out);

/* Adds the findings to an answer that is there, and `p`, which has to live as long. */
void propagation_add(struct arena *a, const struct propagation *p, struct health *out);

#endif
