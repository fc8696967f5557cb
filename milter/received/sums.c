#include "received/sums.h"

/*
 * One statement for every way of grouping would sort what is in order
 * already; so those asked most have their own, and the bits of ?9 say which
 * columns a group keeps in the general one.
 */
#define SUMS \
    " sum(messages), sum(passed), sum(spf_only), sum(dkim_only), sum(quarantined), sum(rejected), sum(forwarded)," \
    " coalesce(min(nullif(day, 0)), 0), max(day)"
#define PERIOD " day >= ?3 AND (?4 = 0 OR day < ?4)"
#define TRUSTED \
    " AND (?5 >> CASE trust WHEN 'unproven' THEN 0 WHEN 'local' THEN 1 WHEN 'aligned' THEN 2 ELSE 3 END) & 1 <> 0" \
    " AND (?6 = 0 OR (spread = 0 AND day <> 0))"
#define KEPT(bit, column) "CASE WHEN ?9 & " #bit " <> 0 THEN " column " ELSE '' END"
#define DAY "CASE WHEN ?9 & 4 <> 0 THEN day ELSE 0 END"

#define SMALL_COLUMNS \
    "SELECT " KEPT(1, "client") ", " KEPT(2, "domain") ", " DAY ", '', '', '', '', " KEPT(128, "trust") "," SUMS ", 0" \
    " FROM domain_day_in WHERE "
#define SMALL_REST PERIOD TRUSTED " GROUP BY 1, 2, 3, 8 ORDER BY 1, 2, 3, 8 LIMIT ?10"
#define SMALL_IN_ORDER(day) \
    "SELECT client, domain, " day ", '', '', '', '', ''," SUMS ", 0 FROM domain_day_in WHERE "
#define LARGE_COLUMNS \
    "SELECT " KEPT(1, "client") ", " KEPT(2, "domain") ", " DAY ", " KEPT(8, "source") ", " KEPT(16, "cause") ", " \
    KEPT(32, "reporter") ", " KEPT(64, "disposition") ", " KEPT(128, "trust") "," SUMS ", count(DISTINCT reporter)" \
    " FROM day_in WHERE "
#define LARGE_REST \
    PERIOD TRUSTED " AND (?7 = '' OR source = ?7) AND (?8 = '' OR cause = ?8) AND (?11 = '' OR reporter = ?11)" \
    " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8 LIMIT ?10"
#define ONE_CLIENT "client = ?1 AND (?2 = '' OR domain = ?2) AND"
#define ONE_DOMAIN "client = ?1 AND domain = ?2 AND"
#define ALL "(?1 = '' OR client = ?1) AND (?2 = '' OR domain = ?2) AND"

/* [whether it is the large table][0 all, 1 one client, 2 one domain of one client] */
static const char *const general[2][3] = {
    {SMALL_COLUMNS ALL SMALL_REST, SMALL_COLUMNS ONE_CLIENT SMALL_REST, SMALL_COLUMNS ONE_DOMAIN SMALL_REST},
    {LARGE_COLUMNS ALL LARGE_REST, LARGE_COLUMNS ONE_CLIENT LARGE_REST, LARGE_COLUMNS ONE_DOMAIN LARGE_REST},
};

/* Of all clients, by client and domain, and by client, domain and day. */
static const char by_domain[] =
    SMALL_IN_ORDER("0") ALL PERIOD TRUSTED " GROUP BY client, domain ORDER BY client, domain LIMIT ?10";
static const char by_domain_day[] =
    SMALL_IN_ORDER("day") ALL PERIOD TRUSTED " GROUP BY client, domain, day ORDER BY client, domain, day LIMIT ?10";

static bool is_large(const struct received_wanted *w)
{
    const unsigned more = RECEIVED_BY_SOURCE | RECEIVED_BY_CAUSE | RECEIVED_BY_REPORTER | RECEIVED_BY_DISPOSITION;

    return (w->by & more) != 0 || w->source[0] != '\0' || w->cause[0] != '\0' || w->reporter[0] != '\0';
}

