#include "post/job.h"

#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "post/destination.h"
#include "post/failure_mail.h"
#include "post/parcel.h"
#include "post/verp.h"
#include "records/failures.h"

enum {
    ITEM_MEMORY = 128 << 20, /* for one report and its mails; a body takes four times its size */
    DAY_MS = 24 * 60 * 60 * 1000
};

/* One report. */
struct job {
    struct round *round;
    const struct dispatch *item;
    struct arena *a;
    struct dns_scope *dns;
    struct parcel parcel;
    struct destinations where;
    struct delivery *row;
    size_t rows;
    const char *why; /* the last reason not to have sent to an address */
};

static unsigned random_thousandths(void)
{
    return (unsigned)(random_bits() % 1000);
}

/* ---- what is told ---- */

static void job_tell(struct job *j, const char *address, const char *from, enum delivery_state state, const char *why)
{
    const struct post_settings *set = j->round->set;
    struct post_event event = {
        .item = j->item, .name = j->parcel.filename != NULL ? j->parcel.filename : j->parcel.id, .address = address,
        .from = from, .state = state, .why = why, .done = j->round->done, .total = j->round->out->reports,
    };

    if (set->tell != NULL)
        set->tell(set->arg, &event);
}

static void count_reason(struct post_counts *c, const char *why)
{
    struct strbuf b;
    size_t i = 0;

    if (why[0] == '\0')
        return;
    while (i < c->reasons && strncmp(c->reason[i].text, why, POST_REASON_SIZE - 1) != 0)
        i++;
    if (i == POST_REASONS_MAX)
        return;
    if (i == c->reasons) {
        b = strbuf_on(c->reason[i].text, POST_REASON_SIZE);
        strbuf_put(&b, str_slice(str_of(why), 0, POST_REASON_SIZE - 1));
        c->reasons++;
    }
    c->reason[i].n++;
}

/* ---- which addresses ---- */

static enum rc job_read_rows(struct job *j, struct err *e)
{
    return outbox_deliveries(j->round->set->db, j->a, j->item->kind, j->item->item, &j->row, &j->rows, e);
}

static struct delivery *find_row(struct job *j, const char *address)
{
    for (size_t i = 0; i < j->rows; i++)
        if (strcmp(j->row[i].address, address) == 0)
            return &j->row[i];
    return NULL;
}

static bool named_now(const struct job *j, const char *address)
{
    for (size_t i = 0; i < j->where.n; i++)
        if (j->where.item[i].state == DESTINATION_SEND && strcmp(j->where.item[i].address, address) == 0)
            return true;
    return false;
}

/* A row for what DNS names and the outbox does not know yet. */
static enum rc add_row(struct job *j, const struct destination *to, struct err *e)
{
    struct db *db = j->round->set->db;
    struct delivery row = {.kind = j->item->kind, .item = j->item->item, .state = DELIVERY_REFUSED,
                           .address = to->uri, .error = to->why, .message_id = "", .verp = ""};
    char key[VERP_KEY_SIZE + 1];
    enum rc rc;

    if (to->state != DESTINATION_SEND)
        return outbox_add(db, &row, e);
    rc = verp_key(key, e);
    if (rc != RC_OK)
        return rc;
    row.state = DELIVERY_WAITING;
    row.address = to->address;
    row.error = "";
    row.verp = key;
    row.message_id = parcel_message_id(j->a, &j->parcel, key, j->round->set->config);
    return outbox_add(db, &row, e);
}

/* Brings the outbox's rows up to what DNS says now. */
static enum rc update_rows(struct job *j, struct err *e)
{
    static const char gone[] = "the record does not name it any more";
    struct db *db = j->round->set->db;
    enum rc rc = job_read_rows(j, e);

    for (size_t i = 0; rc == RC_OK && i < j->where.n; i++) {
        const struct destination *to = &j->where.item[i];

        if (to->state != DESTINATION_LATER &&
            find_row(j, to->state == DESTINATION_SEND ? to->address : to->uri) == NULL)
            rc = add_row(j, to, e);
    }
    for (size_t i = 0; rc == RC_OK && i < j->rows && !j->where.open; i++)
        if (j->row[i].state == DELIVERY_WAITING && !named_now(j, j->row[i].address))
            rc = outbox_end(db, j->row[i].id, DELIVERY_REFUSED, clock_wall_ms(), gone, e);
    return rc == RC_OK ? job_read_rows(j, e) : rc;
}

