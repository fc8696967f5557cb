#include "received/stream.h"

#include "db/run.h"

enum { STREAM_DAY_S = 86400 };

/* Empty as well when SQLite has no memory for it, which its next step tells. */
static const char *stream_text(const struct statement *s, int column)
{
    struct str text = statement_text(s, column);

    return text.p == NULL ? "" : text.p;
}

enum rc received_stream_days(struct db *d, const struct received_span *span, received_day_taker *each, void *arg,
                             struct err *e)
{
    static const char sql[] =
        "SELECT day, source, cause, reporter, disposition, trust, messages, passed, spf_only, dkim_only, quarantined,"
        " rejected, forwarded FROM day_in WHERE client = ?1 AND domain = ?2 AND day >= ?3 AND day < ?4 AND spread = 0"
        " AND trust <> 'unproven' ORDER BY day, source, cause, reporter, disposition, trust";
    struct statement *s;
    bool more = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(span->client)), DB_TEXT(str_of(span->domain)),
                          DB_INT(span->first_day), DB_INT(span->end_day)), &s, e);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &more, e)) == RC_OK && more) {
        struct received_sum row = {.client = span->client, .domain = span->domain, .day = statement_int(s, 0)};
        const char **text[] = {&row.source, &row.cause, &row.reporter, &row.disposition, &row.trust};
        int64_t *number[] = {&row.counts.messages,  &row.counts.passed,      &row.counts.spf_only,
                             &row.counts.dkim_only, &row.counts.quarantined, &row.counts.rejected,
                             &row.counts.forwarded};

        for (int i = 0; i < 5; i++)
            *text[i] = stream_text(s, 1 + i);
        for (int i = 0; i < 7; i++)
            *number[i] = statement_int(s, 6 + i);
        row.first_day = row.last_day = row.day;
        rc = each(arg, &row);
    }
    statement_reset(s);
    return rc;
}

enum rc received_stream_reports(struct db *d, const struct received_span *span, size_t max, received_seen_taker *each,
                                void *arg, struct err *e)
{
    static const char sql[] =
        "SELECT first_day, reporter, p, testing FROM report_in WHERE client = ?1 AND domain = ?2 AND begin_s >= ?3"
        " AND begin_s < ?4 AND superseded_by IS NULL AND trust <> 'unproven' ORDER BY begin_s DESC, id DESC LIMIT ?5";
    struct statement *s;
    bool more = true;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(span->client)), DB_TEXT(str_of(span->domain)),
                          DB_INT(span->first_day * STREAM_DAY_S), DB_INT(span->end_day * STREAM_DAY_S), DB_INT(max)),
                          &s, e);

    if (rc != RC_OK)
        return rc;
    while (rc == RC_OK && (rc = statement_next(s, &more, e)) == RC_OK && more) {
        struct received_seen seen = {statement_int(s, 0), stream_text(s, 1), stream_text(s, 2), stream_text(s, 3)};

        rc = each(arg, &seen);
    }
    statement_reset(s);
    return rc;
}
