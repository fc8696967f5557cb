/*
 * engine.h - stores that are not a file: the centre of a fleet, to which the desk's questions go.
 *
 * A program that may ask one says so before it opens any (store_engine_use);
 * assay-milter does not, and so is not linked with libpq.
 */
#ifndef ASSAY_RECORDS_ENGINE_H
#define ASSAY_RECORDS_ENGINE_H

#include "db/server.h"
#include "records/span.h"
#include "records/store.h"

struct centre;

/* Each as the function of store.h after which it is named; `centre` is open, and asked by one thread at a time. */
struct store_engine {
    const struct db_server *server; /* its tables, for what the desk keeps beside messages (db/server.h) */
    enum rc (*open)(const char *where, struct centre **out, struct err *e);
    void (*close)(struct centre *c);
    enum rc (*find)(struct centre *c, struct arena *a, const struct store_query *q, struct record **out, size_t *n,
                    struct err *e);
    enum rc (*newest)(struct centre *c, struct arena *a, const struct store_newest *q, struct record **out, size_t *n,
                      struct store_place *last, struct err *e);
    enum rc (*bound)(struct centre *c, const char *clients, int64_t mono_ms, struct err *e);
    enum rc (*oldest)(struct centre *c, int64_t *out_ms, struct err *e);
    enum rc (*tally)(struct centre *c, const char *author_domain, const char *source, const char *cause,
                     struct store_tally *out, struct err *e);
    enum rc (*dns_history)(struct centre *c, struct arena *a, enum dns_kind kind, const char *name, size_t max,
                           struct dnstext_version **out, size_t *n, struct err *e);
    enum rc (*span)(struct centre *c, int64_t from_ms, int64_t to_ms, struct str policy_domain, span_take *take,
                    void *arg, struct err *e);
    enum rc (*lacks)(struct centre *c, struct arena *a, const char **out, struct err *e);
    enum rc (*laggards)(struct centre *c, struct arena *a, int64_t until_ms, struct store_laggard **out, size_t *n,
                        struct err *e);
};

/* The engine behind stores whose name is a URL (base/database_url.h); NULL: none, and opening one says so. */
void store_engine_use(const struct store_engine *engine);

/* The one in use, for store.c and ask.c; MUST be one when a centre is open. */
const struct store_engine *store_engine(void);

/* Opens a centre; RC_BAD for one who writes records, which ships alone may, and for a program that has no engine. */
enum rc store_engine_open(const char *where, enum store_mode mode, struct centre **out, struct err *e);
void store_engine_close(struct centre *c); /* NULL allowed */

#endif
