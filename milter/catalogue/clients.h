/*
 * clients.h - the organisations whose domains are looked after here.
 *
 * Read from clients.conf (clients.conf(5)): a section a client, with its
 * domains, those it has parked, and names that look like its own but are not.
 * Immutable once loaded; belongs to a configuration snapshot.
 *
 * Threads: as of a snapshot, any.
 */
#ifndef ASSAY_CATALOGUE_CLIENTS_H
#define ASSAY_CATALOGUE_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/enumname.h"
#include "base/err.h"
#include "catalogue/runbook.h"
#include "syntax/list.h"

enum client_domain {
    CLIENT_DOMAIN_NONE,     /* nobody's here */
    CLIENT_DOMAIN_OWN,      /* a client's, or below it */
    CLIENT_DOMAIN_PARKED,   /* a client's that never sends mail */
    CLIENT_DOMAIN_LOOKALIKE /* made to be taken for a client's */
};

struct client {
    const char *name;     /* "acme" */
    const char *title;    /* "Acme Ltd" */
    struct string_list domains, parked, lookalikes; /* normal names; each stands for all below it, too */
    struct string_list contacts;                    /* free text: who to ask */
    const char *dns_owner; /* who changes its DNS; "" unknown */
    const char *note;
    const char *logo;      /* a PNG file for its reports; "" none */
    struct runbook runbook;
};

struct clients;

/*
 * Reads `file`; "" none.  RC_BAD or RC_LIMIT with "file:line:column: what;
 * remedy", RC_NOTFOUND when it is not there, RC_NOMEM.
 */
enum rc clients_load(const char *file, struct clients **out, struct err *e);

/* NULL allowed. */
void clients_free(struct clients *c);

/* All of them, in the order of the file. */
size_t clients_count(const struct clients *c);
const struct client *clients_at(const struct clients *c, size_t i);

/* Whose `domain` is, and as what; the longest name wins.  NULL with CLIENT_DOMAIN_NONE. */
const struct client *clients_of(const struct clients *c, const char *domain, enum client_domain *kind);

/* Whose `domain` is as clients.conf lists it itself, covered or parked; NULL nobody's. */
const struct client *clients_listing(const struct clients *c, const char *domain, bool *parked);

#endif
