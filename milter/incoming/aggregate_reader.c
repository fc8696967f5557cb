#include "incoming/aggregate_reader.h"

#include <stdlib.h>
#include <string.h>

enum { UNKNOWN_MAX = 10000 }; /* elements nobody asked for */

/* ---- names ---- */

/* The parser gives one pointer for one name. */
static enum element element_at(struct aggregate_reader *r, const char *name)
{
    size_t i = (size_t)((uint64_t)(uintptr_t)name * UINT64_C(0x9e3779b97f4a7c15) >> 56) % AGGREGATE_NAME_SLOTS;

    if (r->slot[i].name != name) {
        r->slot[i].name = name;
        r->slot[i].element = element_of(str_of(name));
    }
    return r->slot[i].element;
}

static enum element parent(const struct aggregate_reader *r)
{
    return r->depth == 0 ? EL_UNKNOWN : r->open[r->depth - 1];
}

static void limit(struct aggregate_reader *r, const char *why)
{
    r->limited = true;
    xml_in_stop(r->xml, RC_LIMIT, why);
}

/* ---- the head ---- */

static const char *keep(struct aggregate_reader *r, struct arena *a, struct str text)
{
    const char *clean = words_clean(a, text, INCOMING_TEXT_MAX, &r->cleaned);

    if (clean == NULL) {
        r->no_memory = true;
        xml_in_stop(r->xml, RC_LIMIT, "its texts are longer than a report's");
    }
    return clean == NULL ? "" : clean;
}

static void note_twice(struct aggregate_reader *r, const char *field, struct str text)
{
    struct str other = str_slice(str_trim(text), 0, INCOMING_TEXT_MAX);

    r->head_twice += other.n > 0 && !str_eq_nocase(other, str_slice(str_of(field), 0, other.n));
}

static void aggregate_reader_first(struct aggregate_reader *r, const char **field, struct str text)
{
    if (*field == NULL || (*field)[0] == '\0')
        *field = keep(r, r->head_arena, text);
    else
        note_twice(r, *field, text);
}

static void aggregate_reader_lower(struct aggregate_reader *r, const char **field, struct str text)
{
    char *copy;

    if ((*field)[0] != '\0') {
        note_twice(r, *field, text);
        return;
    }
    copy = str_dup_lower(r->head_arena, str_of(keep(r, r->head_arena, text)));
    *field = copy == NULL ? "" : copy;
}

static void add_error(struct aggregate_reader *r, struct str text)
{
    const char *more = keep(r, r->head_arena, text);
    struct strbuf b;

    if (more[0] == '\0')
        return;
    b = strbuf_new(r->head_arena, INCOMING_TEXT_MAX);
    if (b.over)
        return;
    strbuf_puts(&b, r->head->errors);
    if (r->head->errors[0] != '\0')
        strbuf_puts(&b, "; ");
    strbuf_put(&b, str_slice(str_of(more), 0, b.max - b.n));
    r->head->errors = b.p;
}

static void metadata_text(struct aggregate_reader *r, enum element el, struct str text)
{
    struct incoming_aggregate *h = r->head;

    if (el == EL_ORG_NAME)
        aggregate_reader_first(r, &h->org_name, text);
    else if (el == EL_EMAIL)
        aggregate_reader_first(r, &h->email, text);
    else if (el == EL_EXTRA_CONTACT_INFO)
        aggregate_reader_first(r, &h->extra_contact_info, text);
    else if (el == EL_REPORT_ID)
        aggregate_reader_first(r, &h->report_id, text);
    else if (el == EL_GENERATOR)
        aggregate_reader_first(r, &h->generator, text);
    else if (el == EL_ERROR)
        add_error(r, text);
    else if (el == EL_BEGIN)
        aggregate_reader_first(r, &r->begin, text);
    else if (el == EL_END)
        aggregate_reader_first(r, &r->end, text);
}

