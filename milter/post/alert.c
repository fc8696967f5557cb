#include "post/alert.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "post/alert_ways.h"
#include "post/alert_words.h"
#include "post/mime.h"
#include "post/relay.h"
#include "report/build.h"
#include "watch/watch.h"

enum {
    ALERT_BATCH = 5000,
    ALERT_LINE_MAX = 1400,
    ALERT_SUBJECT_MAX = 160,
    ALERT_ID_MAX = 200
};

/* ---- the log ---- */

static void alert_log(const struct episode_notice *p)
{
    char mem[ALERT_LINE_MAX];
    struct strbuf b = STRBUF_ON(mem);

    alert_line(p, &b);
    log_write(p->kind >= EPISODE_ENDED ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, NULL, "%s", mem);
}

static enum rc alert_log_all(struct db *d, struct arena *a, struct alert_counts *out, struct err *e)
{
    struct episode_notice *notice;
    size_t n;
    enum rc rc = episodes_untold(d, a, EPISODE_LOG, ALERT_BATCH, &notice, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        alert_log(&notice[i]);
    if (rc == RC_OK && n > 0)
        rc = episodes_told(d, EPISODE_LOG, notice, n, "", e);
    out->logged = (int64_t)n;
    return rc;
}

/* ---- the mail ---- */

struct alert_mail {
    struct db *db;
    struct arena *a;
    const struct config *c;
    struct submit *submit;
    struct dkim_signer *signer;
    struct alert_counts *out;
};

static enum rc alert_compose(struct alert_mail *m, const struct episode_notice *notice, size_t n, const char *id,
                             struct str *out, struct err *e)
{
    char subject_mem[ALERT_SUBJECT_MAX], boundary[40];
    struct strbuf subject = STRBUF_ON(subject_mem);
    struct mime_mail mail = {.from_name = "Assay",
                             .from = m->c->report_email,
                             .to = m->c->alert_to,
                             .subject = subject_mem,
                             .message_id = id,
                             .boundary = boundary,
                             .date_s = clock_wall_ms() / 1000,
                             .text = alert_text(m->a, notice, n)};
    struct str plain;
    enum rc rc;

    alert_subject(notice, n, &subject);
    (void)snprintf(boundary, sizeof boundary, "%016" PRIx64, random_bits());
    rc = mail.text == NULL ? err_set(e, RC_NOMEM, "no memory for an alert") : mime_text(m->a, &mail, &plain, e);
    if (rc == RC_OK && m->signer != NULL)
        return dkim_signer_sign(m->signer, m->a, plain, out, e);
    *out = plain;
    return rc;
}

/* One mail: begun, sent, told.  *go_on: whether another may follow. */
static enum rc alert_send(struct alert_mail *m, const struct episode_notice *notice, size_t n, const char *id,
                          bool *go_on, struct err *e)
{
    struct err why = ERR_NONE;
    struct str message;
    enum submit_outcome outcome;
    enum rc rc = episodes_begin(m->db, EPISODE_MAIL, notice, n, id, e);

    *go_on = false;
    if (rc == RC_OK)
        rc = alert_compose(m, notice, n, id, &message, e);
    if (rc != RC_OK)
        return rc;
    outcome = submit_mail(m->submit, m->c->report_email, m->c->alert_to, message, &why);
    if (outcome != SUBMIT_TAKEN) {
        log_write(LOG_LEVEL_ERROR, NULL, "AlertTo %s: %s; tried again in the next round", m->c->alert_to, why.text);
        m->out->why = why;
        m->out->where = "AlertTo";
        m->out->waiting += (int64_t)n;
        return RC_OK;
    }
    m->out->mails++;
    *go_on = true;
    return episodes_told(m->db, EPISODE_MAIL, notice, n, id, e);
}

/* NULL without memory. */
static const char *alert_new_id(struct alert_mail *m)
{
    struct strbuf b = strbuf_new(m->a, ALERT_ID_MAX);

    strbuf_putf(&b, "alert.%016" PRIx64 "@%s", random_bits(), build_receiver(m->c));
    return b.over ? NULL : b.p;
}

/* ---- the digest ---- */

/* The day of local time, or the week that begins on Monday, as a number. */
static int64_t alert_period(int64_t time_ms, bool week)
{
    time_t t = (time_t)(time_ms / 1000);
    struct tm tm;
    int64_t day;

    if (localtime_r(&t, &tm) == NULL)
        return 0;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    day = (int64_t)timegm(&tm) / 86400;
    return week ? (day + 3) / 7 : day; /* 1970-01-01 was a Thursday */
}

/* Whether what is not urgent goes out now. */
static enum rc alert_digest_is_due(const struct alert_mail *m, bool *due, struct err *e)
{
    bool week = m->c->alert_digest == ALERT_DIGEST_WEEKLY;
    int64_t last_ms = 0;
    enum rc rc = RC_OK;

