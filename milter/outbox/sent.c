/* What was sent lately, and about whom. */
#include <string.h>

#include "db/run.h"

#include "outbox/outbox.h"

/* Four hours: as messages are indexed (records/schema.h). */
#define PART_S 14400

static enum rc sent_of_kind(struct db *d, enum outbox_kind kind, int64_t since_ms, int64_t until_ms,
                            void (*each)(void *arg, const struct outbox_sent *sent), void *arg, struct err *e)
{
    static const char sql[] =
        "SELECT v.address, p.policy_domain, p.stranger FROM delivery v JOIN dispatch p ON p.kind = v.kind AND"
        " p.item = v.item WHERE v.state = 'sent' AND v.kind = ?1 AND v.sent_ms > ?2 AND v.sent_ms <= ?3";
    struct statement *s;
    bool row = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(enum_name(&outbox_kind_names, (int)kind))), DB_INT(since_ms),
                          DB_INT(until_ms)), &s, e);

    if (rc != RC_OK)
        return rc;
    while ((rc = statement_next(s, &row, e)) == RC_OK && row) {
        char address[512], domain[300];
        struct strbuf to = STRBUF_ON(address), about = STRBUF_ON(domain);

        strbuf_put(&to, statement_text(s, 0));
        strbuf_put(&about, statement_text(s, 1));
        each(arg, &(struct outbox_sent){kind, address, domain, statement_int(s, 2) != 0});
    }
    statement_reset(s);
    return rc;
}

enum rc outbox_each_sent(struct db *d, int64_t since_ms, int64_t until_ms,
                         void (*each)(void *arg, const struct outbox_sent *sent), void *arg, struct err *e)
{
    enum rc rc = sent_of_kind(d, OUTBOX_AGGREGATE, since_ms, until_ms, each, arg, e);

    return rc == RC_OK ? sent_of_kind(d, OUTBOX_FAILURE, since_ms, until_ms, each, arg, e) : rc;
}

/* Whether anything of the policy domain passed in the report's own day. */
static enum rc passed_that_day(struct db *d, const struct dispatch *item, bool *known, struct err *e)
{
    static const char sql[] =
        "WITH RECURSIVE r AS (SELECT begin_s, end_s FROM report WHERE id = ?2),"
        " parts (part) AS (SELECT begin_s / ?3 FROM r UNION ALL SELECT part + 1 FROM parts, r"
        " WHERE part < r.end_s / ?3 AND part < r.begin_s / ?3 + 7)"
        " SELECT 1 FROM message WHERE time_ms / 14400000 IN (SELECT part FROM parts)"
        " AND policy_domain = ?1 AND dmarc = 'pass' LIMIT 1";
    static const char in_centre[] = /* whose messages are kept by days */
        "SELECT 1 FROM report AS r JOIN message AS m ON m.day >= (to_timestamp(r.begin_s) AT TIME ZONE 'UTC')::date"
        " AND m.day <= (to_timestamp(r.end_s) AT TIME ZONE 'UTC')::date AND m.time_ms / (1000 * ?3) >= r.begin_s / ?3"
        " WHERE r.id = ?2 AND m.policy_domain = ?1 AND m.dmarc = 'pass' LIMIT 1";
    struct statement *s;
    enum rc rc = db_query(d, db_engine(d) == DB_POSTGRESQL ? in_centre : sql,
                          DB_VALUES(DB_TEXT(str_of(item->policy_domain)), DB_INT(item->item), DB_INT(PART_S)), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, known, e);
    statement_reset(s);
    return rc;
}

enum rc outbox_domain_is_known(struct db *d, const struct dispatch *item, bool *known, struct err *e)
{
    static const char sql[] = "SELECT 1 WHERE EXISTS (SELECT 1 FROM correspondent WHERE domain = ?1)"
                              " OR EXISTS (SELECT 1 FROM source WHERE domain = ?1)";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(item->policy_domain))), &s, e);

    *known = false;
    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, known, e);
    statement_reset(s);
    return rc == RC_OK && !*known ? passed_that_day(d, item, known, e) : rc;
}

enum rc outbox_mark_stranger(struct db *d, const struct dispatch *item, struct err *e)
{
    return db_run_with(d, "UPDATE dispatch SET stranger = 1 WHERE kind = ?1 AND item = ?2",
                       DB_VALUES(DB_TEXT(str_of(enum_name(&outbox_kind_names, (int)item->kind))), DB_INT(item->item)),
                       e);
}
