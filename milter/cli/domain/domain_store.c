/* What the site's store knows of a domain's mail: sources of its inventory, and its last messages. */
#include <string.h>

#include "cli/domain/domain_out.h"
#include "cli/domain/domain_sources.h"
#include "health/alike.h"
#include "inventory/domain_run.h"
#include "inventory/domain_text.h"
#include "mail/domain.h"

enum { TEXTS_MAX = 60, MEMORY_MAX = 600 };

struct health_source *domain_source_of(struct domain_sources *k, const char *name, const char *domain)
{
    struct health_source *s;

    for (size_t i = 0; i < k->n; i++)
        if (strcmp(k->source[i].name, name) == 0 && strcmp(k->source[i].domain, domain) == 0)
            return &k->source[i];
    if (k->n == DOMAIN_SOURCES_KEPT) {
        k->over = true;
        return NULL;
    }
    k->address[k->n] = arena_array(k->arena, DOMAIN_ADDRESSES_KEPT, sizeof **k->address);
    k->signature[k->n] = arena_array(k->arena, DOMAIN_SIGNATURES_KEPT, sizeof **k->signature);
    s = &k->source[k->n++];
    *s = (struct health_source){.name = name, .domain = domain, .status = "unknown", .owner = "", .spf = "",
                                .spf_domain = "", .spf_term = "", .address = k->address[k->n - 1],
                                .signature = k->signature[k->n - 1]};
    return s;
}

void domain_source_address(struct domain_sources *k, struct health_source *s, const struct ip *ip)
{
    struct ip *made = k->address[s - k->source];

    if (made == NULL || s->addresses == DOMAIN_ADDRESSES_KEPT)
        return;
    for (size_t i = 0; i < s->addresses; i++)
        if (ip_eq(&made[i], ip))
            return;
    made[s->addresses++] = *ip;
}

void domain_source_signature(struct domain_sources *k, struct health_source *s, struct str d, struct str selector,
                             bool pass, int64_t days)
{
    struct health_signature *made = k->signature[s - k->source];
    const char *domain, *name;

    if (made == NULL || s->signatures == DOMAIN_SIGNATURES_KEPT || domain_normalize(k->arena, d, &domain) != RC_OK ||
        domain_normalize(k->arena, selector, &name) != RC_OK)
        return;
    for (size_t i = 0; i < s->signatures; i++)
        if (strcmp(made[i].domain, domain) == 0 && strcmp(made[i].selector, name) == 0) {
            if (days < made[i].days)
                made[i].days = days;
            return; /* what our own mail said of it counts, then the newest report */
        }
    made[s->signatures++] = (struct health_signature){domain, name, pass, days};
}

/* ---- messages ---- */

static void add_message(struct domain_sources *k, const struct record *r)
{
    struct health_source *s = domain_source_of(k, r->source[0] == '\0' ? "unknown" : r->source, r->author_domain);
    struct record_dkim *dkim = NULL;
    struct ip ip;
    size_t n = 0;

    if (s == NULL)
        return;
    s->own++;
    if (s->messages++ == 0) { /* the newest */
        s->status = r->status[0] == '\0' ? s->status : r->status;
        s->spf = strcmp(r->spf_scope, "mfrom") == 0 ? r->spf : "";
        s->spf_domain = strcmp(r->spf_scope, "mfrom") == 0 ? r->spf_domain : "";
        s->spf_term = r->spf_mechanism;
    }
    if (ip_parse(str_of(r->client_ip), &ip))
        domain_source_address(k, s, &ip);
    if (record_dkim_parse(k->arena, r->dkim, &dkim, &n) != RC_OK)
        return;
    for (size_t i = 0; i < n; i++)
        domain_source_signature(k, s, dkim[i].domain, dkim[i].selector, dkim[i].result == DKIM_PASS,
                                (k->now_ms - r->time_ms) / DOMAIN_DAY_MS);
}

