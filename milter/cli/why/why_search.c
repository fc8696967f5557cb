/* From a question to messages: by its key, by the filters, or by what stands in a pasted text. */
#include <stdlib.h>
#include <string.h>

#include "cli/why/why.h"
#include "desk/why_list.h"

/* ---- filters ---- */

static bool has_role(const struct record *r, const char *key, enum why_role role)
{
    return key == NULL || (why_roles(r, key) & 1u << role) != 0;
}

static bool is_accepted(const struct record *r, void *ctx)
{
    const struct why_filter *f = ctx;

    bool kept_out = r->disposition[0] != '\0' && strcmp(r->disposition, "none") != 0;

    if (f->failed && strcmp(r->dmarc, "pass") == 0 && !kept_out)
        return false;
    if (f->client != NULL && strcmp(r->client, f->client) != 0)
        return false;
    return has_role(r, f->source, WHY_SOURCE) && has_role(r, f->author, WHY_AUTHOR) &&
           has_role(r, f->rcpt, WHY_RECIPIENT);
}

static int newest_first(const void *va, const void *vb)
{
    const struct record *a = va, *b = vb;

    return a->time_ms > b->time_ms ? -1 : a->time_ms < b->time_ms;
}

/* By one key more: joins what was found, the newest first, each message once. */
static enum rc find_more(struct arena *a, const struct why_request *q, const char *key, unsigned kinds,
                         struct why_found *out, struct err *e)
{
    struct store_query query = q->query;
    struct why_filter filter = q->filter;
    struct record *found = NULL, *all;
    size_t n = 0;
    enum rc rc;

    query.key = key;
    query.kinds = kinds;
    query.accept = is_accepted;
    query.ctx = &filter;
    rc = store_find(out->store, a, &query, &found, &n, e);
    if (rc != RC_OK || n == 0)
        return rc;
    all = arena_array(a, out->n + n, sizeof *all);
    if (all == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    if (out->n > 0)
        memcpy(all, out->record, out->n * sizeof *all);
    for (size_t i = 0; i < n; i++) {
        bool there = false;

        for (size_t j = 0; j < out->n; j++)
            there = there || (all[j].time_ms == found[i].time_ms && strcmp(all[j].queue_id, found[i].queue_id) == 0);
        if (!there)
            all[out->n++] = found[i];
    }
    qsort(all, out->n, sizeof *all, newest_first);
    out->record = all;
    out->n = out->n < q->query.limit ? out->n : q->query.limit;
    return RC_OK;
}

/* No key was named: author, recipient or source are one, else the domains of the client. */
static enum rc by_filter(struct arena *a, const struct why_request *q, struct why_found *out, struct err *e)
{
    const unsigned names = 1u << STORE_KEY_DOMAIN | 1u << STORE_KEY_ADDRESS;
    const struct why_filter *f = &q->filter;
    enum rc rc = RC_OK;

    if (f->author != NULL)
        return find_more(a, q, f->author, names, out, e);
    if (f->rcpt != NULL)
        return find_more(a, q, f->rcpt, names, out, e);
    if (f->source != NULL)
        return find_more(a, q, f->source, 1u << STORE_KEY_SOURCE, out, e);
    for (size_t i = 0; q->config->clients != NULL && i < clients_count(q->config->clients); i++) {
        const struct client *c = clients_at(q->config->clients, i);

        if (strcmp(c->name, f->client) != 0)
            continue;
        for (size_t j = 0; rc == RC_OK && j < c->domains.n; j++)
            rc = find_more(a, q, c->domains.item[j], 1u << STORE_KEY_DOMAIN, out, e);
    }
    return rc;
}

/* ---- pasted text ---- */

static enum rc look_around(struct arena *a, const struct why_request *q, struct why_found *out, struct err *e)
{
    const char *domain = pasted_domain(&out->pasted);
    const struct inventory_filter f = {.client = "", .domain = domain, .status = "", .source = ""};
    struct inventory_row *row = NULL;
    enum client_domain kind;
    enum rc rc;

    out->around = (struct pasted_around){.authserv_id = q->config->authserv_id};
    if (domain[0] == '\0')
        return RC_OK;
    if (q->config->clients != NULL)
        out->around.client = clients_of(q->config->clients, domain, &kind);
    rc = store_sources(out->store, a, &f, &row, &out->around.source_count, e);
    out->around.source = row;
    return rc;
}

static enum rc by_text(struct arena *a, const struct why_request *q, struct why_found *out, struct err *e)
{
    enum rc rc = pasted_read(a, q->text, &out->pasted);

    if (rc != RC_OK)
        return err_set(e, rc, "out of memory");
    for (size_t i = 0; rc == RC_OK && out->n == 0 && i < out->pasted.key_count; i++) {
        rc = find_more(a, q, out->pasted.key[i].text, 1u << out->pasted.key[i].kind, out, e);
        if (out->n > 0)
            out->key = out->pasted.key[i].text;
    }
    return rc == RC_OK ? look_around(a, q, out, e) : rc;
}

/* ---- the inventory ---- */

/* A ticket that nobody's mail bears yet still stands in the inventory. */
static enum rc by_ticket(struct arena *a, const struct why_request *q, struct why_found *out, struct err *e)
{
    const struct inventory_filter f = {.client = "", .domain = "", .status = "", .source = "", .ticket = q->query.key};

    if (q->query.key[0] == '\0' || (q->query.kinds != 0 && (q->query.kinds & 1u << STORE_KEY_TICKET) == 0))
        return RC_OK;
    return store_sources(out->store, a, &f, &out->entry, &out->entry_count, e);
}

enum rc why_search(struct arena *a, const struct why_request *q, struct why_found *out, struct err *e)
{
    enum rc rc = RC_OK;

    out->key = q->query.key;
    out->pasted = (struct pasted){.author = ""};
    if (q->query.key[0] != '\0')
        rc = find_more(a, q, q->query.key, q->query.kinds, out, e);
    else if (q->text.n == 0)
        rc = by_filter(a, q, out, e);
    if (rc == RC_OK)
        rc = by_ticket(a, q, out, e);
    if (rc == RC_OK && out->n == 0 && q->text.n > 0)
        rc = by_text(a, q, out, e);
    return rc;
}
