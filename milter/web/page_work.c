/* What waits for somebody, out of tallies and inventory: fourteen days of both, in three lists. */
#include <stdlib.h>
#include <string.h>

#include "web/models.h"

enum { WEEK = 7 };

static int item_order(const void *x, const void *y)
{
    const struct item *a = x, *b = y;

    if (a->messages != b->messages)
        return a->messages < b->messages ? 1 : -1;
    return strcmp(a->title, b->title);
}

/* The item for a row's domain and source; they come in order, so that it is the last one or a new one. */
static struct item *page_work_item(struct items *list, const char *key)
{
    struct item *last = list->n > 0 ? &list->item[list->n - 1] : NULL;

    if (last != NULL && strcmp(last->title, key) == 0)
        return last;
    if (list->n == ITEMS_MAX) {
        list->left_off++;
        return NULL;
    }
    list->item[list->n] = (struct item){.title = key, .ticket = ""};
    return &list->item[list->n++];
}

static void work_count(struct item *it, const struct views_row *r, int64_t first, int64_t n)
{
    int64_t at = r->day - first;

    if (at >= 0 && at < ITEM_DAYS)
        it->spark[at] += n;
    if (at >= ITEM_DAYS - WEEK)
        it->messages += n;
    if (it->since_day == 0 || r->day < it->since_day)
        it->since_day = r->day;
}

static void work_failing(struct visit *v, struct work *w, const struct views_row *r, int64_t first)
{
    int64_t n = r->parts.n[PART_NOT_CONFIRMED];
    struct item *it;

    if (n == 0)
        return;
    it = page_work_item(&w->failing, pages_printf(v, "%s fails for %s", pages_source_title(v, r->source), r->domain));
    if (it == NULL)
        return;
    it->badge = BADGE_TICKET;
    it->word = "Fails";
    it->who = pages_client_title(v, r->client);
    it->to = pages_source_url(v, r->domain, r->source);
    it->what = pages_printf(v, "%s (cause: %s).", pages_cause_meaning(r->cause), r->cause);
    it->whose = pages_cause_whose(r->cause);
    it->next = pages_cause_step(r->cause);
    it->part = PART_NOT_CONFIRMED;
    work_count(it, r, first, n);
}

static void work_forged(struct visit *v, struct work *w, const struct views_row *r, int64_t first)
{
    int64_t n = r->parts.n[PART_FORGED];
    struct item *it;

    if (n == 0)
        return;
    it = page_work_item(&w->forged, pages_printf(v, "Somebody writes in the name of %s", r->domain));
    if (it == NULL)
        return;
    it->badge = BADGE_ESCALATE;
    it->word = "Forged";
    it->who = r->client[0] != '\0' ? pages_client_title(v, r->client) : "no client’s domain";
    it->to = pages_domain_url(v, r->domain);
    it->whose = "Nothing to repair";
    it->next = "The domain’s policy decides what receivers do with it; the playbook “spoofing” has the questions to "
               "ask";
    it->part = PART_FORGED;
    work_count(it, r, first, n);
}

static void work_settle(struct visit *v, struct items *list, const char *fmt)
{
    size_t kept = 0;
    char n[HTML_VALUE_MAX];

    for (size_t i = 0; i < list->n; i++) {
        struct item it = list->item[i];

        if (it.messages == 0)
            continue; /* not in this week any more */
        it.what = pages_printf(v, "%s messages in 7 days%s%s", html_int_text(it.messages, n), fmt,
                               it.what == NULL ? "." : it.what);
        list->item[kept++] = it;
    }
    list->n = kept;
    qsort(list->item, list->n, sizeof *list->item, item_order);
}