static enum rc add_messages(struct domain_sources *k, struct store *store, const char *domain, struct err *e)
{
    struct store_query query = {.key = domain, .kinds = 1u << STORE_KEY_DOMAIN,
                                .since_ms = k->now_ms - (int64_t)DOMAIN_LAST_DAYS * DOMAIN_DAY_MS,
                                .limit = STORE_FIND_MAX};
    struct record *found;
    size_t n;
    enum rc rc = store_find(store, k->arena, &query, &found, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        if (found[i].author_domain[0] != '\0' && domain_is_within(found[i].author_domain, domain))
            add_message(k, &found[i]);
    return rc;
}

/* ---- the inventory ---- */

static void domain_store_add_selectors(struct domain_sources *k, struct health_source *s, const char *text)
{
    const char **made = arena_array(k->arena, HEALTH_SELECTORS_MAX, sizeof *made);
    size_t n = 0;

    for (struct str rest = str_of(text); made != NULL && rest.n > 0 && n < HEALTH_SELECTORS_MAX;) {
        size_t end = 0;

        while (end < rest.n && rest.p[end] != ' ' && rest.p[end] != ',' && rest.p[end] != ';')
            end++;
        if (end > 0 && domain_normalize(k->arena, str_slice(rest, 0, end), &made[n]) == RC_OK)
            n++;
        rest = str_slice(rest, end + 1, rest.n);
    }
    s->selector = made;
    s->selectors = made == NULL ? 0 : n;
}

static enum rc add_inventory(struct domain_sources *k, struct store *store, struct health_input *in, struct err *e)
{
    struct inventory_filter filter = {.client = "", .domain = in->domain, .status = "", .source = ""};
    struct inventory_row *row;
    int64_t first = k->now_ms;
    size_t n;
    enum rc rc = store_sources(store, k->arena, &filter, &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct health_source *s = domain_source_of(k, row[i].source, row[i].domain);

        if (row[i].first_seen_ms > 0 && row[i].first_seen_ms < first)
            first = row[i].first_seen_ms;
        if (s == NULL)
            break;
        if (row[i].last_seen_ms > 0)
            s->unseen_days = (k->now_ms - row[i].last_seen_ms) / DOMAIN_DAY_MS;
        s->status = row[i].field[INVENTORY_status];
        s->owner = row[i].field[INVENTORY_owner];
        if (s->spf_domain[0] == '\0' && row[i].field[INVENTORY_return_path][0] != '\0')
            s->spf_domain = row[i].field[INVENTORY_return_path];
        domain_store_add_selectors(k, s, row[i].field[INVENTORY_dkim_selectors]);
    }
    in->days_of_data = (k->now_ms - first) / DOMAIN_DAY_MS;
    return rc;
}

/* ---- the memory of DNS ---- */

struct memory {
    struct health_memory *m;
    size_t n;
};

static enum rc add_texts(struct domain_sources *k, struct store *store, struct memory *to, const char *name,
                         struct err *e)
{
    struct domain_text *text;
    size_t n;
    enum rc rc = store_domain_text_list(store, k->arena, name, TEXTS_MAX, &text, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n && to->n < MEMORY_MAX; i++)
        to->m[to->n++] = (struct health_memory){
            .kind = text[i].kind, .name = name, .text = text[i].text.n == 0 ? "" : text[i].text.p,
            .first = (k->now_ms - text[i].first_ms) / DOMAIN_DAY_MS,
            .last = (k->now_ms - text[i].last_ms) / DOMAIN_DAY_MS,
            .first_ms = text[i].first_ms, .last_ms = text[i].last_ms};
    return rc;
}

static enum rc add_memory(struct domain_sources *k, struct store *store, struct health_input *in, struct err *e)
{
    static const char *const labels[] = {"", "_dmarc.", "_mta-sts.", "mta-sts.", "_smtp._tls.", "default._bimi."};
    struct memory to = {.m = arena_array(k->arena, MEMORY_MAX, sizeof *to.m)};
    enum rc rc = to.m == NULL ? err_set(e, RC_NOMEM, "out of memory") : RC_OK;

    for (size_t i = 0; rc == RC_OK && i < sizeof labels / sizeof labels[0]; i++) {
        struct strbuf name = strbuf_new(k->arena, 600);

        strbuf_putf(&name, "%s%s", labels[i], in->domain);
        rc = add_texts(k, store, &to, name.p, e);
    }
    for (size_t i = 0; rc == RC_OK && i < k->n; i++)
        for (size_t m = 0; rc == RC_OK && m < k->source[i].signatures; m++) {
            struct strbuf name = strbuf_new(k->arena, 600);

            if (strcmp(k->source[i].signature[m].domain, in->domain) != 0)
                continue;
            strbuf_putf(&name, "%s._domainkey.%s", k->source[i].signature[m].selector, in->domain);
            rc = add_texts(k, store, &to, name.p, e);
        }
    in->memory = to.m;
    in->memories = to.n;
    return rc;
}

/* Names below that mail was seen from. */
static void put_below(struct domain_sources *k, struct health_input *in)
{
    const char **made = arena_array(k->arena, k->n + 1, sizeof *made);
    size_t n = 0;

    for (size_t i = 0; made != NULL && i < k->n && n < HEALTH_BELOW_MAX; i++) {
        bool there = strcmp(k->source[i].domain, in->domain) == 0;

        for (size_t m = 0; m < n; m++)
            there = there || strcmp(made[m], k->source[i].domain) == 0;
        if (!there)
            made[n++] = k->source[i].domain;
    }
    in->below = made;
    in->belows = n;
}

/* ---- look-alikes that wrote to us ---- */

static enum rc add_authors(struct domain_sources *k, struct store *store, struct health_input *in, struct err *e)
{
    const char **name = arena_array(k->arena, ALIKE_NAMES_MAX, sizeof *name);
    size_t n = name == NULL ? 0 : alike_names(k->arena, in->domain, in->tld, in->tlds, name), kept = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct store_query query = {.key = name[i], .kinds = 1u << STORE_KEY_DOMAIN, .limit = 1};
        struct record *found;
        size_t count = 0;

