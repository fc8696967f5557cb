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
#include "report/draft.h"
#include "report/period.h"
#include "report/row.h"

enum {
    PENDING_MAX = 64,             /* reports written in one transaction … */
    PENDING_BYTES = 4 << 20,      /* … of about so many bytes in all */
    REPORT_ID_MAX = 33,           /* 32 hex digits, RFC 9990 section 3.5.1 [C] */
    POLICY_TEXT_MAX = 4096,
    ARENA_MAX = 4 << 20
};

/* A report that is made and not in the store yet.  Its texts are in the arena of all that wait. */
struct pending {
    struct report report;
    struct str body;
};

struct building {
    const struct build_request *q;
    struct build_summary *sum;
    struct db *db;
    struct arena *pending_arena;
    struct pending pending[PENDING_MAX];
    size_t pending_n, pending_bytes;
    /* the report at hand */
    struct arena *arena;    /* for what lives as long as it */
    char key[ROW_KEY_MAX];  /* the beginning of its keys */
    size_t key_n;           /* 0: there is none */
    char domain[ROW_KEY_MAX]; /* of the one before */
    bool begun;             /* the report is, with its first row */
    unsigned errors;        /* of the policy records it is about: bits of enum dmarc_record_error */
    struct draft *draft;    /* NULL: this one is in the store already, or could not be begun */
    struct report report;
    int64_t present_messages; /* when it is in the store already: what it says; else -1 */
    struct feedback_row row;
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
static void build_refuse(struct building *b, const char *why)
{
    char text[ERR_TEXT_MAX + 300];

    b->sum->refused++;
    (void)snprintf(text, sizeof text, "the report about %s could not be made: %s", b->report.policy_domain, why);
    if (b->q->complain != NULL)
        b->q->complain(b->q->arg, text);
}

/* ---- into the store ---- */

static void drop_pending(struct building *b)
{
    for (size_t i = 0; i < b->pending_n; i++)
        free((void *)(uintptr_t)b->pending[i].body.p);
    b->pending_n = b->pending_bytes = 0;
    arena_reset(b->pending_arena);
}

/* One transaction, short, since the daemon waits for its end. */
static enum rc keep_pending(struct building *b, struct err *e)
{
    enum rc rc = b->pending_n == 0 ? RC_OK : db_begin(b->db, e);
    bool added;

    for (size_t i = 0; rc == RC_OK && i < b->pending_n; i++) {
        const struct pending *p = &b->pending[i];

        rc = reports_add(b->db, &p->report, p->body, &added, e);
        b->sum->built += added;
        b->sum->present += !added;
        b->sum->rows += added ? (uint64_t)p->report.rows : 0;
        b->sum->messages += added ? (uint64_t)p->report.messages : 0;
    }
    if (rc == RC_OK && b->pending_n > 0)
        rc = db_commit(b->db, e);
    if (rc != RC_OK)
        db_roll_back(b->db);
    drop_pending(b);
    if (b->q->progress != NULL)
        b->q->progress(b->q->arg, b->sum->records, b->sum->built);
    return rc;
}

static enum rc add_pending(struct building *b, struct str body, struct err *e)
{
    struct pending *p = &b->pending[b->pending_n++];
    struct arena *a = b->pending_arena;
    struct report *r = &p->report;

    *r = b->report;
    r->report_id = str_dup(a, str_of(r->report_id));
    r->policy_domain = str_dup(a, str_of(r->policy_domain));
    r->policy_key = str_dup(a, str_of(r->policy_key));
    r->filename = str_dup(a, str_of(r->filename));
    r->built_ms = clock_wall_ms();
    p->body = body;
    b->pending_bytes += body.n;
    if (r->report_id == NULL || r->policy_domain == NULL || r->policy_key == NULL || r->filename == NULL)
        return build_no_memory(e);
    return b->pending_n == PENDING_MAX || b->pending_bytes >= PENDING_BYTES ? keep_pending(b, e) : RC_OK;
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

static struct feedback_head build_head(struct building *b, const struct row_policy *p)
{
    const struct config *c = b->q->config;

