#include <string.h>

#include "base/random.h"
#include "db/run.h"
#include "episodes/internal.h"
#include "output/ref.h"

enum {
    KEPT_MAX = 5000,         /* episodes of one domain that are looked at */
    NEAR_DAYS = 7,           /* one that begins so soon after another is the same, seen with later reports */
    OLD_DAYS = 7,            /* what was over so long before is not told */
    REMIND_MS = 24 * 3600 * 1000
};

struct reconcile {
    struct db *d;
    struct arena *a;
    const struct episode_round *round;
    struct episode *kept;
    bool *matched;
    size_t n;
    struct episode_counts *out;
};

static enum rc reconcile_load(struct reconcile *r, struct err *e)
{
    struct statement *s;
    enum rc rc = db_query(r->d,
                          "SELECT " EPISODE_COLUMNS " FROM episode WHERE client = ?1 AND domain = ?2"
                              " ORDER BY id DESC LIMIT ?3",
                          DB_VALUES(DB_TEXT(str_of(r->round->client)), DB_TEXT(str_of(r->round->domain)),
                          DB_INT(KEPT_MAX)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = episode_rows(r->d, r->a, s, KEPT_MAX, &r->kept, &r->n, e);
    r->matched = arena_array(r->a, KEPT_MAX, sizeof *r->matched);
    if (rc == RC_OK && r->matched == NULL)
        return err_set(e, RC_NOMEM, "no memory for episodes");
    for (size_t i = 0; rc == RC_OK && i < r->n; i++)
        r->matched[i] = false;
    return rc;
}

static bool reconcile_overlap(const struct episode *kept, const struct episode *found)
{
    int64_t kept_end = kept->closed_day == 0 ? INT64_MAX : kept->closed_day;
    int64_t found_end = found->closed_day == 0 ? INT64_MAX : found->closed_day;

    return kept->opened_day <= (found_end > INT64_MAX - NEAR_DAYS ? INT64_MAX : found_end + NEAR_DAYS) &&
           found->opened_day <= (kept_end > INT64_MAX - NEAR_DAYS ? INT64_MAX : kept_end + NEAR_DAYS);
}

static int64_t reconcile_distance(const struct episode *kept, const struct episode *found)
{
    return kept->opened_day > found->opened_day ? kept->opened_day - found->opened_day
                                                : found->opened_day - kept->opened_day;
}

/* The one kept that this is: of the same workflow and source, overlapping, the nearest beginning; NULL a new one. */
static struct episode *reconcile_match(struct reconcile *r, const struct episode *found)
{
    struct episode *best = NULL;

    for (size_t i = 0; i < r->n; i++) {
        struct episode *k = &r->kept[i];

        if (!r->matched[i] && k->state != EPISODE_WITHDRAWN && strcmp(k->workflow, found->workflow) == 0 &&
            strcmp(k->source, found->source) == 0 && reconcile_overlap(k, found) &&
            (best == NULL || reconcile_distance(k, found) < reconcile_distance(best, found)))
            best = k;
    }
    if (best != NULL)
        r->matched[best - r->kept] = true;
    return best;
}

static enum rc reconcile_notice(struct reconcile *r, int64_t id, enum episode_notice_kind kind, struct err *e)
{
    enum rc rc = db_run_with(r->d, "INSERT INTO notice (episode, kind, made_ms) VALUES (?1, ?2, ?3)",
                             DB_VALUES(DB_INT(id), DB_TEXT(str_of(enum_name(&episode_notice_names, (int)kind))),
                             DB_INT(r->round->now_ms)), e);

    return rc == RC_OK
               ? episode_event(r->d, id, r->round->now_ms, "assay", enum_name(&episode_notice_names, (int)kind), "", e)
               : rc;
}

static void reconcile_bind(struct statement *s, int at, const struct episode *p)
{
    const int64_t number[] = {p->opened_day,  p->closed_day, p->since_day, p->band,  p->messages,  p->passed,
                              p->quarantined, p->rejected,   p->before,    p->count, p->told_band, p->told_ms};

    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++)
        statement_bind_int(s, at++, number[i]);
    statement_bind_text(s, at++, str_of(p->cause));
    statement_bind_text(s, at++, str_of(p->detail));
    statement_bind_text(s, at++, str_of(enum_name(&episode_state_names, (int)p->state)));
    statement_bind_int(s, at++, p->own_messages);
    statement_bind_int(s, at++, p->own_passed);
    statement_bind_text(s, at, str_of(p->dns_change));
}

static enum rc reconcile_add(struct reconcile *r, const struct episode *found, struct err *e)
{
    static const char sql[] =
        "INSERT INTO episode (opened_day, closed_day, since_day, band, messages, passed, quarantined, rejected, before,"
        " count, told_band, told_ms, cause, detail, state, own_messages, own_passed, dns_change, ref, client, domain,"
        " workflow, source, first_ms, ticket) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,"
        " ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, '') RETURNING id";
    struct episode p = *found;
    const char *ref = ref_make(r->a, random_bits());
    struct statement *s;
    bool old = p.closed_day != 0 && p.closed_day < r->round->today - OLD_DAYS;
    enum rc rc = ref == NULL ? err_set(e, RC_NOMEM, "no memory for episodes") : db_statement(r->d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    p.state = p.closed_day == 0 ? EPISODE_OPEN : EPISODE_RESOLVED;
    p.told_band = p.band;
    p.told_ms = r->round->now_ms;
    reconcile_bind(s, 1, &p);
    statement_bind_text(s, 19, str_of(ref));
    statement_bind_text(s, 20, str_of(r->round->client));
    statement_bind_text(s, 21, str_of(r->round->domain));
    statement_bind_text(s, 22, str_of(p.workflow));
    statement_bind_text(s, 23, str_of(p.source));
    statement_bind_int(s, 24, r->round->now_ms);
    rc = statement_run(s, e);
    if (rc != RC_OK)
        return rc;
    r->out->opened++;
    if (old)
        return episode_event(r->d, db_last_id(r->d), r->round->now_ms, "assay", "found", "it was over long before", e);
    return reconcile_notice(r, db_last_id(r->d), EPISODE_OPENED, e);
}

/* What is told of one that is kept; sets what was told. */
static enum rc reconcile_tell(struct reconcile *r, struct episode *p, enum episode_state before, struct err *e)
{
    const struct episode_round *round = r->round;
    enum episode_notice_kind kind;

