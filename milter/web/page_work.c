/* What waits for somebody, out of tallies and inventory: fourteen days of both, in three lists. */
#include <stdlib.h>
#include <string.h>

#include "base/hashtable.h"
#include "web/models.h"

enum { WEEK = 7 };

/* What belongs together of the rows of days: of one domain, and of one source where it matters. */
struct group {
    UT_hash_handle hh;           /* by its domain and source */
    const struct views_row *row; /* the last of them, which says why */
    int64_t since_day, messages;
    int64_t spark[ITEM_DAYS];
};

static int group_order(const void *x, const void *y)
{
    const struct group *a = x, *b = y;
    int order;

    if (a->messages != b->messages)
        return a->messages < b->messages ? 1 : -1;
    order = strcmp(a->row->domain, b->row->domain);
    return order != 0 ? order : strcmp(a->row->source, b->row->source);
}

static void group_add(struct group *g, const struct views_row *r, int64_t first, int64_t messages)
{
    int64_t at = r->day - first;

    if (g->row == NULL || r->day < g->since_day)
        g->since_day = r->day;
    if (g->row == NULL || r->day >= g->row->day)
        g->row = r;
    if (at >= 0 && at < ITEM_DAYS)
        g->spark[at] += messages;
    if (at >= ITEM_DAYS - WEEK)
        g->messages += messages;
}

/* The group of a row; NULL without memory. */
static struct group *work_group_of(struct visit *v, struct group **all, const struct views_row *r)
{
    char key[600];
    struct strbuf b = STRBUF_ON(key);
    struct group *g = NULL;
    char *copy;

    strbuf_putf(&b, "%s %s", r->domain, r->source);
    HASH_FIND(hh, *all, b.p, b.n, g);
    if (g != NULL)
        return g;
    g = arena_alloc(v->a, sizeof *g);
    copy = arena_alloc(v->a, b.n + 1);
    if (g == NULL || copy == NULL)
        return NULL;
    memcpy(copy, b.p, b.n);
    HASH_ADD_KEYPTR(hh, *all, copy, b.n, g);
    return g;
}

/* Groups of rows, with what of `part` they had in the last week; the most first.  The array's `hh` means nothing. */
static struct group *work_groups(struct visit *v, const struct views_row *row, size_t n, enum part part, int64_t first,
                                 size_t *groups)
{
    struct group *all = NULL, *g = NULL, *next, *list;
    size_t kept = 0;

    for (size_t i = 0; i < n; i++)
        if (row[i].parts.n[part] > 0 && row[i].client[0] != '\0' && /* the world's mail is not the desk's work */
            (g = work_group_of(v, &all, &row[i])) != NULL)
            group_add(g, &row[i], first, row[i].parts.n[part]);
    list = arena_array(v->a, HASH_COUNT(all) + 1, sizeof *list);
    HASH_ITER(hh, all, g, next) {
        HASH_DEL(all, g);
        if (list != NULL && g->messages > 0) /* else not in this week any more */
            list[kept++] = *g;
    }
    if (list != NULL)
        qsort(list, kept, sizeof *list, group_order);
    *groups = kept;
    return list;
}

/* The next item; NULL where the list has as many as are shown. */
static struct item *page_work_item(struct items *list, const struct group *g, enum part part)
{
    struct item *it;

    if (list->n == ITEMS_MAX) {
        list->left_off++;
        return NULL;
    }
    it = &list->item[list->n++];
    *it = (struct item){.ticket = "", .part = part, .since_day = g->since_day, .messages = g->messages};
    memcpy(it->spark, g->spark, sizeof it->spark);
    return it;
}

static void work_failing(struct visit *v, struct items *list, const struct group *g)
{
    struct item *it = page_work_item(list, g, PART_NOT_CONFIRMED);
    const struct views_row *r = g->row;
    char n[HTML_VALUE_MAX];

    if (it == NULL)
        return;
    it->title = pages_printf(v, "%s fails for %s", pages_source_title(v, r->source), r->domain);
    it->badge = BADGE_TICKET;
    it->word = "Fails";
    it->who = pages_client_title(v, r->client);
    it->to = pages_source_url(v, r->domain, r->source);
    it->what = pages_printf(v, "%s messages in 7 days: %s (cause: %s).", html_int_text(g->messages, n),
                            pages_cause_meaning(r->cause), r->cause);
    it->whose = pages_cause_whose(r->cause);
    it->next = pages_cause_step(r->cause);
}