    return (struct feedback_head){
        .version = "1.0", .org_name = c->report_org[0] != '\0' ? c->report_org : build_receiver(c),
        .email = c->report_email, .extra_contact_info = c->report_contact, .report_id = b->report.report_id,
        .error = record_errors(b->arena, p->domain, b->errors), .generator = "assay " ASSAY_VERSION,
        .begin_s = b->report.begin_s, .end_s = b->report.end_s, .domain = p->domain, .discovery_method = "treewalk",
        .p = p->p, .sp = p->sp, .np = p->np, .adkim = p->adkim, .aspf = p->aspf, .fo = p->fo, .testing = p->testing,
        .pct = "100",
    };
}

/* RFC 9990 section 3.5.2; the unique-id is always there, so that no two reports of a day share a name. */
static void name_report(struct building *b)
{
    struct strbuf id = strbuf_new(b->arena, REPORT_ID_MAX), name = strbuf_new(b->arena, 1000);

    strbuf_putf(&id, "%016" PRIx64 "%016" PRIx64, random_bits(), random_bits());
    strbuf_putf(&name, "%s!%s!%" PRId64 "!%" PRId64 "!%s.xml.gz", build_receiver(b->q->config), b->report.policy_domain,
                b->report.begin_s, b->report.end_s, id.p);
    b->report.report_id = id.p;
    b->report.filename = name.p;
}

static enum rc build_begin(struct building *b, struct err *e)
{
    enum feedback_format format = (enum feedback_format)b->q->config->report_format;
    struct strbuf key = strbuf_new(b->arena, POLICY_TEXT_MAX);
    struct feedback_head head;
    struct row_policy p;
    struct report there;
    enum rc rc;

    b->begun = true;
    (void)row_read_policy((struct str){b->key, b->key_n}, &p);
    row_policy_text(&p, &key);
    b->report = (struct report){.policy_domain = p.domain, .policy_key = key.p, .begin_s = b->q->begin_s,
                                .end_s = b->q->begin_s + PERIOD_DAY_S - 1};
    b->present_messages = -1;
    rc = reports_of(b->db, b->arena, &b->report, &there, e);
    if (rc == RC_OK)
        b->present_messages = there.messages;
    if (rc != RC_NOTFOUND)
        return rc;
    name_report(b);
    head = build_head(b, &p);
    return draft_open(format, &head, &b->draft, e);
}

static enum rc end(struct building *b, struct err *e)
{
    struct err why = ERR_NONE;
    struct str body;
    enum rc rc;

    if (b->key_n == 0 || !b->begun)
        return RC_OK;
    b->key_n = 0;
    if (b->present_messages >= 0) {
        b->sum->present++;
        if (b->report.messages > b->present_messages)
            b->sum->late += (uint64_t)(b->report.messages - b->present_messages);
        return RC_OK;
    }
    rc = draft_close(b->draft, &body, &why);
    b->draft = NULL;
    if (rc == RC_OK) {
        rc = feedback_check(body, b->q->schema, &why);
        if (rc == RC_OK)
            return add_pending(b, body, e);
        free((void *)(uintptr_t)body.p);
    }
    if (rc == RC_NOMEM)
        return err_set(e, rc, "%s", why.text);
    build_refuse(b, why.text);
    return RC_OK;
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
    b->begun = false;
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

    if (policy == 0 || (is_row && row_read(key, &b->row) != RC_OK))
        return err_set(e, RC_INTERNAL, "the temporary database is damaged; check the disk of /var/tmp");
    if (b->key_n == 0 || !str_eq(str_slice(key, 0, policy), (struct str){b->key, b->key_n}))
        rc = change_report(b, str_slice(key, 0, policy), e);
    b->errors |= errors;
    if (rc == RC_OK && is_row && !b->begun)
        rc = build_begin(b, e);
    if (rc != RC_OK || !is_row)
        return rc;
    b->row.count = n;
    b->report.rows++;
    b->report.messages += n;
    if (b->draft != NULL)
        draft_row(b->draft, &b->row);
    return RC_OK;
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
    return rc == RC_OK ? keep_pending(b, e) : rc;
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
    if (b->pending_arena != NULL)
        drop_pending(b);
    draft_abandon(b->draft);
    arena_free(b->pending_arena);
    arena_free(b->arena);
    free(b);
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
    b->arena = arena_new(ARENA_MAX);
    b->pending_arena = arena_new(ARENA_MAX);
    rc = b->arena == NULL || b->pending_arena == NULL ? build_no_memory(e) : countfile_open(&rows, e);
    if (rc == RC_OK)
        rc = collect_rows(b, rows, e);
    if (rc == RC_OK)
        rc = build_write_all(b, rows, e);
    countfile_close(rows);
    free_building(b);
    return rc;
}