static void policy_text(struct aggregate_reader *r, enum element el, struct str text)
{
    struct incoming_aggregate *h = r->head;

    if (el == EL_DOMAIN)
        aggregate_reader_first(r, &h->domain, text);
    else if (el == EL_P)
        aggregate_reader_lower(r, &h->p, text);
    else if (el == EL_SP)
        aggregate_reader_lower(r, &h->sp, text);
    else if (el == EL_NP)
        aggregate_reader_lower(r, &h->np, text);
    else if (el == EL_ADKIM)
        aggregate_reader_lower(r, &h->adkim, text);
    else if (el == EL_ASPF)
        aggregate_reader_lower(r, &h->aspf, text);
    else if (el == EL_FO)
        aggregate_reader_lower(r, &h->fo, text);
    else if (el == EL_TESTING)
        aggregate_reader_lower(r, &h->testing, text);
    else if (el == EL_PCT)
        aggregate_reader_lower(r, &h->pct, text);
    else if (el == EL_DISCOVERY_METHOD)
        aggregate_reader_lower(r, &h->discovery_method, text);
}

static void head_text(struct aggregate_reader *r, enum element el, struct str text)
{
    enum element in = parent(r);

    if (r->take != NULL)
        return;
    if (in == EL_REPORT_METADATA || in == EL_DATE_RANGE || (in == EL_FEEDBACK && el == EL_ERROR))
        metadata_text(r, el, text);
    else if (in == EL_POLICY_PUBLISHED && r->policies <= 1)
        policy_text(r, el, text);
    else if (in == EL_FEEDBACK && el == EL_VERSION)
        aggregate_reader_first(r, &r->head->version, text);
    else if (in == EL_FEEDBACK && el == EL_GENERATOR)
        aggregate_reader_first(r, &r->head->generator, text);
}

/* ---- records ---- */

static void refuse(struct aggregate_reader *r)
{
    const char *count = r->record.count;

    if (r->head->refused++ >= AGGREGATE_REFUSED_TOLD)
        return;
    if (count == NULL)
        notes_add(r->notes, "line %d: a record without count is not counted", xml_in_line(r->xml));
    else
        notes_add(r->notes, "line %d: count \"%s\" cannot be read; the record is not counted", xml_in_line(r->xml),
                  count);
}

/* A record has one row; which of the record's other elements a second would have is anybody's guess. */
static void refuse_row(struct aggregate_reader *r)
{
    if (r->take != NULL || r->head->refused++ >= AGGREGATE_REFUSED_TOLD)
        return;
    notes_add(r->notes, "line %d: another row in the same record, which is not counted", xml_in_line(r->xml));
}

static void count_row(struct aggregate_reader *r)
{
    const struct incoming_row *row = &r->record.row;
    struct incoming_aggregate *h = r->head;

    h->rows++;
    h->messages += row->count;
    h->cut += r->record.more > 0;
    r->twice += r->record.twice;
    r->no_address += (row->marks & INCOMING_ADDRESS_UNREADABLE) != 0;
    r->no_from += (row->marks & INCOMING_FROM_UNREADABLE) != 0;
    r->unreadable_results += (row->marks & INCOMING_RESULT_UNREADABLE) != 0;
    r->worked_out += (row->marks & (INCOMING_DKIM_WORKED_OUT | INCOMING_SPF_WORKED_OUT)) != 0;
    record_add_content(&r->record, h->content);
    if (h->messages > INCOMING_SUM_MAX)
        limit(r, "it counts more messages than any report should");
}

static void end_record(struct aggregate_reader *r)
{
    enum record_verdict verdict = record_finish(&r->record, r->row_arena, r->policy);

    r->in_record = false;
    if (verdict == RECORD_COUNTED && r->take != NULL) {
        if (!r->take(r->arg, &r->record.row)) {
            r->enough = true;
            xml_in_stop(r->xml, RC_NOTFOUND, "enough");
        }
    } else if (r->take == NULL) {
        if (verdict == RECORD_COUNTED)
            count_row(r);
        else if (verdict == RECORD_REFUSED)
            refuse(r);
        else
            r->zero++;
    }
}

