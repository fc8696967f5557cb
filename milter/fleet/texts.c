#include "base/clock.h"
#include "db/run.h"
#include "fleet/internal.h"
#include "inventory/dnstext.h"

enum { TEXTS_MAX = 500 };

static enum rc texts_put(struct ship *s, const struct dnstext_copy *t, struct err *e)
{
    static const char sql[] = "SELECT dns_seen($1, $2, $3, $4, $5, $6, $7)";
    struct strbuf text = strbuf_new(s->a, 4 * DNSTEXT_TEXT_MAX), name = strbuf_new(s->a, 4 * 300);

    strbuf_put_clean(&text, t->text, 4 * DNSTEXT_TEXT_MAX); /* as published, which need not be UTF-8 */
    strbuf_put_clean(&name, t->name, 4 * 300);
    if (text.p == NULL || name.p == NULL)
        return err_set(e, RC_NOMEM, "no memory to ship DNS texts");
    return pg_run_with(s->pg, sql, DB_VALUES(DB_TEXT(strbuf_str(&name)), DB_TEXT(t->kind),
                       DB_INT(dnstext_hash(s->secret, t->text)), DB_TEXT(strbuf_str(&text)), DB_INT(t->ttl),
                       DB_INT(t->first_seen_ms), DB_INT(t->last_seen_ms)), e);
}

enum rc texts_ship(struct ship *s, bool *all, struct err *e)
{
    static const char move[] = "UPDATE store SET dns_mark = $2 WHERE store = $1";
    struct dnstext_copy *t;
    size_t n;
    int64_t mark = s->dns_mark;
    enum rc rc;

    arena_reset(s->a);
    rc = dnstext_changed(s->db, s->a, s->dns_mark, TEXTS_MAX, &t, &n, e);
    *all = n < TEXTS_MAX;
    if (rc != RC_OK || n == 0)
        return rc;
    rc = pg_begin(s->pg, e);
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct arena_mark scratch = arena_mark(s->a);

        rc = texts_put(s, &t[i], e);
        mark = t[i].changed > mark ? t[i].changed : mark;
        arena_rewind(s->a, scratch);
    }
    if (rc == RC_OK)
        rc = pg_run_with(s->pg, move, DB_VALUES(DB_INT(s->store), DB_INT(mark)), e);
    if (rc == RC_OK)
        rc = pg_commit(s->pg, e);
    if (rc == RC_OK)
        s->dns_mark = mark;
    return rc;
}
