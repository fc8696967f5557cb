/* What the verbs that change records share: whose they are, texts, days, the database, the answer. */
#include <string.h>

#include "base/clock.h"
#include "base/database_url.h"
#include "base/log.h"
#include "db/dbfile.h"
#include "keeper/ask.h"
#include "records/schema.h"
#include "report/period.h"

enum { CHANGE_MS = 8000 /* that a server may take for one: the pages wait for ten seconds */ };

bool keeper_owns(const struct keeper_ask *q, const char *client)
{
    struct str rest = str_of(q->session.account.clients);

    if (rest.n == 0)
        return true;
    while (rest.n > 0) {
        struct str one = str_slice(rest, 0, str_find(rest, ','));

        if (one.n > 0 && str_eq(one, str_of(client)))
            return true;
        rest = str_slice(rest, one.n + 1, rest.n);
    }
    return false;
}

enum rc keeper_text(const struct keeper_ask *q, const char *field, const char *what, bool needed, size_t max,
                    const char **out, struct err *e)
{
    struct str s = str_trim(str_of(wire_get(q->w, field)));
    struct strbuf b = strbuf_new(q->a, s.n), clean = strbuf_new(q->a, 4 * max);

    *out = "";
    if (b.max < s.n || clean.max == 0)
        return err_set(e, RC_NOMEM, "out of memory");
    if (s.n == 0 && needed)
        return err_set(e, RC_BAD, "%s is missing.", what);
    for (size_t i = 0; i < s.n; i++)
        if (!char_is_fws(s.p[i]))
            strbuf_putc(&b, s.p[i]);
        else if (!char_is_fws(s.p[i - 1])) /* the first one is none: it was trimmed */
            strbuf_putc(&b, ' ');
    if (b.n > max)
        return err_set(e, RC_LIMIT, "%s has more than %zu bytes: shorten it.", what, max);
    strbuf_put_clean(&clean, strbuf_str(&b), max);
    if (!str_eq(strbuf_str(&clean), strbuf_str(&b)))
        return err_set(e, RC_BAD, "%s holds characters that cannot be seen: write it anew.", what);
    *out = b.p;
    return RC_OK;
}

enum rc keeper_day(const struct keeper_ask *q, const char *field, const char *what, int64_t *out, struct err *e)
{
    int64_t begin_s;

    if (!period_parse(str_trim(str_of(wire_get(q->w, field))), &begin_s))
        return err_set(e, RC_BAD, "%s is no day: write it as 2026-12-31.", what);
    *out = begin_s / PERIOD_DAY_S;
    return RC_OK;
}

enum rc keeper_records(const struct keeper_ask *q, struct db **out, struct err *e)
{
    const char *where = q->k->config->database;
    enum rc rc = database_url_is(str_of(where)) ? RC_OK : dbfile_readable(where, e); /* opening would make one */

    *out = NULL;
    if (rc == RC_OK)
        rc = db_open_write(where, &records_schema, true, out, e);
    if (rc == RC_OK && db_engine(*out) != DB_SQLITE)
        db_set_deadline(*out, clock_mono_ms() + CHANGE_MS);
    return rc;
}

/* What a server said, or why it cannot be asked, is for the log: it names the server, and who logs in. */
static bool change_is_of_server(const struct keeper_ask *q, const struct err *e)
{
    const char *where = q->k->config->database;

    return database_url_is(str_of(where)) && strncmp(e->text, where, strlen(where)) == 0;
}

void keeper_changed(struct keeper_ask *q, enum rc rc, const char *meanwhile, const char *what, const struct err *e)
{
    if (rc != RC_OK && change_is_of_server(q, e)) {
        log_write(LOG_LEVEL_ERROR, NULL, "%s: %s", q->w->verb, e->text);
        wire_no(q->answer, WIRE_BUSY, "The fleet's database is away, or takes too long. Look whether the change was "
                                      "made, and try again in a moment.");
    } else if (rc != RC_OK) {
        keeper_refuse(q, rc, e->text);
    } else if (meanwhile != NULL) {
        wire_no(q->answer, WIRE_CHANGED, meanwhile);
    } else {
        (void)pthread_mutex_lock(&q->k->lock);
        keeper_note(q, what);
        (void)pthread_mutex_unlock(&q->k->lock);
        wire_begin(q->answer, "ok");
    }
}