static const char *sums_sql(const struct received_wanted *w)
{
    int keys = w->client[0] == '\0' ? 0 : w->domain[0] == '\0' ? 1 : 2;

    if (!is_large(w) && w->by == (RECEIVED_BY_CLIENT | RECEIVED_BY_DOMAIN))
        return by_domain;
    if (!is_large(w) && w->by == (RECEIVED_BY_CLIENT | RECEIVED_BY_DOMAIN | RECEIVED_BY_DAY))
        return by_domain_day;
    return general[is_large(w) ? 1 : 0][keys];
}

static void sums_bind(struct statement *s, const struct received_wanted *w, size_t max)
{
    statement_bind_text(s, 1, str_of(w->client));
    statement_bind_text(s, 2, str_of(w->domain));
    statement_bind_int(s, 3, w->first_day);
    statement_bind_int(s, 4, w->end_day);
    statement_bind_int(s, 5, w->trust != 0 ? w->trust : RECEIVED_HEEDED);
    statement_bind_int(s, 6, w->no_spread);
    statement_bind_int(s, 10, (int64_t)max);
    statement_bind_int(s, 9, w->by);
    if (!is_large(w))
        return;
    statement_bind_text(s, 7, str_of(w->source));
    statement_bind_text(s, 8, str_of(w->cause));
    statement_bind_text(s, 11, str_of(w->reporter));
}

static enum rc sums_read(const struct statement *s, struct arena *a, const struct received_wanted *w,
                         struct received_sum *out)
{
    const char **text[] = {&out->client, &out->domain, NULL, &out->source, &out->cause, &out->reporter,
                           &out->disposition, &out->trust};
    int64_t *number[] = {&out->counts.messages, &out->counts.passed, &out->counts.spf_only, &out->counts.dkim_only,
                         &out->counts.quarantined, &out->counts.rejected, &out->counts.forwarded, &out->first_day,
                         &out->last_day, &out->reporters};

    for (int i = 0; i < 8; i++)
        if (text[i] != NULL && (*text[i] = str_dup(a, statement_text(s, i))) == NULL)
            return RC_NOMEM;
    out->day = (w->by & RECEIVED_BY_DAY) != 0 ? statement_int(s, 2) : 0;
    for (int i = 0; i < 10; i++)
        *number[i] = statement_int(s, 8 + i);
    return RC_OK;
}

/* One more place in *out, which doubles: how many there will be is known only at the end. */
static struct received_sum *sums_grow(struct arena *a, struct received_sum **out, size_t n, size_t *room)
{
    struct received_sum *more;

    if (n < *room)
        return &(*out)[n];
    more = arena_array(a, *room * 2, sizeof *more);
    for (size_t i = 0; more != NULL && i < n; i++)
        more[i] = (*out)[i];
    if (more == NULL)
        return NULL;
    *room *= 2;
    *out = more;
    return &more[n];
}

enum rc received_sums(struct db *d, struct arena *a, const struct received_wanted *w, size_t max,
                      struct received_sum **out, size_t *n, struct err *e)
{
    size_t room = 16;
    struct statement *s;
    bool row = true;
    enum rc rc = db_statement(d, sums_sql(w), &s, e);

    *n = 0;
    *out = arena_array(a, room, sizeof **out);
    if (rc != RC_OK)
        return rc;
    sums_bind(s, w, max);
    while (rc == RC_OK && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct received_sum *next = *out == NULL ? NULL : sums_grow(a, out, *n, &room);

        if (next == NULL || sums_read(s, a, w, next) != RC_OK)
            rc = err_set(e, RC_NOMEM, "%s: no memory for the sums of received reports", db_path(d));
        else
            (*n)++;
    }
    statement_reset(s);
    return rc;
}
