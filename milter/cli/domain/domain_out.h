/*
 * domain_out.h - the parts of `assay domain`: what is known beside DNS, and its two forms of output.
 */
#ifndef ASSAY_CLI_DOMAIN_DOMAIN_OUT_H
#define ASSAY_CLI_DOMAIN_DOMAIN_OUT_H

#include "config/config.h"
#include "formats/json.h"
#include "formats/json_read.h"
#include "health/health.h"
#include "health/propagation.h"
#include "records/store.h"

enum { DOMAIN_KNOWN_MAX = 4 << 20, DOMAIN_SOURCES_MAX = 1000 }; /* bytes of --known, sources in it */

/*
 * Puts what the --known file `root` says of the mail of in->domain into `in`.
 * RC_BAD names the key; RC_LIMIT, RC_NOMEM.  Texts are copied.
 */
enum rc domain_known(struct arena *a, const struct jvalue *root, struct health_input *in, struct err *e);

/* Block lists as in that file: zone, kind, codes, refused, scope, severity, help (domain_lists.c). */
enum rc domain_known_lists(struct arena *a, const struct jvalue *list, struct health_input *in, struct err *e);

/* The names, servers and resolvers of that file, for propagation; false when it has none. */
bool domain_known_servers(struct arena *a, const struct jvalue *root, const char *domain, struct propagation *out);

/*
 * Asks the name servers of h->domain's zone, and the public resolvers of assay.conf, for its records (domain_ask.c).
 * No servers in `out`: they are not known.  False without memory.
 */
bool domain_ask_servers(struct arena *a, const struct config *c, struct dns_scope *dns, const struct health *h,
                        struct propagation *out);

/* The lists of the file BlockLists names; "" none. */
enum rc domain_read_lists(struct arena *a, const char *path, struct health_input *in, struct err *e);

/*
 * Prints the zone of hosted records as of `now` (seconds); an exit status.  The serial in HostedHead is that of the
 * zone kept last when nothing changed, else the next, which is kept where `keep` says so.
 */
int domain_print_hosted(const struct config *c, struct arena *a, int64_t now, bool keep);

/*
 * What the store knows of the domain's mail, into `in` (domain_store.c): sources of the inventory, of the messages
 * of 28 days (the last thousand) and of received reports (with `db`, the same database, and the client's name; NULL
 * and "" without), typed selectors, texts remembered, names below.
 */
struct db;
enum rc domain_store_known(struct store *store, struct db *db, const char *client, struct arena *a, int64_t now_ms,
                           struct health_input *in, struct err *e);

/* The findings of the last run kept not after `time_ms`, if there is one, to be compared with. */
enum rc domain_store_last(struct store *store, struct arena *a, int64_t time_ms, struct health_input *in,
                          struct err *e);

/* Keeps this one; for a store opened STORE_EDIT. */
enum rc domain_store_keep(struct store *store, struct arena *a, int64_t now_ms, const struct health *h,
                          struct err *e);

/* One list out of its words; "" what was not said.  RC_BAD names it. */
struct domain_list_words {
    const char *zone, *kind, *codes, *refused, *scope, *severity, *help, *key; /* key: for {key} in zone */
};
enum rc domain_list_make(struct arena *a, const struct domain_list_words *words, struct health_list *out,
                         struct err *e);

/* Prints the answer to standard output. */
void domain_print_text(const struct health *h);
void domain_print_records(const struct health *h); /* as a master file, without the rest */

/* The same as a tree, for one that holds several. */
struct jnode *domain_json(const struct health *h);

/* Cuts a text into strings that DNS can hold, behind a blank where there is one; at most `max`; their number. */
size_t domain_strings(struct str text, struct str *out, size_t max);

#endif
