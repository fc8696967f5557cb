#include "report/build.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "db/run.h"
#include "dmarc/dmarc_record.h"
#include "outbox/reports.h"
#include "report/collect.h"
#include "report/drafters.h"
#include "report/period.h"
#include "report/row.h"

enum {
    KEPT_AT_ONCE = 64,            /* reports written in one transaction, unless they are large (drafters.h) */
    REPORT_ID_MAX = 33,           /* 32 hex digits, RFC 9990 section 3.5.1 [C] */
    POLICY_TEXT_MAX = 4096,
    ARENA_MAX = 4 << 20,
    ARENA_BLOCK = 8 << 10         /* most reports need no more */
};

/* A report that is not in the store yet.  Its texts, and those of its head, are in the arena. */
struct pending {
    struct arena *arena;
    struct report report;
};

struct building {
    const struct build_request *q;
    struct build_summary *sum;
    struct db *db;
    struct drafters *drafters;
    struct pending pending[DRAFTERS_REPORTS]; /* report i, counted from 0, in place i % DRAFTERS_REPORTS */
    uint64_t begun, kept;
    struct drafted drafted[KEPT_AT_ONCE];
    bool any;                 /* of that day there are reports already */
    /* the report at hand */
    struct arena *arena;    /* for what lives as long as it is looked for in the store */
    char key[ROW_KEY_MAX];  /* the beginning of its keys */
    size_t key_n;           /* 0: there is none */
    char domain[ROW_KEY_MAX]; /* of the one before */
    bool begun_it;          /* the report is, with its first row */
    unsigned errors;        /* of the policy records it is about: bits of enum dmarc_record_error */
    struct report report;
    int64_t present_messages; /* when it is in the store already: what it says; else -1 */
};

const char *build_receiver(const struct config *c)
{
    const char *at = strchr(c->report_email, '@');

    return at == NULL ? "" : at + 1;
}

static enum rc build_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory to build reports");
}

/* A report that cannot be made does not keep the others from being made. */
static void build_refuse(struct building *b, const struct report *r, const char *why)
{
    char text[ERR_TEXT_MAX + 300];

    b->sum->refused++;
    (void)snprintf(text, sizeof text, "the report about %s could not be made: %s", r->policy_domain, why);
    if (b->q->complain != NULL)
        b->q->complain(b->q->arg, text);
}

/* ---- into the store ---- */

static struct pending *pending_of(struct building *b, uint64_t i)
{
    return &b->pending[i % DRAFTERS_REPORTS];
}

/* One transaction, short, since the daemon waits for its end. */
static enum rc store_drafted(struct building *b, size_t n, struct err *e)
{
    struct build_summary sum = *b->sum;
    enum rc rc = db_begin(b->db, e);
    bool added;

    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct report *r = &pending_of(b, b->kept + i)->report;

        if (b->drafted[i].rc != RC_OK)
            continue;
        r->built_ms = clock_wall_ms();
        rc = reports_add(b->db, r, b->drafted[i].body, &added, e);
        sum.built += added;
        sum.present += !added;
        sum.rows += added ? (uint64_t)r->rows : 0;
        sum.messages += added ? (uint64_t)r->messages : 0;
    }
    if (rc == RC_OK)
        rc = db_commit(b->db, e);
    if (rc == RC_OK)
        *b->sum = sum;
    else
        db_roll_back(b->db);
    return rc;
}

/* The oldest `n` reports, which are done, in the order in which they were begun. */
static enum rc keep_drafted(struct building *b, size_t n, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < n; i++) {
        const struct drafted *it = &b->drafted[i];

        drafters_take(b->drafters, &b->drafted[i]);
        if (rc == RC_OK && it->broken)
            rc = err_set(e, it->rc, "%s", it->why.text);
    }
    if (rc == RC_OK)
        rc = store_drafted(b, n, e);
    for (size_t i = 0; i < n; i++, b->kept++) {
        if (rc == RC_OK && b->drafted[i].rc != RC_OK)
            build_refuse(b, &pending_of(b, b->kept)->report, b->drafted[i].why.text);
        free((void *)(uintptr_t)b->drafted[i].body.p);
        arena_reset(pending_of(b, b->kept)->arena);
    }
    if (rc == RC_OK && b->q->progress != NULL)
        b->q->progress(b->q->arg, b->sum->records, b->sum->built);
    return rc;
}

/* Keeps reports when enough are done; waits for some when too many are not. */
static enum rc keep_some(struct building *b, struct err *e)
{
    size_t least = drafters_is_full(b->drafters) ? KEPT_AT_ONCE : 0, n = drafters_done(b->drafters, least);

    if (n < KEPT_AT_ONCE && least == 0)
        return RC_OK;
    return keep_drafted(b, n < KEPT_AT_ONCE ? n : KEPT_AT_ONCE, e);
}

static enum rc keep_rest(struct building *b, struct err *e)
{
    enum rc rc = RC_OK;

