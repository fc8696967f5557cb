/*
 * domain_sources.h - the sources of a domain's mail while they are gathered; of domain_store.c and domain_reports.c.
 */
#ifndef ASSAY_CLI_DOMAIN_DOMAIN_SOURCES_H
#define ASSAY_CLI_DOMAIN_DOMAIN_SOURCES_H

#include "db/db.h"
#include "health/health.h"

enum { DOMAIN_SOURCES_KEPT = 400, DOMAIN_ADDRESSES_KEPT = 3, DOMAIN_SIGNATURES_KEPT = 12, DOMAIN_LAST_DAYS = 28,
       DOMAIN_DAY_MS = 24 * 3600 * 1000 };

struct domain_sources {
    struct arena *arena;
    struct health_source source[DOMAIN_SOURCES_KEPT];
    struct ip *address[DOMAIN_SOURCES_KEPT]; /* of each, to be filled */
    struct health_signature *signature[DOMAIN_SOURCES_KEPT];
    size_t n;
    int64_t now_ms;
    bool over;                               /* there are more than are kept */
};

/* The source of that name and author domain, new where there was none; NULL when there is no room. */
struct health_source *domain_source_of(struct domain_sources *k, const char *name, const char *domain);

/* Adds what is not there yet; what is older than that is not looked at. */
void domain_source_address(struct domain_sources *k, struct health_source *s, const struct ip *ip);
void domain_source_signature(struct domain_sources *k, struct health_source *s, struct str domain, struct str selector,
                             bool pass, int64_t days);

/*
 * Adds what received reports of the last 28 days say of the client's domain: volumes, selectors, return paths of
 * sources that passed somewhere or that somebody decided on.  Reports that are not heeded are left out, and what is
 * beyond a hundred reports or 20,000 rows.
 */
enum rc domain_reports_known(struct db *d, struct domain_sources *k, const char *client, const char *domain,
                             struct err *e);

#endif
