/*
 * A desk whose rooms are asked on both engines (both.h).  Mail goes into a file in any case, as at a host; where there is
 * a server, `db` is that, and has what is put there, or copied with desk_mirror.  Programs that include it want PQ_LIBS.
 */
#ifndef ASSAY_TESTS_STORE_DESK_BOTH_H
#define ASSAY_TESTS_STORE_DESK_BOTH_H

#include "../both.h"
#include "db/run.h"
#include "desk.h"
#include "inventory/dnstext.h"

static struct dnstext *desk_texts; /* of a server; a file's are the writer's */

static inline void desk_open_both(struct desk *d)
{
    struct err e = ERR_NONE;

    desk_open(d);
    if (both_server() == NULL)
        return;
    desk_texts = dnstext_new();
    assert_non_null(desk_texts);
    if (both_open(NULL, &d->db, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static inline void desk_close_both(struct desk *d)
{
    dnstext_free(desk_texts);
    desk_texts = NULL;
    desk_close(d);
}

/* What DNS said at a time: in the file with a message, on a server by itself. */
static inline void desk_see(struct desk *d, const struct dns_seen *seen, int64_t at_ms)
{
    static const unsigned char secret[SIPHASH_KEY_BYTES] = {1};
    struct record r = blank_record(at_ms, "Q");
    struct err e = ERR_NONE;

    if (both_server() == NULL) {
        desk_put_seen(d, &r, seen, 1);
        return;
    }
    if (db_begin(d->db, &e) != RC_OK || dnstext_note(desk_texts, d->db, secret, seen, at_ms, &e) != RC_OK ||
        db_commit(d->db, &e) != RC_OK)
        fail_msg("%s", e.text);
}

/* What is in memory is gone: a process that was killed, and begins anew. */
static inline void desk_begin_anew(struct desk *d)
{
    if (both_server() != NULL) {
        dnstext_free(desk_texts);
        desk_texts = dnstext_new();
        assert_non_null(desk_texts);
        return;
    }
    desk_crash(d);
    desk_reopen(d);
}

/*
 * Puts into `table (columns)` of the server what the file has: `select`, a constant, answers a row's values as one text,
 * which quote() of SQLite makes so that the server reads it as well.  Nothing without a server.
 */
static inline void desk_mirror(struct desk *d, const char *table, const char *columns, const char *select)
{
    enum { ROOM = 4 << 20 };
    struct strbuf sql = strbuf_new(d->arena, ROOM);
    struct err e = ERR_NONE;
    struct statement *s;
    bool row = true;
    size_t n = 0;

    if (both_server() == NULL)
        return;
    assert_non_null(sql.p);
    strbuf_putf(&sql, "DELETE FROM %s; INSERT INTO %s (%s) VALUES ", table, table, columns);
    assert_int_equal(db_statement(d->file, select, &s, &e), RC_OK);
    while (statement_next(s, &row, &e) == RC_OK && row) {
        strbuf_puts(&sql, n++ > 0 ? ", (" : "(");
        strbuf_put(&sql, statement_text(s, 0));
        strbuf_putc(&sql, ')');
    }
    assert_false(sql.over);
    if (n == 0) {
        sql.n = 0;
        strbuf_putf(&sql, "DELETE FROM %s", table);
    }
    if (db_run(d->db, sql.p, &e) != RC_OK)
        fail_msg("%s", e.text);
}

#endif
