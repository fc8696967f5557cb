#include "cli/why/why_outgoing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "desk/outgoing.h"
#include "intake/classify.h"
#include "verdict/source.h"
#include "mail/domain.h"
#include "received/addresses.h"
#include "records/schema.h"

enum { DAYS = 28, SHOWN_MAX = 10, ROWS_MAX = 5000 };

struct question {
    struct arena *a;
    const struct config *config;
    struct db *db;
    struct jnode *json;
    bool more;
    int64_t first_day;
};

static bool may_be(const struct store_query *q, enum store_key kind)
{
    return q->kinds == 0 || (q->kinds & 1u << kind) != 0;
}

/* The name of the source that `key` means; "" none. */
static const char *source_of(const struct question *w, const char *key)
{
    const struct sender *s = senders_find(w->config->senders, str_of(key));

    if (s != NULL)
        return s->name;
    for (size_t i = 0; i < senders_count(w->config->senders); i++)
        if (strcasecmp(senders_at(w->config->senders, i)->title, key) == 0)
            return senders_at(w->config->senders, i)->name;
    return strcmp(key, CLASSIFY_OWN) == 0 || (source_is_group(key) && strcmp(key, "unknown") != 0) ? key : "";
}

/* ---- by source or domain ---- */

static void why_outgoing_show(const struct question *w, const struct outgoing *o, size_t n)
{
    const struct sheet s = {.a = w->a, .to = stdout};
    struct jnode *list = w->json == NULL ? NULL : jnode_array();

    for (size_t i = 0; list != NULL && i < n; i++)
        jnode_append(list, outgoing_json(w->a, w->config, &o[i]));
    if (list != NULL) {
        jnode_put(w->json, "received", list);
        return;
    }
    if (w->more)
        (void)putchar('\n');
    (void)puts("What receivers reported of mail that went out");
    for (size_t i = 0; i < n && i < SHOWN_MAX; i++) {
        (void)putchar('\n');
        outgoing_print(&s, w->config, &o[i]);
    }
    if (n > SHOWN_MAX)
        (void)printf("\n  ... and %zu more sources: assay source list\n", n - SHOWN_MAX);
}

static enum rc ask_sums(const struct question *w, const char *domain, const char *source, size_t *found, struct err *e)
{
    struct outgoing_wanted wanted = {.client = "", .domain = domain, .source = source, .status = "",
                                     .first_day = w->first_day};
    struct outgoing *o;
    enum rc rc = outgoing_find(w->db, w->a, &wanted, &o, found, e);

    if (rc == RC_OK && *found == 0) { /* nothing lately: then what there ever was */
        wanted.first_day = 0;
        rc = outgoing_find(w->db, w->a, &wanted, &o, found, e);
    }
    if (rc == RC_OK && *found > 0)
        why_outgoing_show(w, o, *found);
    return rc;
}

/* ---- by address ---- */

static void show_rows(const struct question *w, const struct ip *ip, const struct received_row *row, size_t n)
{
    const struct sheet s = {.a = w->a, .to = stdout};
    char text[IP_TEXT_MAX];

    if (w->more)
        (void)putchar('\n');
    (void)printf("What receivers reported of %s\n", ip_text(ip, text));
    for (size_t i = 0; i < n; i++) {
        int64_t messages = row[i].messages, passed = row[i].passes != 0 ? row[i].messages : 0;
        bool before = false;

        for (size_t k = 0; k < i; k++)
            before = before || (strcmp(row[k].header_from, row[i].header_from) == 0 &&
                                strcmp(row[k].source, row[i].source) == 0 && strcmp(row[k].cause, row[i].cause) == 0);
        if (before)
            continue;
        for (size_t k = i + 1; k < n; k++)
            if (strcmp(row[k].header_from, row[i].header_from) == 0 && strcmp(row[k].source, row[i].source) == 0 &&
                strcmp(row[k].cause, row[i].cause) == 0) {
                messages += row[k].messages;
                passed += row[k].passes != 0 ? row[k].messages : 0;
            }
        (void)printf("  %" PRId64 " messages as %s, %" PRId64 " of them confirmed; source: %s%s%s\n", messages,
                     sheet_or(&s, row[i].header_from, "an unreadable author"), passed,
                     sheet_shown(&s, outgoing_title(w->a, w->config, row[i].domain, row[i].source)),
                     row[i].cause[0] != '\0' ? "; " : "", sheet_shown(&s, row[i].cause));
    }
}

static struct jnode *json_rows(const struct received_row *row, size_t n)
{
    struct jnode *list = jnode_array();

    for (size_t i = 0; i < n; i++) {
        struct jnode *o = jnode_object();

        jnode_int(o, "report", row[i].report);
        jnode_int(o, "messages", row[i].messages);
        jnode_text(o, "domain", row[i].domain);
        jnode_text(o, "header_from", row[i].header_from);
        jnode_text(o, "disposition", row[i].disposition);
        jnode_bool(o, "passed", row[i].passes != 0);
        jnode_text(o, "source", row[i].source);
        jnode_text(o, "cause", row[i].cause);
        jnode_append(list, o);
    }
    return list;
}

static enum rc ask_rows(const struct question *w, const struct ip *ip, size_t *found, struct err *e)
{
    struct received_row *row;
    enum rc rc = received_rows_of(w->db, w->a, "", ip, ROWS_MAX, &row, found, e);

    if (rc == RC_OK && *found > 0 && w->json != NULL)
        jnode_put(w->json, "received", json_rows(row, *found));
    else if (rc == RC_OK && *found > 0)
        show_rows(w, ip, row, *found);
    return rc;
}

/* ---- the key ---- */

/* The domain that the sums have it under: the client's. */
static const char *why_outgoing_domain(const struct question *w, const char *name)
{
    enum client_domain kind;

    return classify_domain(clients_of(w->config->clients, name, &kind), name, name);
}

static enum rc why_outgoing_ask(const struct question *w, const struct store_query *q, size_t *found, struct err *e)
{
    const char *at = strrchr(q->key, '@'), *domain;
    struct ip ip;

    if (ip_parse(str_of(q->key), &ip))
        return may_be(q, STORE_KEY_IP) ? ask_rows(w, &ip, found, e) : RC_OK;
    if (may_be(q, STORE_KEY_SOURCE) && source_of(w, q->key)[0] != '\0')
        return ask_sums(w, "", source_of(w, q->key), found, e);
    if (!may_be(q, at != NULL ? STORE_KEY_ADDRESS : STORE_KEY_DOMAIN) || strchr(q->key, '.') == NULL ||
        domain_normalize(w->a, str_of(at != NULL ? at + 1 : q->key), &domain) != RC_OK)
        return RC_OK;
    return ask_sums(w, why_outgoing_domain(w, domain), "", found, e);
}

enum rc why_outgoing(struct arena *a, const struct config *c, const char *database, const struct store_query *q,
                     bool more, struct jnode *json, size_t *found, struct err *e)
{
    struct question w = {.a = a, .config = c, .json = json, .more = more};
    enum rc rc = db_open_read(database, &records_schema, &w.db, e);

    *found = 0;
    w.first_day = q->since_ms > 0 ? q->since_ms / CLOCK_DAY_MS : clock_wall_ms() / CLOCK_DAY_MS - DAYS;
    if (rc == RC_OK)
        rc = why_outgoing_ask(&w, q, found, e);
    db_close(w.db);
    return rc;
}