    if (m->c->alert_digest != ALERT_DIGEST_NO)
        rc = episodes_way_last(m->db, "digest", &last_ms, e);
    *due = m->c->alert_digest == ALERT_DIGEST_NO ||
           alert_period(clock_wall_ms(), week) != alert_period(last_ms, week);
    return rc;
}

/* Puts what is urgent to the front; *n is how many these are, the others stand behind them. */
static void alert_urgent_first(struct episode_notice *notice, size_t all, size_t *n)
{
    *n = 0;
    for (size_t i = 0; i < all; i++)
        if (notice[i].episode.band >= WATCH_ESCALATE && notice[i].kind < EPISODE_ENDED) {
            struct episode_notice urgent = notice[i];

            memmove(&notice[*n + 1], &notice[*n], (i - *n) * sizeof *notice);
            notice[(*n)++] = urgent;
        }
}

/* ---- all of it ---- */

/* A mail for each, or one for all when there are many. */
static enum rc alert_mail_each(struct alert_mail *m, const struct episode_notice *notice, size_t n, size_t at_once,
                               bool *go_on, struct err *e)
{
    enum rc rc = RC_OK;

    *go_on = true;
    for (size_t i = 0; rc == RC_OK && *go_on && i < n; i += at_once) {
        const char *id = alert_new_id(m);

        rc = id == NULL ? err_set(e, RC_NOMEM, "no memory for an alert")
                        : alert_send(m, notice + i, n - i < at_once ? n - i : at_once, id, go_on, e);
    }
    return rc;
}

static enum rc alert_mail_digest(struct alert_mail *m, struct episode_notice *notice, size_t all, bool *go_on,
                                 struct err *e)
{
    size_t urgent;
    bool due;
    enum rc rc = alert_digest_is_due(m, &due, e);

    alert_urgent_first(notice, all, &urgent);
    if (rc == RC_OK)
        rc = alert_mail_each(m, notice, urgent, urgent > ALERT_SINGLE_MAX ? urgent : 1, go_on, e);
    if (rc == RC_OK && due && *go_on && all > urgent)
        rc = alert_mail_each(m, notice + urgent, all - urgent, all - urgent, go_on, e);
    if (rc == RC_OK && due && *go_on)
        rc = episodes_way_note(m->db, "digest", clock_wall_ms(), e);
    *go_on = false; /* what is left waits for its day */
    return rc;
}

/* A mail that was begun is finished first. */
static enum rc alert_mail_some(struct alert_mail *m, bool *go_on, struct err *e)
{
    struct episode_notice *notice;
    const char *begun;
    size_t n = 0;
    enum rc rc = episodes_begun(m->db, m->a, EPISODE_MAIL, &begun, e);

    *go_on = false;
    if (rc == RC_OK)
        rc = episodes_untold(m->db, m->a, EPISODE_MAIL, ALERT_BATCH, &notice, &n, e);
    if (rc == RC_OK && begun[0] != '\0' && n > 0)
        return alert_send(m, notice, n, begun, go_on, e);
    if (rc == RC_OK && m->c->alert_digest != ALERT_DIGEST_NO)
        return alert_mail_digest(m, notice, n, go_on, e);
    if (rc != RC_OK || n == 0)
        return rc;
    return alert_mail_each(m, notice, n, n > ALERT_SINGLE_MAX ? n : 1, go_on, e);
}

static enum rc alert_mail_all(struct db *d, struct arena *a, const struct config *c, struct alert_counts *out,
                              struct err *e)
{
    struct alert_mail m = {.db = d, .a = a, .c = c, .out = out};
    bool go_on = true;
    enum rc rc = relay_signer(c, &m.signer, e);

    mime_init();
    if (rc == RC_OK)
        rc = relay_open(c, &m.submit, e);
    while (rc == RC_OK && go_on)
        rc = alert_mail_some(&m, &go_on, e);
    submit_close(m.submit);
    dkim_signer_free(m.signer);
    return rc;
}

static enum rc alert_mail_told(struct db *d, struct arena *a, const struct config *c, struct alert_counts *out,
                               struct err *e)
{
    if (c->alert_to[0] == '\0')
        return alert_ways_skip(d, a, EPISODE_MAIL, e);
    if (c->report_email[0] == '\0')
        return err_set(e, RC_BAD, "AlertTo is set and ReportEmail is not; alerts need an address to come from");
    return alert_mail_all(d, a, c, out, e);
}

/* A way that is blocked holds up none of the others. */
enum rc alert_tell(struct db *d, struct arena *a, const struct config *c, struct alert_counts *out, struct err *e)
{
    struct err other = ERR_NONE;
    enum rc rc, ways;

    *out = (struct alert_counts){.why = ERR_NONE, .where = ""};
    rc = alert_log_all(d, a, out, e);
    if (rc != RC_OK)
        return rc;
    rc = alert_mail_told(d, a, c, out, e);
    ways = alert_ways_tell(d, a, c, out, &other);
    if (rc == RC_OK && ways != RC_OK) {
        *e = other;
        rc = ways;
    }
    return rc;
}