static void work_forged(struct visit *v, struct items *list, const struct group *g)
{
    struct item *it = page_work_item(list, g, PART_FORGED);
    const struct views_row *r = g->row;
    char n[HTML_VALUE_MAX];

    if (it == NULL)
        return;
    it->title = pages_printf(v, "Somebody writes in the name of %s", r->domain);
    it->badge = BADGE_ESCALATE;
    it->word = "Forged";
    it->who = pages_client_title(v, r->client);
    it->to = pages_domain_url(v, r->domain);
    it->what = pages_printf(v, "%s messages in 7 days.", html_int_text(g->messages, n));
    it->whose = "Nothing to repair";
    it->next = visit_is_staff(v) ? "The domain’s policy decides what receivers do with it; the playbook “spoofing” has "
                                   "the questions to ask"
                                 : "The domain’s policy decides what receivers do with it";
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
static bool work_deciding(struct visit *v, const char *client, struct work *w, int64_t first)
{
    struct inventory_row *entry;
    struct err e = ERR_NONE;
    int64_t all = 0;
    size_t n = 0;
    enum rc rc = views_undecided(&v->who.scope, v->db, v->a, client, first * DAY_MS, ITEMS_MAX, &entry, &n, &all, &e);

    if (rc != RC_OK)
        return visit_failed(v, rc, &e);
    for (size_t i = 0; i < n; i++) {
        const char *status = entry[i].field[INVENTORY_status];
        struct item *it = &w->deciding.item[w->deciding.n++];

        *it = (struct item){
            .badge = strcmp(status, "pending") == 0 ? BADGE_WATCH : BADGE_TICKET,
            .word = strcmp(status, "pending") == 0 ? "Pending" : "New",
            .title = pages_printf(v, "%s sends for %s", pages_source_title(v, entry[i].source), entry[i].domain),
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
    w->deciding.left_off = (size_t)all - n;
    return true;
}

/* What of approved senders fails, and what is forged. */
static bool work_failures(struct visit *v, const char *client, struct work *w, int64_t first)
{
    const struct views_wanted wanted = {.first_day = first, .before_day = first + ITEM_DAYS, .client = client,
                                        .clients_only = true};
    struct views_row *row;
    struct group *g;
    struct err e = ERR_NONE;
    size_t n, groups = 0;
    enum rc rc = views_failing(&v->who.scope, v->db, v->a, &wanted, &row, &n, &e);

    if (rc != RC_OK)
        return visit_failed(v, rc, &e);
    g = work_groups(v, row, n, PART_NOT_CONFIRMED, first, &groups);
    for (size_t i = 0; i < groups; i++)
        work_failing(v, &w->failing, &g[i]);
    rc = views_forged(&v->who.scope, v->db, v->a, &wanted, &row, &n, &e);
    if (rc != RC_OK)
        return visit_failed(v, rc, &e);
    g = work_groups(v, row, n, PART_FORGED, first, &groups);
    for (size_t i = 0; i < groups; i++)
        work_forged(v, &w->forged, &g[i]);
    return !arena_ran_out(v->a) || visit_failed(v, RC_NOMEM, &e);
}

bool pages_work(struct visit *v, const char *client, struct work *out)
{
    int64_t first = v->now_ms / DAY_MS + 1 - ITEM_DAYS;
    struct items *const lists[] = {&out->failing, &out->deciding, &out->forged};

    *out = (struct work){
        .failing = {.id = "failing", .title = "An approved sender fails", .empty = "No approved sender fails."},
        .deciding = {.id = "deciding", .title = "New senders to decide on",
                     .empty = "No sender waits for a decision. One that is seen for the first time for a client’s "
                              "domain joins by itself."},
        .forged = {.id = "forged", .title = "Forged mail", .empty = "None in seven days."},
    };
    for (int i = 0; i < 3; i++)
        if ((lists[i]->item = arena_array(v->a, ITEMS_MAX, sizeof(struct item))) == NULL)
            return visit_failed(v, RC_NOMEM, &ERR_NONE);
    return work_failures(v, client, out, first) && work_deciding(v, client, out, first);
}