    while (rc == RC_OK && b->kept < b->begun) {
        size_t n = drafters_done(b->drafters, KEPT_AT_ONCE);

        rc = keep_drafted(b, n < KEPT_AT_ONCE ? n : KEPT_AT_ONCE, e);
    }
    return rc;
}

/* ---- one report ---- */

/* RFC 9990 section 3.1.5: what of their record we could not use. */
static const char *record_errors(struct arena *a, const char *domain, unsigned errors)
{
    struct strbuf b = strbuf_new(a, 500);
    const char *comma = "";

    if (errors == 0)
        return "";
    strbuf_putf(&b, "DMARC record at _dmarc.%s: not usable: ", domain);
    for (int i = 0; i < dmarc_record_error_names.count; i++) {
        if ((errors & 1u << i) == 0)
            continue;
        strbuf_putf(&b, "%s%s", comma, enum_name(&dmarc_record_error_names, i));
        comma = ", ";
    }
    return b.p;
}

static struct feedback_head build_head(const struct building *b, const struct report *r, struct arena *a,
                                       const struct row_policy *p)
{
    const struct config *c = b->q->config;

    return (struct feedback_head){
        .version = "1.0", .org_name = c->report_org[0] != '\0' ? c->report_org : build_receiver(c),
        .email = c->report_email, .extra_contact_info = c->report_contact, .report_id = r->report_id,
        .error = record_errors(a, p->domain, b->errors), .generator = "assay " ASSAY_VERSION,
        .begin_s = r->begin_s, .end_s = r->end_s, .domain = p->domain, .discovery_method = "treewalk",
        .p = p->p, .sp = p->sp, .np = p->np, .adkim = p->adkim, .aspf = p->aspf, .fo = p->fo, .testing = p->testing,
        .pct = "100",
    };
}

/* RFC 9990 section 3.5.2; the unique-id is always there, so that no two reports of a day share a name. */
static void name_report(const struct building *b, struct report *r, struct arena *a)
{
    struct strbuf id = strbuf_new(a, REPORT_ID_MAX), name = strbuf_new(a, 1000);

    strbuf_putf(&id, "%016" PRIx64 "%016" PRIx64, random_bits(), random_bits());
    strbuf_putf(&name, "%s!%s!%" PRId64 "!%" PRId64 "!%s.xml.gz", build_receiver(b->q->config), r->policy_domain,
                r->begin_s, r->end_s, id.p);
    r->report_id = id.p;
    r->filename = name.p;
}

/* What names the report in the store. */
static void build_subject(const struct building *b, const struct row_policy *p, struct arena *a, struct report *out)
{
    struct strbuf key = strbuf_new(a, POLICY_TEXT_MAX);

    row_policy_text(p, &key);
    *out = (struct report){.policy_domain = p->domain, .policy_key = key.p, .begin_s = b->q->begin_s,
                           .end_s = b->q->begin_s + PERIOD_DAY_S - 1};
}

/* Hands the report to who drafts it, with texts of its own. */
static enum rc build_hand_over(struct building *b, struct err *e)
{
    enum rc rc = keep_some(b, e);
    struct pending *at = pending_of(b, b->begun);
    struct feedback_head head;
    struct row_policy p;
    const char *key;

    if (rc != RC_OK)
        return rc;
    key = str_dup(at->arena, (struct str){b->key, b->key_n});
    if (key == NULL)
        return build_no_memory(e);
    (void)row_read_policy((struct str){key, b->key_n}, &p);
    build_subject(b, &p, at->arena, &at->report);
    name_report(b, &at->report, at->arena);
    head = build_head(b, &at->report, at->arena, &p);
    if (arena_ran_out(at->arena))
        return build_no_memory(e);
    drafters_begin(b->drafters, &head);
    b->begun++;
    return RC_OK;
}

static enum rc build_begin(struct building *b, struct err *e)
{
    struct row_policy p;
    struct report there;
    enum rc rc = RC_NOTFOUND;

    b->begun_it = true;
    b->present_messages = -1;
    (void)row_read_policy((struct str){b->key, b->key_n}, &p);
    build_subject(b, &p, b->arena, &b->report);
    if (b->any)
        rc = reports_of(b->db, b->arena, &b->report, &there, e);
    if (rc == RC_OK)
        b->present_messages = there.messages;
    return rc == RC_NOTFOUND ? build_hand_over(b, e) : rc;
}

static enum rc end(struct building *b, struct err *e)
{
    struct report *r;

    if (b->key_n == 0 || !b->begun_it)
        return RC_OK;
    b->key_n = 0;
    if (b->present_messages >= 0) {
        b->sum->present++;
        if (b->report.messages > b->present_messages)
            b->sum->late += (uint64_t)(b->report.messages - b->present_messages);
        return RC_OK;
    }
    r = &pending_of(b, b->begun - 1)->report;
    r->rows = b->report.rows;
    r->messages = b->report.messages;
    return drafters_end(b->drafters, e);
}