/* ---- one address ---- */

static enum rc job_finish(struct job *j, const struct delivery *row, enum delivery_state state, const char *from,
                          const char *why, struct err *e)
{
    if (state != DELIVERY_SENT)
        j->why = str_dup(j->a, str_of(why));
    if (j->why == NULL)
        return err_set(e, RC_NOMEM, "no memory");
    job_tell(j, row->address, from, state, why);
    return outbox_end(j->round->set->db, row->id, state, clock_wall_ms(), why, e);
}

/* It bounced since it was added, perhaps about another report. */
static enum rc check_suppressed(struct job *j, const struct delivery *row, bool *suppressed, struct err *e)
{
    struct suppression found;
    struct err why = ERR_NONE;
    enum rc rc = outbox_suppressed(j->round->set->db, j->a, str_of(row->address), clock_wall_ms(), &found, e);

    *suppressed = rc == RC_OK;
    if (rc == RC_NOTFOUND)
        return RC_OK;
    if (rc != RC_OK)
        return rc;
    (void)err_set(&why, RC_OK, "mail to it bounced: %s", found.why);
    return job_finish(j, row, DELIVERY_SUPPRESSED, "", why.text, e);
}

/*
 * "sending" is on disk before the relay hears of it, "sent" right after its
 * answer: killed in between, the next round sends it again under the same
 * Message-ID and Report-ID, by which a receiver knows it.
 */
static enum rc job_send_one(struct job *j, const struct delivery *row, struct str mail, const char *from, struct err *e)
{
    struct round *round = j->round;
    struct err why = ERR_NONE;
    enum rc rc = outbox_begin(round->set->db, round->set->lock, row->id, clock_wall_ms(), e);

    if (rc != RC_OK)
        return rc;
    switch (submit_mail(round->submit, from, row->address, mail, &why)) {
    case SUBMIT_TAKEN:
        round->out->mails++;
        if (quota_count(round->quota, j->item, row->address))
            rc = outbox_mark_stranger(round->set->db, j->item, e);
        if (rc != RC_OK)
            return rc;
        return job_finish(j, row, DELIVERY_SENT, from, "", e);
    case SUBMIT_REFUSED:
        return job_finish(j, row, DELIVERY_FAILED, from, why.text, e);
    case SUBMIT_RELAY:
        round->out->relay_failed = true;
        return job_finish(j, row, DELIVERY_WAITING, from, why.text, e);
    case SUBMIT_LATER:
        return job_finish(j, row, DELIVERY_WAITING, from, why.text, e);
    }
    return RC_INTERNAL;
}

/* Neither a host nor an address is flooded (quota.h, RFC 9991 section 5.1), whoever asks for it. */
static enum rc check_sated(struct job *j, const struct delivery *row, bool *sated, struct err *e)
{
    const char *why;
    enum rc rc = quota_ask(j->round->quota, j->round->set->db, j->item, row->address, &why, e);

    *sated = rc == RC_OK && why != NULL;
    if (rc != RC_OK || *sated)
        return rc == RC_OK ? job_finish(j, row, DELIVERY_REFUSED, "", why, e) : rc;
    if (j->item->kind == OUTBOX_FAILURE)
        rc = failure_mail_sated(j->round->set->db, row->address, clock_wall_ms(), sated, e);
    return rc == RC_OK && *sated ? job_finish(j, row, DELIVERY_REFUSED, "", "it had its failure reports for a day",
                                              e) : rc;
}

static enum rc post_row(struct job *j, const struct delivery *row, struct err *e)
{
    const struct post_settings *set = j->round->set;
    const char *from = verp_address(j->a, set->config->report_sender, row->verp);
    struct err why = ERR_NONE;
    bool held = false;
    struct str mail;
    enum rc rc = check_suppressed(j, row, &held, e);

    if (rc == RC_OK && !held)
        rc = check_sated(j, row, &held, e);
    if (rc != RC_OK || held)
        return rc;
    if (from != NULL)
        rc = parcel_compose(j->a, &j->parcel, row, set->config, j->round->signer, clock_wall_ms(), &mail, &why);
    if (rc != RC_OK || from == NULL)
        return job_finish(j, row, DELIVERY_WAITING, "", why.text[0] == '\0' ? "no memory to compose it" : why.text, e);
    return job_send_one(j, row, mail, from, e);
}