        rc = store_find(store, k->arena, &query, &found, &count, e);
        if (rc == RC_OK && count > 0)
            name[kept++] = name[i];
    }
    in->author = name;
    in->authors = kept;
    return rc;
}

enum rc domain_store_known(struct store *store, struct db *db, const char *client, struct arena *a, int64_t now_ms,
                           struct health_input *in, struct err *e)
{
    struct domain_sources *k = arena_alloc(a, sizeof *k);
    enum rc rc;

    if (k == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    k->arena = a;
    k->now_ms = now_ms;
    rc = add_messages(k, store, in->domain, e);
    if (rc == RC_OK)
        rc = add_inventory(k, store, in, e);
    if (rc == RC_OK && db != NULL && client[0] != '\0')
        rc = domain_reports_known(db, k, client, in->domain, e);
    if (rc == RC_OK)
        rc = add_memory(k, store, in, e);
    if (rc == RC_OK && in->lookalikes)
        rc = add_authors(k, store, in, e);
    put_below(k, in);
    in->source = k->source;
    in->sources = k->n;
    return rc;
}

/* ---- runs ---- */

enum rc domain_store_last(struct store *store, struct arena *a, int64_t time_ms, struct health_input *in,
                          struct err *e)
{
    struct health_mark *made = arena_array(a, HEALTH_FINDINGS_MAX, sizeof *made);
    struct domain_run run;
    enum rc rc = store_domain_run_last(store, a, in->domain, time_ms, &run, e);

    if (rc != RC_OK || made == NULL || run.time_ms == 0)
        return rc;
    in->last = made;
    in->last_ms = run.time_ms;
    for (struct str rest = str_of(run.findings); rest.n > 0 && in->lasts < HEALTH_FINDINGS_MAX;) {
        size_t end = str_find(rest, '\n');
        struct str line = str_slice(rest, 0, end);
        size_t blank = str_find(line, ' ');
        struct str behind = str_slice(line, blank + 1, line.n);
        const char *id = str_dup(a, str_slice(line, 0, blank));
        const char *at = str_dup(a, str_slice(behind, 0, str_find(behind, ' ')));

        if (id != NULL && at != NULL)
            made[in->lasts++] = (struct health_mark){id, at};
        rest = str_slice(rest, end + 1, rest.n);
    }
    return rc;
}

enum rc domain_store_keep(struct store *store, struct arena *a, int64_t now_ms, const struct health *h, struct err *e)
{
    struct strbuf findings = strbuf_new(a, DOMAIN_RUN_TEXT_MAX), records = strbuf_new(a, DOMAIN_RUN_TEXT_MAX);
    struct domain_run run = {.domain = h->domain, .time_ms = now_ms,
                             .word = enum_name(&health_word_names, (int)h->word)};
    struct domain_text *text = arena_array(a, HEALTH_TEXTS_MAX, sizeof *text);
    enum rc rc;

    for (size_t i = 0; i < h->findings; i++)
        if (h->finding[i].severity == HEALTH_ERROR || h->finding[i].severity == HEALTH_WARNING)
            strbuf_putf(&findings, "%s %s %s\n", h->finding[i].id, h->finding[i].at,
                        enum_name(&health_severity_names, (int)h->finding[i].severity));
    for (size_t i = 0; i < h->publishes; i++)
        strbuf_putf(&records, "%s %s %s\n", h->publish[i].name, h->publish[i].type, h->publish[i].value);
    run.findings = findings.p;
    run.records = records.p;
    for (size_t i = 0; text != NULL && i < h->texts; i++)
        text[i] = (struct domain_text){.kind = h->text[i].kind, .name = h->text[i].name, .text = h->text[i].text,
                                       .ttl = h->text[i].ttl};
    rc = text == NULL ? err_set(e, RC_NOMEM, "out of memory")
                      : store_domain_text_put(store, text, h->texts, now_ms, e);
    return rc == RC_OK ? store_domain_run_put(store, &run, e) : rc;
}
