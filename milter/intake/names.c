#include "intake/names.h"

#include <string.h>

#include "base/clock.h"
#include "db/run.h"
#include "intake/batch.h"
#include "received/addresses.h"
#include "spf/iprev.h"

enum { AT_ONCE = 64, ROWS_MAX = 5000, ARENA_MAX = 128 * 1024 * 1024 };

/* One run. */
struct run {
    struct intake *in;
    struct arena *a;
    struct names_done *done;
    int64_t until_ms;
};

/* ---- rows told otherwise ---- */

static bool is_same(const struct received_row *a, const struct received_row *b)
{
    return strcmp(a->source, b->source) == 0 && strcmp(a->cause, b->cause) == 0 && a->secondary == b->secondary &&
           a->marks == b->marks;
}

/* In a transaction of its own; nothing when somebody changed it meanwhile. */
static enum rc change(struct run *x, const struct received_report *r, const struct received_row *old,
                      const struct received_row *row, struct err *e)
{
    enum rc rc = batch_lock(x->in->db, e);

    if (rc == RC_OK)
        rc = received_reclassify(x->in->db, r, old, row, e);
    if (rc == RC_OK)
        rc = db_commit(x->in->db, e);
    if (rc != RC_OK)
        db_roll_back(x->in->db);
    if (rc == RC_OK)
        x->done->rows++;
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* What a reverse name may change: rows that only a group names, or an earlier name. */
static bool names_is_open(const struct received_row *row)
{
    return row->proof == SOURCE_UNPROVEN || row->proof == SOURCE_PTR;
}

static enum rc tell_anew(struct run *x, const struct received_address *found, struct err *e)
{
    struct received_row *row;
    size_t n;
    enum rc rc = received_rows_of(x->in->db, x->a, "", &found->ip, ROWS_MAX, &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct classify c = {.config = x->in->settings.config, .lookup = x->in->lookup, .db = x->in->db,
                                    .networks = x->in->networks, .a = x->a};
        struct received_row fresh = row[i];
        struct received_report r;

        if (!names_is_open(&row[i]))
            continue;
        rc = received_get(x->in->db, x->a, row[i].report, &r, e);
        if (rc == RC_OK)
            rc = classify_row(&c, &r, found, &fresh, e);
        if (rc == RC_OK && !is_same(&row[i], &fresh))
            rc = change(x, &r, &row[i], &fresh, e);
        if (rc == RC_NOTFOUND)
            rc = RC_OK; /* it has gone since */
    }
    return rc;
}

/* ---- addresses ---- */

static const char *names_clean_text(struct arena *a, struct str text)
{
    char mem[200];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_put_clean(&b, text, sizeof mem / 4 - 1);
    return str_dup(a, strbuf_str(&b));
}

static enum rc names_keep(struct run *x, const struct received_address *found, size_t n, struct err *e)
{
    enum rc rc = n == 0 ? RC_OK : batch_lock(x->in->db, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = received_address_put(x->in->db, &found[i], e);
    if (rc == RC_OK && n > 0)
        rc = db_commit(x->in->db, e);
    if (rc != RC_OK)
        db_roll_back(x->in->db);
    return rc;
}

/* The network by NetworksFile of today; none where there is no file, or it has none. */
static bool set_network(struct run *x, struct received_address *found)
{
    struct network network = {0, STR_NONE, STR_NONE};

    (void)intake_dns_network(x->in->lookup, &found->ip, &network);
    found->as_number = network.number;
    found->as_name = names_clean_text(x->a, network.name);
    found->country = names_clean_text(x->a, network.country);
    return found->as_name != NULL && found->country != NULL;
}

/* One more in found[*n], unless DNS did not answer; the rows that it changes are told anew. */
static enum rc names_look_up_one(struct run *x, const struct received_address *before, struct dns_scope *scope,
                                 struct received_address *found, size_t *n, struct err *e)
{
    struct received_address *f = &found[*n];
    struct iprev_evidence name;

    iprev_check(&before->ip, scope, &name);
    if (name.result == IPREV_TEMPERROR) {
        x->done->failed++;
        return RC_OK;
    }
    *f = *before;
    f->confirmed = name.result == IPREV_PASS;
    f->name = str_dup(x->a, str_of(name.name));
    f->looked_up_ms = clock_wall_ms();
    if (!set_network(x, f) || f->name == NULL)
        return err_set(e, RC_NOMEM, "no memory for a name");
    ++*n;
    x->done->asked++;
    x->done->named += f->name[0] != '\0';
    return f->confirmed != before->confirmed || f->as_number != before->as_number || strcmp(f->name, before->name) != 0
               ? tell_anew(x, f, e) : RC_OK;
}

/* Sets all the first questions going, so that they wait together. */
static void ask_early(struct dns_scope *scope, const struct ip *ip, size_t n)
{
    char name[IP_ARPA_MAX];

    for (size_t i = 0; i < n; i++)
        if (ip[i].family != IP_NONE)
            dns_prefetch(scope, ip_arpa(&ip[i], name), DNS_PTR);
}

/* The first that are due.  What was found is kept last: who dies before asks again, and no row is left as it was. */
static enum rc some(struct run *x, size_t max, size_t *n, struct err *e)
{
    int64_t before_ms = clock_wall_ms() - NAMES_DAYS * INT64_C(86400000);
    struct dns_scope *scope = dns_scope_new(x->in->settings.dns, (int)x->in->settings.config->dns_timeout * 1000);
    struct received_address *before, found[AT_ONCE];
    size_t got = 0;
    struct ip *ip;
    enum rc rc = scope == NULL ? err_set(e, RC_NOMEM, "no memory to ask DNS")
                               : received_addresses_due(x->in->db, x->a, before_ms, max, &ip, n, e);

    if (rc == RC_OK)
        rc = received_addresses_get(x->in->db, x->a, ip, *n, &before, e);
    if (rc == RC_OK)
        ask_early(scope, ip, *n);
    for (size_t i = 0; rc == RC_OK && i < *n; i++)
        if (before[i].name != NULL)
            rc = names_look_up_one(x, &before[i], scope, found, &got, e);
    if (rc == RC_OK)
        rc = names_keep(x, found, got, e);
    dns_scope_free(scope);
    return rc;
}

enum rc names_look_up(struct intake *in, int64_t max, int64_t ms, struct names_done *done, struct err *e)
{
    struct run x = {.in = in, .a = arena_new(ARENA_MAX), .done = done, .until_ms = clock_mono_ms() + ms};
    size_t n = 1;
    enum rc rc = x.a == NULL ? err_set(e, RC_NOMEM, "no memory to look names up") : RC_OK;

    *done = (struct names_done){0};
    while (rc == RC_OK && in->settings.dns != NULL && n > 0 && done->asked < max && done->failed < NAMES_FAILED_MAX &&
           clock_mono_ms() < x.until_ms) {
        int64_t before = done->asked;

        arena_reset(x.a);
        intake_dns_fresh(in->lookup);
        rc = some(&x, max - done->asked < AT_ONCE ? (size_t)(max - done->asked) : AT_ONCE, &n, e);
        if (done->asked == before)
            break; /* DNS is away: the same would be asked again */
    }
    arena_free(x.a);
    return rc;
}