static enum rc work_spark(struct visit *v, const struct inventory_row *p, int64_t first, struct item *it, struct err *e)
{
    const struct views_wanted w = {.first_day = first, .before_day = first + ITEM_DAYS, .domain = p->domain,
                                   .source = p->source};
    struct views_row *row;
    size_t n = 0;
    enum rc rc = views_count(&v->who.scope, v->db, v->a, &w, VIEWS_BY_DAY, &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        it->spark[row[i].day - first] += row[i].messages;
    return rc;
}

/* Sources of clients on which nobody has decided, and whose mail came lately. */
static bool work_deciding(struct visit *v, const char *client, const char *domain, struct work *w, int64_t first)
{
    const struct inventory_filter f = {.client = client, .domain = domain, .status = "", .source = ""};
    struct inventory_row *entry;
    struct err e = ERR_NONE;
    size_t n = 0;
    enum rc rc = views_sources(&v->who.scope, v->db, v->a, &f, &entry, &n, &e);

    if (rc != RC_OK)
        return visit_failed(v, rc, &e);
    for (size_t i = 0; i < n; i++) {
        const char *status = entry[i].field[INVENTORY_status];
        struct item *it;

        if ((strcmp(status, "unknown") != 0 && strcmp(status, "pending") != 0) || entry[i].client[0] == '\0' ||
            strcmp(entry[i].source, "unknown") == 0 || entry[i].last_seen_ms < first * DAY_MS)
            continue;
        it = page_work_item(&w->deciding, pages_printf(v, "%s sends for %s", pages_source_title(v, entry[i].source),
                                                       entry[i].domain));
        if (it == NULL)
            continue;
        *it = (struct item){
            .badge = strcmp(status, "pending") == 0 ? BADGE_WATCH : BADGE_TICKET,
            .word = strcmp(status, "pending") == 0 ? "Pending" : "New", .title = it->title,
            .who = pages_client_title(v, entry[i].client), .to = pages_source_url(v, entry[i].domain, entry[i].source),
            .what = pages_printf(v, "%lld messages so far, %lld of them confirmed. %s", (long long)entry[i].volume,
                                 (long long)entry[i].passed, entry[i].field[INVENTORY_note]),
            .whose = "Client confirmation", .part = PART_OPEN, .since_day = entry[i].first_seen_ms / DAY_MS,
            .next = entry[i].field[INVENTORY_owner][0] != '\0'
                        ? pages_printf(v, "Asked: %s", entry[i].field[INVENTORY_owner])
                        : "Ask the client whether it is wanted, and who owns it",
            .messages = entry[i].last_seen_ms / DAY_MS, .ticket = entry[i].field[INVENTORY_ticket],
        };
        if ((rc = work_spark(v, &entry[i], first, it, &e)) != RC_OK)
            return visit_failed(v, rc, &e);
    }
    return true;
}

bool pages_work(struct visit *v, const char *client, const char *domain, struct work *out)
{
    int64_t before = v->now_ms / DAY_MS + 1, first = before - ITEM_DAYS;
    const struct views_wanted w = {.first_day = first, .before_day = before, .client = client, .domain = domain,
                                   .clients_only = true, .failed_only = true};
    struct items *const lists[] = {&out->failing, &out->deciding, &out->forged};
    struct views_row *row;
    struct err e = ERR_NONE;
    size_t n;
    enum rc rc = views_count(&v->who.scope, v->db, v->a, &w,
                             VIEWS_BY_CLIENT | VIEWS_BY_DOMAIN | VIEWS_BY_SOURCE | VIEWS_BY_CAUSE | VIEWS_BY_DAY, &row,
                             &n, &e);

    *out = (struct work){
        .failing = {.id = "failing", .title = "An approved sender fails", .empty = "No approved sender fails."},
        .deciding = {.id = "deciding", .title = "New senders to decide on",
                     .empty = "No sender waits for a decision. One that is seen for the first time for a client’s "
                              "domain "
                              "joins by itself."},
        .forged = {.id = "forged", .title = "Forged mail", .empty = "None in seven days."},
    };
    if (rc != RC_OK)
        return visit_failed(v, rc, &e);
    for (int i = 0; i < 3; i++)
        if ((lists[i]->item = arena_array(v->a, ITEMS_MAX, sizeof(struct item))) == NULL)
            return visit_failed(v, RC_NOMEM, &e);
    for (size_t i = 0; i < n; i++)
        if (row[i].client[0] != '\0') { /* the world's mail is not the desk's work */
            work_failing(v, out, &row[i], first);
            work_forged(v, out, &row[i], first);
        }
    if (!work_deciding(v, client, domain, out, first))
        return false;
    work_settle(v, &out->failing, ": ");
    work_settle(v, &out->forged, "");
    qsort(out->deciding.item, out->deciding.n, sizeof *out->deciding.item, item_order);
    return true;
}