static enum rc post_rows(struct job *j, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < j->rows && !j->round->out->relay_failed; i++)
        if (j->row[i].state == DELIVERY_WAITING && named_now(j, j->row[i].address))
            rc = post_row(j, &j->row[i], e);
    return rc == RC_OK ? job_read_rows(j, e) : rc;
}

/* ---- one report ---- */

static size_t count_rows(const struct job *j, enum delivery_state state)
{
    size_t n = 0;

    for (size_t i = 0; i < j->rows; i++)
        n += j->row[i].state == state;
    return n;
}

/* What the report as a whole has come to, once nothing of it waits. */
static enum delivery_state outcome(const struct job *j)
{
    static const enum delivery_state order[] = {DELIVERY_SENT, DELIVERY_FAILED, DELIVERY_SUPPRESSED};

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (count_rows(j, order[i]) > 0)
            return order[i];
    return DELIVERY_REFUSED;
}

static enum rc give_up_rows(struct job *j, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < j->rows; i++)
        if (j->row[i].state == DELIVERY_WAITING)
            rc = outbox_end(j->round->set->db, j->row[i].id, DELIVERY_FAILED, clock_wall_ms(), j->row[i].error, e);
    return rc == RC_OK ? job_read_rows(j, e) : rc;
}

/* Why it was not sent, or not everywhere. */
static const char *job_reason(const struct job *j)
{
    if (j->why[0] != '\0' || j->where.why[0] != '\0')
        return j->why[0] != '\0' ? j->why : j->where.why;
    for (size_t i = 0; i < j->where.n; i++)
        if (j->where.item[i].state != DESTINATION_SEND)
            return j->where.item[i].why;
    return "";
}

/* The record that would change that; "". */
static const char *job_mend(const struct job *j)
{
    if (j->why[0] != '\0' || j->where.why[0] != '\0')
        return j->why[0] != '\0' ? "" : j->where.mend;
    for (size_t i = 0; i < j->where.n; i++)
        if (j->where.item[i].state != DESTINATION_SEND)
            return j->where.item[i].mend;
    return "";
}

/* A reason with what would change it, for whoever reads of one report. */
static const char *with_mend(const struct job *j, const char *why, const char *mend_by)
{
    struct strbuf b = strbuf_new(j->a, strlen(why) + strlen(mend_by) + 2);

    strbuf_putf(&b, "%s%s%s", why, mend_by[0] == '\0' ? "" : "; ", mend_by);
    return b.over || b.max == 0 ? why : b.p;
}

static enum rc job_settle(struct job *j, struct err *e)
{
    const struct post_settings *set = j->round->set;
    int64_t now = clock_wall_ms();
    bool waits = j->where.open || count_rows(j, DELIVERY_WAITING) > 0 || count_rows(j, DELIVERY_SENDING) > 0;
    bool too_old = now - j->item->since_ms > (int64_t)set->config->report_retry_days * DAY_MS;
    const char *why = job_reason(j);
    enum delivery_state state = DELIVERY_WAITING;
    struct err text = ERR_NONE;
    enum rc rc = RC_OK;

    if (waits && too_old) {
        rc = give_up_rows(j, e);
        (void)err_set(&text, RC_OK, "given up after %u days: %s", set->config->report_retry_days, why);
        why = text.text;
        state = outcome(j) == DELIVERY_SENT ? DELIVERY_SENT : DELIVERY_FAILED;
    } else if (!waits) {
        state = outcome(j);
    }
    if (rc != RC_OK)
        return rc;
    j->round->out->state[state]++;
    if (state != DELIVERY_SENT)
        count_reason(j->round->out, why);
    why = with_mend(j, why, job_mend(j));
    if (j->rows == 0 || state == DELIVERY_REFUSED)
        job_tell(j, "", "", state, why);
    return outbox_settle(set->db, j->item, state, now + post_pause_ms(j->item->attempts + 1, random_thousandths()),
                         state == DELIVERY_SENT ? "" : why, e);
}

/* The report cannot be had: it was removed, or there is a reason not to send it at all. */
static enum rc job_drop(struct job *j, enum delivery_state state, const char *why, struct err *e)
{
    j->round->out->state[state]++;
    count_reason(j->round->out, why);
    job_tell(j, "", "", state, why);
    return j->round->set->dry_run ? RC_OK : outbox_settle(j->round->set->db, j->item, state, 0, why, e);
}

