/* The start page: what needs somebody now. */
#include <string.h>

#include "web/models.h"

static void today_html(struct html *o, const void *m)
{
    page_today_content(o, m);
}

enum {
    DNS_ROWS = 50,        /* of a page that is about more */
    DNS_COUNTED_MAX = 999 /* changes that a tile counts */
};

static const struct column dns_columns[] = {
    {"time", "Seen", CELL_WHEN}, {"kind", "What", CELL_TEXT}, {"name", "Name", CELL_MONO},
    {"before", "Before", CELL_MONO}, {"text", "Now", CELL_MONO}, {"fate", "Since then", CELL_TEXT},
};

/* The newest changes; all of them where the address is about this table. */
bool today_dns(struct visit *v, const char *client, const char *domain, int64_t since_ms, struct table *out)
{
    static const char *const fates[] = {[RECENT_STAYS] = "", [RECENT_BACK] = "back as before",
                                        [RECENT_BOTH] = "both are seen"};
    bool chosen = strcmp(visit_query(v, "table"), "dns") == 0;
    size_t n = 0, rows = chosen ? TABLE_LIST_MAX : DNS_ROWS;
    struct views_dns *d;
    struct err e = ERR_NONE;
    enum rc rc = views_dns(&v->who.scope, v->db, v->a, client, domain, since_ms, rows + 1, &d, &n, &e);

    *out = table_new(v, "dns", "Changes in DNS", dns_columns, 6, n < rows ? n + 1 : rows);
    if (!chosen && n > rows)
        out->more = url_fragment(v->a, visit_with(v, "table", "dns"), "t-dns");
    out->about = "of records that mail met here";
    out->empty = "No SPF, DKIM or DMARC record that mail met has changed.";
    if (rc != RC_OK)
        return visit_failed(v, rc, &e);
    for (size_t i = 0; i < n; i++) {
        struct cell *c = table_put(out);

        if (c != NULL)
            c->number = d[i].first_seen_ms;
        table_text(out, d[i].kind);
        table_text(out, d[i].name);
        table_text(out, d[i].forgotten ? "(not kept)" : d[i].before[0] == '\0' ? "(none)" : d[i].before);
        table_text(out, d[i].text[0] == '\0' ? "(none)" : d[i].text);
        table_text(out, fates[d[i].fate]);
    }
    return true;
}

static bool today_week(struct visit *v, struct today_model *m)
{
    int64_t before = v->now_ms / DAY_MS + 1;
    const struct views_wanted w = {.first_day = before - 7, .before_day = before, .clients_only = true};
    struct views_row *row;
    struct err e = ERR_NONE;
    size_t n;
    enum rc rc = views_count(&v->who.scope, v->db, v->a, &w, VIEWS_BY_CLIENT, &row, &n, &e);

    if (rc != RC_OK)
        return visit_failed(v, rc, &e);
    for (size_t i = 0; i < n; i++) {
        parts_add(&m->week, &row[i].parts);
        if (row[i].client[0] != '\0')
            m->forged += row[i].parts.n[PART_FORGED];
    }
    return true;
}

static bool today_open(struct visit *v, struct today_model *m)
{
    const struct episodes_wanted w = {
        .filter = {.client = "", .domain = "", .workflow = "", .source = "", .open_only = true},
        .title = "Open episodes", .beside = true, .first = true};
    struct err e = ERR_NONE;
    enum rc rc = episodes_table(v, &w, &m->open, &e);

    return rc == RC_OK || visit_failed(v, rc, &e);
}

static bool today_news(struct visit *v, struct today_model *m)
{
    struct views_health health;
    struct err e = ERR_NONE;
    enum rc rc = views_health(&v->who.scope, v->db, v->a, &health, &e);

    m->newest_ms = health.newest_ms;
    if (rc == RC_OK)
        rc = views_new_sources(&v->who.scope, v->db, v->who.before_ms, &m->new_sources, &e);
    if (rc == RC_OK)
        rc = views_dns_number(&v->who.scope, v->db, v->who.before_ms + 1, DNS_COUNTED_MAX + 1, &m->new_dns, &e);
    if (rc == RC_OK)
        rc = views_dns_number(&v->who.scope, v->db, v->now_ms - 7 * (int64_t)DAY_MS, DNS_COUNTED_MAX + 1, &m->dns_7d,
                              &e);
    m->dns_most = DNS_COUNTED_MAX;
    return rc == RC_OK || visit_failed(v, rc, &e);
}

void page_today(struct visit *v)
{
    struct today_model m = {.v = v};
    struct table *tables[] = {&m.open, &m.dns};

    v->section = "today";
    if (!visit_is_staff(v)) { /* a client's day is its own page */
        if (v->who.scope.n == 1)
            visit_go(v, url_path(v->a, "client", v->who.scope.client[0], NULL));
        else
            visit_go(v, url_path(v->a, "clients", NULL));
        return;
    }
    if (!visit_open(v) || !today_open(v, &m) || !pages_work(v, "", &m.work) || !today_week(v, &m))
        return;
    if (v->who.scope.all ? !today_dns(v, "", "", v->now_ms - 7 * (int64_t)DAY_MS, &m.dns) : false)
        return;
    if (!v->who.scope.all) {
        m.dns = table_new(v, "dns", "Changes in DNS", dns_columns, 6, 1);
        m.dns.empty = "The pages of your clients’ domains have them.";
    }
    if (!today_news(v, &m) || table_download(v, tables, 2))
        return;
    pages_show(&(struct shell){.v = v, .title = "Today", .content = today_html, .model = &m, .refresh_s = 300});
}
