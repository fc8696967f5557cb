/*
 * Mail counted: by the sums where they have it; by the tallies where they have not, and of domains of which something
 * was decided since the sums were made.
 */
#include <stdlib.h>
#include <string.h>
#include <string.h>

#include "records/mailsums.h"
#include "views/count.h"
#include "views/sums.h"

/* So many domains are counted by themselves; of more all tallies are, in one go. */
enum { MAIL_STALE_MAX = 250 };

static bool mail_names(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* Which domains are to be counted by their tallies; *all: every one. */
static enum rc mail_stale(const struct scope *s, struct db *d, struct arena *a, struct views_stale *out, bool *all,
                          struct err *e)
{
    enum rc rc = RC_OK;

    if (s->stale != NULL) {
        *out = *s->stale;
    } else {
        rc = mailsums_stale(d, a, MAIL_STALE_MAX, &out->domain, &out->n, e);
        out->all = rc == RC_OK && out->n > MAIL_STALE_MAX;
    }
    *all = out->all;
    return rc;
}

const char *scope_text(const struct scope *s, struct arena *a)
{
    size_t room = 2;
    struct strbuf b;

    for (size_t i = 0; i < s->n; i++)
        room += strlen(s->client[i]) + 1;
    b = strbuf_new(a, room);
    strbuf_puts(&b, s->all ? "*" : "");
    for (size_t i = 0; !s->all && i < s->n; i++) {
        strbuf_puts(&b, i > 0 ? "," : "");
        strbuf_puts(&b, s->client[i]);
    }
    return b.p;
}

enum rc views_begin(struct scope *s, struct db *d, struct arena *a, struct err *e)
{
    struct views_stale *found = arena_alloc(a, sizeof *found);
    const char *clients = scope_text(s, a);
    bool all;
    enum rc rc;

    s->stale = NULL;
    rc = found == NULL || clients == NULL ? err_set(e, RC_NOMEM, "out of memory") : db_bound(d, clients, e);
    if (rc == RC_OK)
        rc = mail_stale(s, d, a, found, &all, e);
    s->stale = rc == RC_OK ? found : NULL;
    return rc;
}

static bool mail_is_same(const struct views_row *a, const struct views_row *b)
{
    return count_order(a, b) == 0;
}

/* Never NULL: who has no rows may search them. */
static enum rc mail_hand_over(const struct sums_rows *rows, struct arena *a, struct views_row **out, size_t *n,
                              struct err *e)
{
    *n = rows->n;
    *out = rows->row != NULL ? rows->row : arena_array(a, 1, sizeof **out);
    return *out == NULL ? err_set(e, RC_NOMEM, "out of memory") : RC_OK;
}

/* Rows in order, those of one key in one, without those that are nothing. */
static void mail_settle(struct sums_rows *rows)
{
    size_t kept = 0;

    if (rows->n > 0)
        qsort(rows->row, rows->n, sizeof *rows->row, count_order);
    for (size_t i = 0; i < rows->n;) {
        struct views_row r = rows->row[i++];

        for (; i < rows->n && mail_is_same(&r, &rows->row[i]); i++) {
            parts_add(&r.parts, &rows->row[i].parts);
            r.messages += rows->row[i].messages;
            r.passed += rows->row[i].passed;
            r.refused += rows->row[i].refused;
            r.held += rows->row[i].held;
        }
        if (r.messages != 0)
            rows->row[kept++] = r;
    }
    rows->n = kept;
}

/* ---- how much of it ---- */

/* A domain's tallies; and where rows are of several domains, its sums away from them. */
static enum rc mail_count_anew(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                               unsigned by, const char *domain, struct sums_rows *rows, struct err *e)
{
    struct views_wanted one = *w;
    struct views_row *row;
    const char *client = NULL;
    size_t n = 0;
    enum rc rc;

    one.domain = domain;
    one.clients_only = true;
    rc = count_tallies(s, d, a, &one, by, &row, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        const char *whose = mail_names(w->client) ? w->client : row[i].client;

        rc = sums_push(rows, a, &row[i], e);
        if (rc == RC_OK && (by & VIEWS_BY_DOMAIN) == 0 && (client == NULL || strcmp(client, whose) != 0))
            rc = sums_take_away(d, a, w, by, client = whose, domain, rows, e);
    }
    return rc;
}

enum rc views_count(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w, unsigned by,
                    struct views_row **out, size_t *n, struct err *e)
{
    struct views_stale stale = {.n = 0};
    struct sums_rows rows = {.n = 0};
    bool tallies = !sums_have(s, w, by);
    enum rc rc = tallies ? RC_OK : mail_stale(s, d, a, &stale, &tallies, e);

    *n = 0;
    *out = NULL;
    if (rc != RC_OK)
        return rc;
    if (tallies || (mail_names(w->domain) && sums_are_stale(&stale, w->domain)))
        return count_tallies(s, d, a, w, by, out, n, e);
    rc = sums_count(s, d, a, w, by, &stale, &rows, e);
    for (size_t i = 0; rc == RC_OK && i < stale.n && !mail_names(w->domain); i++)
        rc = mail_count_anew(s, d, a, w, by, stale.domain[i], &rows, e);
    if (stale.n > 0 || !s->all) /* else they come in order */
        mail_settle(&rows);
    return rc == RC_OK ? mail_hand_over(&rows, a, out, n, e) : rc;
}

/* ---- what failed, what is forged ---- */

/* Of the tallies what is of that part: of one domain, or of all where it is "". */
static enum rc mail_part_anew(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                              enum part part, const char *domain, struct sums_rows *rows, struct err *e)
{
    const unsigned by = VIEWS_BY_CLIENT | VIEWS_BY_DOMAIN | VIEWS_BY_DAY;
    struct views_wanted failed = *w;
    struct views_row *row;
    size_t n = 0;
    enum rc rc;

    failed.clients_only = true;
    failed.failed_only = part == PART_NOT_CONFIRMED; /* what passes may be forged all the same: of a malicious source */
    failed.domain = domain;
    rc = count_tallies(s, d, a, &failed, part == PART_FORGED ? by : by | VIEWS_BY_SOURCE | VIEWS_BY_CAUSE, &row, &n, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        if (row[i].client[0] != '\0' && row[i].parts.n[part] > 0)
            rc = sums_push(rows, a, &row[i], e);
    return rc;
}

/* What the sums have of it, but for what is stale. */
static enum rc mail_part_summed(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                                enum part part, const struct views_stale *stale, struct sums_rows *rows, struct err *e)
{
    size_t kept = 0;
    enum rc rc;

    if (part == PART_NOT_CONFIRMED)
        return sums_failing(s, d, a, w, stale, rows, e);
    if (s->all && !mail_names(w->client))
        return sums_forged(d, a, w, stale, rows, e);
    rc = sums_count(s, d, a, w, VIEWS_BY_CLIENT | VIEWS_BY_DOMAIN | VIEWS_BY_DAY, stale, rows, e);
    for (size_t i = 0; i < rows->n; i++)
        if (rows->row[i].parts.n[part] > 0)
            rows->row[kept++] = rows->row[i];
    rows->n = kept;
    return rc;
}

static enum rc mail_part(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                         enum part part, struct views_row **out, size_t *n, struct err *e)
{
    struct views_stale stale = {.n = 0};
    struct sums_rows rows = {.n = 0};
    bool tallies = false;
    enum rc rc = mail_stale(s, d, a, &stale, &tallies, e);

    *n = 0;
    *out = NULL;
    if (rc == RC_OK && !tallies)
        rc = mail_part_summed(s, d, a, w, part, &stale, &rows, e);
    if (rc == RC_OK && tallies)
        rc = mail_part_anew(s, d, a, w, part, "", &rows, e);
    for (size_t i = 0; rc == RC_OK && i < stale.n && !tallies; i++)
        rc = mail_part_anew(s, d, a, w, part, stale.domain[i], &rows, e);
    return rc == RC_OK ? mail_hand_over(&rows, a, out, n, e) : rc;
}

enum rc views_failing(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                      struct views_row **out, size_t *n, struct err *e)
{
    return mail_part(s, d, a, w, PART_NOT_CONFIRMED, out, n, e);
}

enum rc views_forged(const struct scope *s, struct db *d, struct arena *a, const struct views_wanted *w,
                     struct views_row **out, size_t *n, struct err *e)
{
    return mail_part(s, d, a, w, PART_FORGED, out, n, e);
}