/* ---- all of them ---- */

/* A key with another policy: the report at hand is complete.  `policy` is the beginning of the key. */
static enum rc change_report(struct building *b, struct str policy, struct err *e)
{
    struct row_policy p;
    enum rc rc = end(b, e);

    if (rc != RC_OK)
        return rc;
    arena_reset(b->arena);
    memcpy(b->key, policy.p, policy.n);
    b->key_n = policy.n;
    (void)row_read_policy((struct str){b->key, b->key_n}, &p);
    b->sum->domains += strcmp(p.domain, b->domain) != 0;
    (void)snprintf(b->domain, sizeof b->domain, "%s", p.domain);
    b->begun_it = false;
    b->errors = 0;
    return RC_OK;
}

static enum rc build_add_row(struct building *b, struct str key, int64_t n, struct err *e)
{
    struct row_policy p;
    size_t policy = row_read_policy(key, &p);
    unsigned errors = 0;
    bool is_row = !row_read_errors(key, &errors);
    enum rc rc = RC_OK;

    if (policy == 0)
        return err_set(e, RC_INTERNAL, "the temporary database is damaged; check the disk of /var/tmp");
    if (b->key_n == 0 || !str_eq(str_slice(key, 0, policy), (struct str){b->key, b->key_n}))
        rc = change_report(b, str_slice(key, 0, policy), e);
    b->errors |= errors;
    if (rc == RC_OK && is_row && !b->begun_it)
        rc = build_begin(b, e);
    if (rc != RC_OK || !is_row)
        return rc;
    b->report.rows++;
    b->report.messages += n;
    return b->present_messages >= 0 ? RC_OK : drafters_row(b->drafters, key, n, e);
}

static enum rc build_write_all(struct building *b, struct countfile *rows, struct err *e)
{
    bool more = true;
    struct str key;
    int64_t n;
    enum rc rc;

    while ((rc = countfile_next(rows, &key, &n, &more, e)) == RC_OK && more) {
        rc = build_add_row(b, key, n, e);
        if (rc != RC_OK)
            break;
    }
    if (rc == RC_OK)
        rc = end(b, e);
    return rc == RC_OK ? keep_rest(b, e) : rc;
}

static void tell_records(void *arg, uint64_t records)
{
    const struct build_request *q = arg;

    if (q->progress != NULL)
        q->progress(q->arg, records, 0);
}

static enum rc collect_rows(struct building *b, struct countfile *rows, struct err *e)
{
    const struct build_request *q = b->q;
    struct collect_request what = {
        .config = q->config, .policy_domain = q->policy_domain, .from_ms = q->begin_s * 1000,
        .to_ms = (q->begin_s + PERIOD_DAY_S) * 1000, .progress = tell_records, .arg = (void *)(uintptr_t)q,
    };
    struct collected found;
    enum rc rc = report_collect(db_path(b->db), &what, rows, &found, e);

    b->sum->records = found.records;
    b->sum->excluded = found.excluded;
    return rc;
}

static void free_building(struct building *b)
{
    drafters_free(b->drafters);
    for (size_t i = 0; i < DRAFTERS_REPORTS; i++)
        arena_free(b->pending[i].arena);
    arena_free(b->arena);
    free(b);
}

static enum rc build_set_up(struct building *b, struct err *e)
{
    b->arena = arena_new(ARENA_MAX);
    if (b->arena == NULL)
        return build_no_memory(e);
    for (size_t i = 0; i < DRAFTERS_REPORTS; i++) {
        b->pending[i].arena = arena_new_of(ARENA_MAX, ARENA_BLOCK);
        if (b->pending[i].arena == NULL)
            return build_no_memory(e);
    }
    return RC_OK;
}

/* Out of the counted rows; only then are there threads for it, beside which nobody counts any more. */
static enum rc build_out_of(struct building *b, struct countfile *rows, struct err *e)
{
    const struct config *c = b->q->config;
    enum rc rc = reports_any(b->db, b->q->begin_s, &b->any, e);

    if (rc == RC_OK)
        rc = drafters_open((enum feedback_format)c->report_format, b->q->schema, &b->drafters, e);
    return rc == RC_OK ? build_write_all(b, rows, e) : rc;
}

enum rc build_day(struct db *d, const struct build_request *q, struct build_summary *out, struct err *e)
{
    struct building *b = calloc(1, sizeof *b);
    struct countfile *rows = NULL;
    enum rc rc;

    *out = (struct build_summary){.records = 0};
    if (b == NULL)
        return build_no_memory(e);
    b->q = q;
    b->sum = out;
    b->db = d;
    rc = build_set_up(b, e);
    if (rc == RC_OK)
        rc = countfile_open(&rows, e);
    if (rc == RC_OK)
        rc = collect_rows(b, rows, e);
    if (rc == RC_OK)
        rc = build_out_of(b, rows, e);
    countfile_close(rows);
    free_building(b);
    return rc;
}