    if (before == EPISODE_OPEN && p->state == EPISODE_RESOLVED) {
        kind = EPISODE_ENDED;
        r->out->resolved++;
    } else if (p->state == EPISODE_OPEN && p->band > p->told_band) {
        kind = EPISODE_WORSENED;
        r->out->worsened++;
    } else if (p->state == EPISODE_OPEN && p->band >= round->urgent_band && round->now_ms - p->told_ms >= REMIND_MS) {
        kind = EPISODE_REMINDED;
        r->out->reminded++;
    } else {
        return RC_OK;
    }
    p->told_band = p->band;
    p->told_ms = round->now_ms;
    return reconcile_notice(r, p->id, kind, e);
}

static enum rc reconcile_write(struct reconcile *r, const struct episode *p, struct err *e)
{
    static const char sql[] =
        "UPDATE episode SET opened_day = ?1, closed_day = ?2, since_day = ?3, band = ?4, messages = ?5, passed = ?6,"
        " quarantined = ?7, rejected = ?8, before = ?9, count = ?10, told_band = ?11, told_ms = ?12, cause = ?13,"
        " detail = ?14, state = ?15, own_messages = ?16, own_passed = ?17, dns_change = ?18 WHERE id = ?19";
    struct statement *s;
    enum rc rc = db_statement(r->d, sql, &s, e);

    if (rc != RC_OK)
        return rc;
    reconcile_bind(s, 1, p);
    statement_bind_int(s, 19, p->id);
    return statement_run(s, e);
}

/* What a person closed stays closed; its figures follow all the same. */
static enum rc reconcile_update(struct reconcile *r, struct episode *kept, const struct episode *found, struct err *e)
{
    struct episode p = *found;
    enum episode_state before = kept->state;
    enum rc rc;

    p.id = kept->id;
    p.dns_change = p.dns_change[0] == '\0' ? kept->dns_change : p.dns_change; /* the memory of DNS is shorter */
    p.told_band = kept->told_band;
    p.told_ms = kept->told_ms;
    p.state = found->closed_day == 0 ? EPISODE_OPEN : EPISODE_RESOLVED;
    if (before == EPISODE_CLOSED) {
        p.state = EPISODE_CLOSED;
        p.closed_day = kept->closed_day;
    }
    rc = reconcile_tell(r, &p, before, e);
    return rc == RC_OK ? reconcile_write(r, &p, e) : rc;
}

/* Late reports may show that there was nothing; readiness may be lost, or used. */
static enum rc reconcile_withdraw(struct reconcile *r, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < r->n; i++) {
        struct episode p = r->kept[i];

        if (r->matched[i] || (p.state != EPISODE_OPEN && p.state != EPISODE_RESOLVED) ||
            p.opened_day < r->round->sure_day)
            continue;
        p.state = EPISODE_WITHDRAWN;
        p.closed_day = r->round->today;
        r->out->withdrawn++;
        rc = reconcile_notice(r, p.id, EPISODE_TAKEN_BACK, e); /* it was told, so its end is */
        if (rc == RC_OK)
            rc = reconcile_write(r, &p, e);
    }
    return rc;
}

enum rc episodes_reconcile(struct db *d, struct arena *a, const struct episode_round *round,
                           const struct episode *found, size_t n, struct episode_counts *out, struct err *e)
{
    struct reconcile r = {.d = d, .a = a, .round = round, .out = out};
    enum rc rc = db_begin(d, e);

    if (rc == RC_OK)
        rc = reconcile_load(&r, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct episode *kept = reconcile_match(&r, &found[i]);

        rc = kept == NULL ? reconcile_add(&r, &found[i], e) : reconcile_update(&r, kept, &found[i], e);
    }
    if (rc == RC_OK)
        rc = reconcile_withdraw(&r, e);
    if (rc == RC_OK)
        rc = db_commit(d, e);
    if (rc != RC_OK)
        db_roll_back(d);
    return rc;
}
