#include "post/alert_ways.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "net/hook.h"
#include "post/alert_shape.h"
#include "post/program.h"

enum { WAYS_BATCH = 5000, WAYS_ID_MAX = 60 };

struct ways {
    struct db *db;
    struct arena *a;
    const struct config *c;
    enum episode_way way;
    enum alert_format format;
    struct hook *hook;         /* of EPISODE_POST */
    struct alert_counts *out;
};

static const char *ways_option(const struct ways *w)
{
    return w->way == EPISODE_POST ? "AlertURL" : "AlertCommand";
}

/* ---- one document ---- */

static enum hook_outcome ways_hand_over(struct ways *w, const char *id, struct str document, struct str *answer,
                                        struct err *e)
{
    *answer = STR_NONE;
    if (w->way == EPISODE_POST)
        return hook_send(w->hook, w->a, id, document, clock_wall_ms() / 1000, answer, e);
    return program_give(w->c->alert_command, document, e) == RC_OK ? HOOK_TAKEN : HOOK_LATER;
}

/* It is the ticket of the episode, unless a person gave it another. */
static enum rc ways_ticket(struct ways *w, const struct episode_notice *notice, size_t n, struct str answer,
                           struct err *e)
{
    const char *ticket = alert_shape_ticket(w->a, w->format, answer);

    if (ticket == NULL)
        return err_set(e, RC_NOMEM, "no memory for a ticket");
    if (w->way != EPISODE_POST || n != 1 || ticket[0] == '\0' || notice[0].episode.ticket[0] != '\0')
        return RC_OK;
    return episodes_ticket(w->db, notice[0].episode.id, "assay", ticket, clock_wall_ms(), e);
}

/* Begun, handed over, told.  *go_on: whether another may follow. */
static enum rc ways_give(struct ways *w, const struct episode_notice *notice, size_t n, const char *id, bool *go_on,
                         struct err *e)
{
    const struct alert_document doc = {.format = w->format,
                                       .queue = w->c->alert_queue,
                                       .requester = w->c->alert_to[0] != '\0' ? w->c->alert_to : w->c->report_email,
                                       .id = id,
                                       .notice = notice,
                                       .n = n};
    struct err why = ERR_NONE;
    struct str document, answer;
    enum hook_outcome outcome;
    enum rc rc = episodes_begin(w->db, w->way, notice, n, id, e);

    *go_on = false;
    if (rc == RC_OK && alert_shape(w->a, &doc, &document) != RC_OK)
        rc = err_set(e, RC_NOMEM, "no memory for an alert");
    if (rc != RC_OK)
        return rc;
    outcome = ways_hand_over(w, id, document, &answer, &why);
    if (outcome != HOOK_TAKEN)
        log_write(LOG_LEVEL_ERROR, NULL, "%s: %s; %s", ways_option(w), why.text,
                  outcome == HOOK_LATER ? "tried again in the next round" : "it is not tried again");
    if (outcome == HOOK_LATER) {
        w->out->why = why;
        w->out->where = ways_option(w);
        w->out->waiting += (int64_t)n;
        return RC_OK;
    }
    *go_on = true;
    w->out->documents += outcome == HOOK_TAKEN;
    for (size_t i = 0; rc == RC_OK && outcome == HOOK_REFUSED && i < n; i++)
        rc = episodes_note(w->db, notice[i].episode.id, "assay", why.text, clock_wall_ms(), e);
    if (rc == RC_OK && outcome == HOOK_TAKEN)
        rc = ways_ticket(w, notice, n, answer, e);
    return rc == RC_OK ? episodes_told(w->db, w->way, notice, n, id, e) : rc;
}

/* ---- all of them ---- */

/* NULL without memory. */
static const char *ways_new_id(struct ways *w)
{
    struct strbuf b = strbuf_new(w->a, WAYS_ID_MAX);

    strbuf_putf(&b, "assay-%016" PRIx64, random_bits());
    return b.over ? NULL : b.p;
}

/* Sets aside what no document is made of; the rest moves to the front. */
static enum rc ways_sort_out(struct ways *w, struct episode_notice *notice, size_t *n, struct err *e)
{
    size_t wanted = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < *n; i++) {
        if (alert_shape_wants(w->format, notice[i].kind))
            notice[wanted++] = notice[i];
        else
            rc = episodes_told(w->db, w->way, &notice[i], 1, "none", e);
    }
    *n = wanted;
    return rc;
}