static enum rc open_parcel(struct job *j, struct err *e)
{
    const struct post_settings *set = j->round->set;

    if (j->item->kind == OUTBOX_FAILURE)
        return failure_mail_open(set->db, j->a, j->item->item, set->config, j->dns, &j->parcel, e);
    return parcel_aggregate(set->db, j->a, j->item->item, set->config, &j->parcel, e);
}

/* In a dry run: tells of one address; whether it would be sent to. */
static bool rehearse_address(struct job *j, const struct destination *to)
{
    const struct post_settings *set = j->round->set;
    const struct delivery *row = find_row(j, to->address);
    struct suppression dead;
    struct err why = ERR_NONE;
    const char *full = NULL;

    if (to->state != DESTINATION_SEND) {
        job_tell(j, to->uri, "", to->state == DESTINATION_LATER ? DELIVERY_WAITING : DELIVERY_REFUSED,
                 with_mend(j, to->why, to->mend));
    } else if (row != NULL && row->state != DELIVERY_WAITING && row->state != DELIVERY_SENDING) {
        job_tell(j, to->address, "", row->state, row->error);
    } else if (outbox_suppressed(set->db, j->a, str_of(to->address), clock_wall_ms(), &dead, &why) == RC_OK) {
        job_tell(j, to->address, "", DELIVERY_SUPPRESSED, dead.why);
    } else if (quota_ask(j->round->quota, set->db, j->item, to->address, &full, &why) == RC_OK && full != NULL) {
        job_tell(j, to->address, "", DELIVERY_REFUSED, full);
    } else {
        (void)quota_count(j->round->quota, j->item, to->address);
        job_tell(j, to->address, verp_address(j->a, set->config->report_sender, "KEY"), DELIVERY_SENDING, to->why);
        return true;
    }
    return false;
}

/* A dry run: as far as DNS and the outbox go. */
static enum rc rehearse(struct job *j, struct err *e)
{
    enum delivery_state state = j->where.open ? DELIVERY_WAITING : DELIVERY_REFUSED;
    enum rc rc = job_read_rows(j, e);

    for (size_t i = 0; rc == RC_OK && i < j->where.n; i++)
        if (rehearse_address(j, &j->where.item[i]))
            state = DELIVERY_SENT;
    j->round->out->state[state]++;
    if (state != DELIVERY_SENT)
        count_reason(j->round->out, job_reason(j));
    if (j->where.n == 0)
        job_tell(j, "", "", state, with_mend(j, j->where.why, j->where.mend));
    return rc;
}

static enum rc run_job(struct job *j, struct err *e)
{
    const struct post_settings *set = j->round->set;
    struct destination_question q = {.policy_domain = j->item->policy_domain,
                                     .failure = j->item->kind == OUTBOX_FAILURE, .config = set->config};
    struct err why = ERR_NONE;
    enum rc rc = RC_OK;

    if (q.failure && !set->dry_run)
        rc = failures_close(set->db, j->item->item, e);
    if (rc != RC_OK)
        return rc;
    rc = open_parcel(j, &why);
    if (rc == RC_NOTFOUND)
        return job_drop(j, DELIVERY_REFUSED, why.text, e);
    if (rc != RC_OK)
        return err_set(e, rc, "%s", why.text);
    rc = destinations_find(j->a, &q, j->dns, &j->where);
    if (rc != RC_OK)
        return err_set(e, rc, "no memory for the addresses of %s", j->item->policy_domain);
    if (set->dry_run)
        return rehearse(j, e);
    rc = update_rows(j, e);
    if (rc == RC_OK)
        rc = post_rows(j, e);
    return rc == RC_OK ? job_settle(j, e) : rc;
}

enum rc job_run(struct round *round, const struct dispatch *item, struct err *e)
{
    const struct post_settings *set = round->set;
    struct job j = {.round = round, .item = item, .why = "", .parcel.id = ""};
    enum rc rc;

    j.a = arena_new(ITEM_MEMORY);
    j.dns = dns_scope_new(set->dns, (int)set->config->dns_timeout * 1000);
    rc = j.a == NULL || j.dns == NULL ? err_set(e, RC_NOMEM, "no memory to send a report") : run_job(&j, e);
    dns_scope_free(j.dns);
    arena_free(j.a);
    round->done++;
    return rc;
}
