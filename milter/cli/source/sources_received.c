#include "cli/source/sources_received.h"

#include <stdio.h>
#include <string.h>

#include "desk/outgoing.h"
#include "intake/classify.h"
#include "records/schema.h"

enum { ONE_MAX = 20 };

static void print(struct arena *a, const struct config *c, const struct outgoing *o, size_t n, bool one)
{
    const struct sheet s = {.a = a, .to = stdout};

    if (!one) {
        (void)puts("\nWhat receivers reported of mail that went out (beside the above, never part of it)\n");
        outgoing_print_list(&s, c, o, n);
        return;
    }
    (void)puts("\nWhat receivers reported of mail that went out");
    for (size_t i = 0; i < n && i < ONE_MAX; i++)
        outgoing_print(&s, c, &o[i]);
}

static struct jnode *sources_received_list(struct arena *a, const struct config *c, const struct outgoing *o, size_t n)
{
    struct jnode *all = jnode_array();

    for (size_t i = 0; i < n; i++)
        jnode_append(all, outgoing_json(a, c, &o[i]));
    return all;
}

/* The domain that sums have it under: the client's own. */
static const char *sources_received_domain(const struct config *c, const char *domain)
{
    enum client_domain kind;

    return domain[0] == '\0' ? "" : classify_domain(clients_of(c->clients, domain, &kind), domain, domain);
}

struct jnode *sources_received(struct arena *a, const struct cli_common *common, const char *database,
                               const struct inventory_filter *f, bool json, bool one, size_t *found)
{
    struct config *c = cli_config(common);
    struct outgoing_wanted w = {.client = f->client, .domain = f->domain, .source = f->source, .status = f->status};
    struct outgoing *o = NULL;
    struct jnode *all = NULL;
    struct db *d = NULL;
    struct err e = ERR_NONE;

    *found = 0;
    if (c == NULL)
        return NULL;
    w.domain = sources_received_domain(c, f->domain);
    if (db_open_read(database != NULL ? database : c->database, &records_schema, &d, &e) != RC_OK ||
        outgoing_find(d, a, &w, &o, found, &e) != RC_OK)
        (void)fprintf(stderr, "assay source: what receivers reported cannot be shown: %s\n", e.text);
    if (*found > 0 && json)
        all = sources_received_list(a, c, o, *found);
    else if (*found > 0)
        print(a, c, o, *found, one);
    db_close(d);
    config_free(c);
    return all;
}
