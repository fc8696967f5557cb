/* What received reports say of a domain's sources. */
#include <string.h>

#include "cli/domain/domain_sources.h"
#include "mail/domain.h"
#include "received/reports.h"

enum { REPORTS_MAX = 100, ROWS_MAX = 20000 };

struct reading {
    struct domain_sources *k;
    const char *domain;
    int64_t days;   /* since the end of the report's period */
    size_t rows;
};

/* The next word of a "result a b; …" list's entry. */
static struct str word_take(struct str *rest)
{
    size_t end = str_find(*rest, ' ');
    struct str word = str_slice(*rest, 0, end);

    *rest = str_slice(*rest, end + 1, rest->n);
    return word;
}

static void add_signatures(struct reading *r, struct health_source *s, const struct received_row *row)
{
    for (struct str rest = str_of(row->dkim); rest.n > 0;) {
        size_t end = str_find(rest, ';');
        struct str one = str_trim(str_slice(rest, 0, end)), result = word_take(&one), domain = word_take(&one);

        rest = str_slice(rest, end + 1, rest.n);
        if (one.n > 0 && !str_eq(one, STR("-")))
            domain_source_signature(r->k, s, domain, one, str_eq(result, STR("pass")), r->days);
    }
}

/* Of a source that our own mail does not know the return path of. */
static void put_spf(struct reading *r, struct health_source *s, const struct received_row *row)
{
    struct str first = str_slice(str_of(row->spf), 0, str_find(str_of(row->spf), ';'));
    struct str result = word_take(&first), scope = word_take(&first);
    const char *domain, *copy = str_dup(r->k->arena, result);

    if (s->spf[0] != '\0' || s->spf_domain[0] != '\0' || !str_eq(scope, STR("mfrom")) || copy == NULL ||
        domain_normalize(r->k->arena, str_trim(first), &domain) != RC_OK)
        return;
    s->spf = copy;
    s->spf_domain = domain;
}

static enum rc take_row(void *arg, const struct received_row *row)
{
    struct reading *r = arg;
    const char *author = row->header_from[0] == '\0' ? row->domain : row->header_from, *name;
    struct health_source *s;

    if (++r->rows > ROWS_MAX)
        return RC_LIMIT;
    if (domain_normalize(r->k->arena, str_of(author), &author) != RC_OK || !domain_is_within(author, r->domain) ||
        (name = str_dup(r->k->arena, str_of(row->source[0] == '\0' ? "unknown" : row->source))) == NULL ||
        (s = domain_source_of(r->k, name, author)) == NULL)
        return RC_OK;
    if (row->passes == 0 && strcmp(s->status, "unknown") == 0)
        return RC_OK; /* forged, as far as anybody knows */
    s->reported += row->messages;
    add_signatures(r, s, row);
    put_spf(r, s, row);
    if (row->address.family != IP_NONE && row->passes != 0)
        domain_source_address(r->k, s, &row->address);
    return RC_OK;
}

enum rc domain_reports_known(struct db *d, struct domain_sources *k, const char *client, const char *domain,
                             struct err *e)
{
    struct received_reports_wanted w = RECEIVED_ANY_REPORT;
    struct received_report *report;
    struct reading r = {.k = k, .domain = domain};
    size_t n = 0;
    enum rc rc;

    w.client = client;
    w.domain = domain;
    w.since_s = (k->now_ms - (int64_t)DOMAIN_LAST_DAYS * DOMAIN_DAY_MS) / 1000;
    w.until_s = k->now_ms / 1000;
    rc = received_reports(d, k->arena, &w, REPORTS_MAX, &report, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        if (report[i].trust == RECEIVED_UNPROVEN)
            continue;
        r.days = (k->now_ms / 1000 - report[i].end_s) / (DOMAIN_DAY_MS / 1000);
        r.days = r.days < 0 ? 0 : r.days;
        rc = received_rows(d, &report[i], take_row, &r, e);
    }
    for (size_t i = 0; i < k->n; i++) {
        struct health_source *s = &k->source[i];

        s->messages = s->reported > s->messages ? s->reported : s->messages; /* never summed: the same mail */
    }
    return rc == RC_LIMIT ? RC_OK : rc;
}