_Static_assert(INCOMING_ROWS_MAX == 1000000, "it is said here");
#define TOO_MANY_ROWS "it has more than 1000000 records, and of one report no more are read"

static void begin_record(struct aggregate_reader *r)
{
    r->in_record = true;
    r->rows_here = 0;
    arena_reset(r->row_arena);
    record_begin(&r->record);
    if (++r->all_rows > INCOMING_ROWS_MAX)
        limit(r, TOO_MANY_ROWS);
}

/* Whether an element in a record is one that may hold others there. */
static bool expected(enum element el, enum element in)
{
    switch (el) {
    case EL_ROW:
    case EL_IDENTIFIERS:
    case EL_IDENTITIES:
    case EL_AUTH_RESULTS:
        return in == EL_RECORD;
    case EL_POLICY_EVALUATED:
        return in == EL_ROW || in == EL_RECORD;
    case EL_REASON:
        return in == EL_POLICY_EVALUATED;
    default:
        return element_is_leaf(el, in) || in == EL_AUTH_RESULTS;
    }
}

static void open_in_record(struct aggregate_reader *r, enum element el)
{
    enum element in = parent(r);

    if (el == EL_ROW && in == EL_RECORD && r->rows_here++ > 0) {
        refuse_row(r);
        r->passed_over = r->depth + 1;
        return;
    }
    if (!expected(el, in)) {
        r->passed_over = r->depth + 1;
        return;
    }
    if ((in == EL_AUTH_RESULTS && (el == EL_DKIM || el == EL_SPF)) || el == EL_REASON)
        record_open(&r->record, el);
}

/* ---- the parser's events ---- */

static void on_open(void *arg, const char *name, const char *name_space)
{
    struct aggregate_reader *r = arg;
    enum element el = element_at(r, name);

    if (el == EL_UNKNOWN && ++r->unknown > UNKNOWN_MAX)
        limit(r, "it has more elements that no report has than can be passed over");
    if (r->depth == 0 && el != EL_FEEDBACK)
        xml_in_stop(r->xml, RC_BAD, "its root element is not \"feedback\"");
    if (r->depth == 0 && r->take == NULL)
        r->head->format = strcmp(name_space, "urn:ietf:params:xml:ns:dmarc-2.0") == 0 ? "rfc9990" : "rfc7489";
    if (r->passed_over == 0) {
        if (r->in_record)
            open_in_record(r, el);
        else if (el == EL_RECORD)
            begin_record(r);
        else if (el == EL_POLICY_PUBLISHED && (r->head->domain[0] != '\0' || r->head->p[0] != '\0'))
            r->policies = 2; /* the first that says something counts, whole */
    }
    r->open[r->depth++] = el;
}

static void close_in_record(struct aggregate_reader *r, enum element el, struct str text)
{
    enum element in = parent(r);

    if (el == EL_RECORD && in != EL_ROW) {
        end_record(r);
        return;
    }
    if ((in == EL_AUTH_RESULTS && (el == EL_DKIM || el == EL_SPF)) || el == EL_REASON)
        record_close(&r->record, el, keep(r, r->row_arena, text));
    else if (element_is_leaf(el, in))
        record_text(&r->record, in, el, keep(r, r->row_arena, text));
}

static void on_close(void *arg, const char *name, struct str text)
{
    struct aggregate_reader *r = arg;
    enum element el = element_at(r, name);

    r->depth--;
    if (r->passed_over > 0) {
        if (r->depth + 1 == r->passed_over)
            r->passed_over = 0;
    } else if (r->in_record) {
        close_in_record(r, el, text);
    } else {
        head_text(r, el, text);
    }
}

const struct xml_handler aggregate_handler = {on_open, on_close, NULL};