/* What was begun is finished first; then a document for each notice, or one for all when there are many. */
static enum rc ways_some(struct ways *w, bool *go_on, struct err *e)
{
    struct episode_notice *notice;
    const char *begun;
    size_t n = 0, at_once;
    enum rc rc = episodes_begun(w->db, w->a, w->way, &begun, e);

    *go_on = false;
    if (rc == RC_OK)
        rc = episodes_untold(w->db, w->a, w->way, WAYS_BATCH, &notice, &n, e);
    if (rc == RC_OK && begun[0] != '\0' && n > 0)
        return ways_give(w, notice, n, begun, go_on, e);
    if (rc == RC_OK)
        rc = ways_sort_out(w, notice, &n, e);
    if (rc != RC_OK || n == 0)
        return rc;
    at_once = n > ALERT_SINGLE_MAX ? n : 1;
    *go_on = true;
    for (size_t i = 0; rc == RC_OK && *go_on && i < n; i += at_once) {
        const char *id = ways_new_id(w);

        rc = id == NULL ? err_set(e, RC_NOMEM, "no memory for an alert")
                        : ways_give(w, notice + i, at_once, id, go_on, e);
    }
    return rc;
}

enum rc alert_ways_skip(struct db *d, struct arena *a, enum episode_way way, struct err *e)
{
    struct episode_notice *notice;
    size_t n = WAYS_BATCH;
    enum rc rc = RC_OK;

    while (rc == RC_OK && n == WAYS_BATCH) {
        rc = episodes_untold(d, a, way, WAYS_BATCH, &notice, &n, e);
        if (rc == RC_OK && n > 0)
            rc = episodes_told(d, way, notice, n, "none", e);
    }
    return rc;
}

static enum rc ways_all(struct ways *w, struct err *e)
{
    bool go_on = true;
    enum rc rc = RC_OK;

    while (rc == RC_OK && go_on)
        rc = ways_some(w, &go_on, e);
    return rc;
}

/* ---- the web address ---- */

/* A file's text; the first line of it when `line`.  Empty where no file is set. */
static enum rc ways_secret(const char *option, const char *file, struct secret **out, struct str *text, struct err *e)
{
    struct err why = ERR_NONE;
    enum rc rc = RC_OK;

    *out = NULL;
    *text = STR_NONE;
    if (file[0] == '\0')
        return RC_OK;
    rc = secret_read(file, out, &why);
    if (rc != RC_OK)
        return err_set(e, RC_BAD, "%s: %s", option, why.text);
    *text = str_of(secret_text(*out));
    *text = str_trim(str_slice(*text, 0, str_find(*text, '\n')));
    return RC_OK;
}

static enum rc ways_post(struct ways *w, struct err *e)
{
    struct hook_settings settings = {.url = w->c->alert_url, .ca_file = w->c->report_ca_file};
    struct secret *key = NULL, *auth = NULL;
    struct err why = ERR_NONE;
    enum rc rc = ways_secret("AlertKey", w->c->alert_key, &key, &settings.key, e);

    if (rc == RC_OK)
        rc = ways_secret("AlertAuth", w->c->alert_auth, &auth, &settings.authorization, e);
    if (rc == RC_OK) {
        rc = hook_open(&settings, &w->hook, &why);
        if (rc != RC_OK)
            (void)err_set(e, rc, "AlertURL: %s", why.text);
    }
    secret_free(key);
    secret_free(auth);
    if (rc == RC_OK)
        rc = ways_all(w, e);
    hook_close(w->hook);
    return rc;
}

enum rc alert_ways_tell(struct db *d, struct arena *a, const struct config *c, struct alert_counts *out,
                        struct err *e)
{
    struct ways post = {.db = d, .a = a, .c = c, .out = out, .way = EPISODE_POST,
                        .format = (enum alert_format)c->alert_format};
    struct ways run = {.db = d, .a = a, .c = c, .out = out, .way = EPISODE_RUN, .format = ALERT_FORMAT_JSON};
    struct err other = ERR_NONE;
    enum rc rc = c->alert_url[0] == '\0' ? alert_ways_skip(d, a, EPISODE_POST, e) : ways_post(&post, e);
    enum rc second = c->alert_command[0] == '\0' ? alert_ways_skip(d, a, EPISODE_RUN, &other) : ways_all(&run, &other);

    if (rc == RC_OK && second != RC_OK) {
        *e = other;
        rc = second;
    }
    return rc;
}
