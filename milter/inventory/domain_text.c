#include "inventory/domain_text.h"

#include "db/run.h"
#include "inventory/dnstext.h"

static enum rc note_one(struct db *d, const unsigned char secret[SIPHASH_KEY_BYTES], const struct domain_text *t,
                        int64_t now_ms, struct err *e)
{
    struct dnstext_row row = {.kind = str_of(t->kind), .name = str_of(t->name), .hash = dnstext_hash(secret, t->text),
                              .text = t->text, .ttl = t->ttl};
    bool known;
    enum rc rc = dnstext_see(d, &row, now_ms, &known, e);

    return rc != RC_OK || known ? rc : dnstext_add(d, &row, now_ms, e);
}

enum rc domain_text_note(struct db *d, const unsigned char secret[SIPHASH_KEY_BYTES], const struct domain_text *text,
                         size_t n, int64_t now_ms, struct err *e)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = note_one(d, secret, &text[i], now_ms, e);
    return rc;
}

/* A copy; STR_NONE without memory, which the arena remembers. */
static struct str domain_text_copied(struct arena *a, struct str text)
{
    const char *copy = str_dup(a, text);

    return copy == NULL ? STR_NONE : (struct str){copy, text.n};
}

enum rc domain_text_list(struct db *d, struct arena *a, const char *name, size_t max, struct domain_text **out,
                         size_t *n, struct err *e)
{
    static const char sql[] = "SELECT kind, text, ttl, first_seen_ms, last_seen_ms FROM dns_text WHERE name = ?1"
                              " ORDER BY last_seen_ms DESC, id DESC LIMIT ?2";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(name)), DB_INT((int64_t)max)), &s, e);

    *n = 0;
    *out = arena_array(a, max + 1, sizeof **out);
    while (rc == RC_OK && *out != NULL && (rc = statement_next(s, &row, e)) == RC_OK && row) {
        struct str kind = domain_text_copied(a, statement_text(s, 0)), text = domain_text_copied(a, statement_text(s,
                                                                                                                   1));

        (*out)[(*n)++] = (struct domain_text){kind.n == 0 ? "" : kind.p, name, text, (uint32_t)statement_int(s, 2),
                                              statement_int(s, 3), statement_int(s, 4)};
    }
    if (rc == RC_OK || *out == NULL)
        statement_reset(s);
    return rc == RC_OK && (*out == NULL || arena_ran_out(a)) ? err_set(e, RC_NOMEM, "no memory for texts of %s", name)
                                                             : rc;
}
