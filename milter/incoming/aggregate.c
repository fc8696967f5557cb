#include "incoming/aggregate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "incoming/aggregate_reader.h"
#include "incoming/repair.h"

enum { ROW_MEMORY = 2 << 20 };
#define EARLIEST 1325376000 /* 2012-01-01: there were no reports before */

/* ---- one reading ---- */

static void blank_head(struct incoming_aggregate *h)
{
    *h = (struct incoming_aggregate){.version = ""};
    h->format = "rfc7489";
    h->org_name = h->email = h->extra_contact_info = h->generator = h->report_id = h->errors = h->domain = "";
    h->p = h->sp = h->np = h->adkim = h->aspf = h->fo = h->testing = h->pct = h->discovery_method = "";
}

static enum rc xml_push(void *arg, struct str bytes, struct err *e)
{
    return xml_in_push(arg, bytes, e);
}

/* document → charset → parser; `*broken` says that the XML ended early or was wrong. */
static enum rc strictly(const struct document *doc, struct aggregate_reader *r, struct err *e)
{
    struct charset_in c;
    enum rc rc = xml_in_open(&aggregate_handler, r, NULL, &r->xml, e);

    if (rc != RC_OK)
        return rc;
    charset_open(&c, &doc->charset, false, xml_push, r->xml);
    rc = doc->run(doc->arg, charset_push, &c, e);
    if (rc == RC_OK)
        rc = charset_close(&c, e);
    if (rc == RC_OK)
        return xml_in_close(r->xml, e);
    xml_in_abandon(r->xml);
    return rc;
}

/* document → charset → repair → parser. */
static enum rc leniently(const struct document *doc, struct aggregate_reader *r, size_t root, struct repair *repair,
                         struct charset_in *c, struct err *e)
{
    enum rc rc = xml_in_open(&aggregate_handler, r, NULL, &r->xml, e);

    if (rc != RC_OK)
        return rc;
    repair_open(repair, root, xml_push, r->xml);
    charset_open(c, &doc->charset, true, repair_push, repair);
    rc = doc->run(doc->arg, charset_push, c, e);
    if (rc == RC_OK)
        rc = charset_close(c, e);
    if (rc == RC_OK)
        rc = repair_close(repair, e);
    if (rc == RC_OK && repair->whole)
        return xml_in_close(r->xml, e);
    xml_in_abandon(r->xml);
    return rc;
}

static struct aggregate_reader *reader_new(struct arena *a, struct aggregate *out)
{
    struct aggregate_reader *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    r->head_arena = a;
    r->row_arena = arena_new(ROW_MEMORY);
    r->head = &out->head;
    r->policy = &out->head;
    r->notes = &out->notes;
    if (r->row_arena != NULL)
        return r;
    free(r);
    return NULL;
}

static void reader_free(struct aggregate_reader *r)
{
    if (r == NULL)
        return;
    arena_free(r->row_arena);
    free(r);
}

static enum rc no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory to read a report");
}

/* ---- what the head comes to ---- */

static void aggregate_fail(struct aggregate *out, enum incoming_outcome outcome, const char *why)
{
    struct strbuf b = STRBUF_ON(out->reason);

    out->outcome = outcome;
    strbuf_puts(&b, why);
}

static bool period_is_sane(int64_t begin, int64_t end, int64_t arrival)
{
    return begin >= EARLIEST && end >= EARLIEST && begin <= arrival + 86400 && end <= arrival + 86400;
}

static bool read_time(const char *text, int64_t *out)
{
    return words_time(str_of(text), out) || words_mail_date(str_of(text), out);
}

/* begin and end: as they are, else what the file's name says; never 0. */
static void aggregate_settle_period(const struct document *doc, struct aggregate_reader *r, struct aggregate *out)
{
    struct incoming_aggregate *h = &out->head;
    const char *begin = r->begin == NULL ? "" : r->begin, *end = r->end == NULL ? "" : r->end;
    bool read = read_time(begin, &h->begin_s) && read_time(end, &h->end_s);

    if (!read && doc->name.begin_s > 0 && doc->name.end_s > 0) {
        h->begin_s = doc->name.begin_s;
        h->end_s = doc->name.end_s;
        notes_add(&out->notes, "begin \"%s\" or end \"%s\" cannot be read: taken from the file's name", begin, end);
        read = true;
    }
    if (!read) {
        if (begin[0] == '\0' && end[0] == '\0')
            (void)snprintf(out->reason, sizeof out->reason, "it has no date_range, and its file name no dates");
        else
            (void)snprintf(out->reason, sizeof out->reason, "begin \"%.100s\" or end \"%.100s\" cannot be read",
                           begin, end);
        out->outcome = INCOMING_UNREADABLE;
    } else if (!period_is_sane(h->begin_s, h->end_s, doc->arrival_s)) {
        (void)snprintf(out->reason, sizeof out->reason,
                       "its period, %" PRId64 " to %" PRId64 ", lies in the future or before 2012", h->begin_s,
                       h->end_s);
        out->outcome = INCOMING_UNREADABLE;
    } else if (h->begin_s > h->end_s) {
        int64_t swap = h->begin_s;

        h->begin_s = h->end_s;
        h->end_s = swap;
        notes_add(&out->notes, "begin and end are the wrong way round: swapped");
    }
}

static void settle_domain(const struct document *doc, struct arena *a, struct aggregate *out)
{
    struct incoming_aggregate *h = &out->head;
    const char *domain = words_domain(a, str_of(h->domain));

    if (domain == NULL && doc->name.domain[0] != '\0') {
        notes_add(&out->notes, "policy domain \"%s\" cannot be read: taken from the file's name", h->domain);
        domain = doc->name.domain;
    } else if (domain == NULL) {
        notes_add(&out->notes, "policy domain \"%s\" cannot be read", h->domain);
    }
    h->domain = domain == NULL ? "" : domain;
}

static void settle_id(struct arena *a, struct aggregate *out)
{
    struct str id = str_trim(str_of(out->head.report_id));
    char *copy;

    if (id.n > 0 && id.p[0] == '<')
        id = str_slice(id, 1, id.n);
    if (id.n > 0 && id.p[id.n - 1] == '>')
        id = str_slice(id, 0, id.n - 1);
    copy = str_dup(a, str_trim(id));
    out->head.report_id = copy == NULL ? "" : copy;
    if (out->head.report_id[0] == '\0')
        notes_add(&out->notes, "it has no report_id");
    if (out->head.org_name[0] == '\0')
        notes_add(&out->notes, "it has no org_name");
}

static void tell_rows(const struct aggregate_reader *r, struct aggregate *out)
{
    const struct {
        uint64_t n;
        const char *what;
    } told[] = {
        {out->head.refused > AGGREGATE_REFUSED_TOLD ? out->head.refused : 0,
         "records that are not counted, since their count cannot be read"},
        {out->head.cut, "records with more signatures, SPF results or reasons than are kept"},
        {r->no_address, "records kept without address, since theirs is missing or cannot be read"},
        {r->no_from, "records kept without From domain, since theirs is missing or cannot be read"},
        {r->unreadable_results, "records with a result that is not a word of RFC 8601, taken for neutral"},
        {r->worked_out, "records that do not say how DKIM or SPF was evaluated, worked out from auth_results"},
        {r->zero, "records of 0 messages, which are left out"},
        {r->twice, "records in which an element stands twice, of which the first counts"},
        {r->head_twice, "elements before the records that stand twice and differ, of which the first counts"},
    };

    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (told[i].n > 0)
            notes_add(&out->notes, "%s: %" PRIu64, told[i].what, told[i].n);
}

static void aggregate_settle(const struct document *doc, struct arena *a, struct aggregate_reader *r,
                             struct aggregate *out)
{
    struct incoming_aggregate *h = &out->head;

    if (r->policies > 1)
        notes_add(&out->notes, "it has several policy_published: the first counts");
    settle_domain(doc, a, out);
    settle_id(a, out);
    if (h->p[0] == '\0')
        h->p = "unknown";
    tell_rows(r, out);
    aggregate_settle_period(doc, r, out);
    if (out->outcome == INCOMING_READ || out->outcome == INCOMING_REPAIRED)
        if (h->rows == 0 && h->refused == 0)
            aggregate_fail(out, INCOMING_EMPTY, "it counts no message");
}

/* ---- both readings ---- */

static void name_repairs(const struct repair *repair, const struct charset_in *c, const struct document *doc,
                         const char *strict_error, struct aggregate *out)
{
    for (int i = 0; i < REPAIRS; i++) {
        /* A character that cannot be is a character of a text: told, but nothing of the file's form was mended. */
        struct notes *list = i == REPAIR_CHARACTER ? &out->notes : &out->repairs;

        if (repair->count[i] == 1)
            notes_add(list, "line %" PRIu64 ": %s", repair->line[i], repair_words((enum repair_kind)i));
        else if (repair->count[i] > 1)
            notes_add(list, "line %" PRIu64 " and %" PRIu64 " more: %s", repair->line[i], repair->count[i] - 1,
                      repair_words((enum repair_kind)i));
    }
    if (c->replaced > 0)
        notes_add(&out->repairs, "bytes that are not UTF-8, read as windows-1252: %" PRIu64, c->replaced);
    if (doc->charset.unknown)
        notes_add(&out->repairs, "encoding \"%s\" is not known: read as UTF-8", doc->charset.declared);
    if (repair->next && out->repairs.n == 0)
        notes_add(&out->repairs, "another report follows in the same document");
    if (out->root > 0)
        notes_add(&out->repairs, "another report stands before it in the same document");
    if (out->repairs.n == 0 && out->notes.n == 0 && repair->whole)
        notes_add(&out->repairs, "%s", strict_error);
}

/* As far as the document goes it was read; what does that make of it? */
static enum incoming_outcome lenient_outcome(const struct repair *repair, const struct aggregate *out)
{
    if (!repair->whole)
        return INCOMING_PARTIAL;
    return out->repairs.n > 0 ? INCOMING_REPAIRED : INCOMING_READ;
}

static enum rc look_leniently(struct arena *a, const struct document *doc, size_t root, const char *strict_error,
                              struct aggregate *out, struct err *e)
{
    struct aggregate_reader *r = reader_new(a, out);
    struct repair *repair = malloc(sizeof *repair);
    struct charset_in c;
    enum rc rc = r == NULL || repair == NULL ? no_memory(e) : leniently(doc, r, root, repair, &c, e);

    if (rc == RC_OK) {
        out->lenient = true;
        out->next = repair->next;
        out->head.refused += repair->stray;
        if (repair->stray > 0)
            notes_add(&out->notes, "line %" PRIu64 ": records behind the feedback element, which are not counted: "
                      "%" PRIu64, repair->stray_line, repair->stray);
        name_repairs(repair, &c, doc, strict_error, out);
        out->outcome = lenient_outcome(repair, out);
        if (out->outcome == INCOMING_PARTIAL)
            aggregate_fail(out, INCOMING_PARTIAL,
                           doc->cut ? "its packing is cut off" : "it ends before its root element does");
        aggregate_settle(doc, a, r, out);
    } else if (rc == RC_LIMIT) {
        aggregate_fail(out, INCOMING_LIMITED, e->text);
        rc = RC_OK;
    } else if (rc == RC_BAD) {
        aggregate_fail(out, INCOMING_UNREADABLE, e->text);
        rc = RC_OK;
    }
    free(repair);
    reader_free(r);
    return rc;
}

static enum rc look_strictly(struct arena *a, const struct document *doc, struct aggregate *out, struct err *e)
{
    struct aggregate_reader *r = reader_new(a, out);
    enum rc rc = r == NULL ? no_memory(e) : strictly(doc, r, e);

    if (rc == RC_OK) {
        if (r->cleaned)
            notes_add(&out->repairs, "control characters and line separators are left out of its texts");
        out->outcome = r->cleaned ? INCOMING_REPAIRED : INCOMING_READ;
        aggregate_settle(doc, a, r, out);
    }
    reader_free(r);
    return rc;
}

static void aggregate_blank(struct arena *a, size_t root, struct aggregate *out)
{
    memset(out, 0, sizeof *out);
    blank_head(&out->head);
    out->repairs.arena = out->notes.arena = a;
    out->root = root;
}

enum rc aggregate_look(struct arena *a, const struct document *doc, size_t root, struct aggregate *out, struct err *e)
{
    struct err strict = ERR_NONE;
    enum rc rc = RC_BAD;

    aggregate_blank(a, root, out);
    if (root == 0 && doc->blanks)
        rc = err_set(&strict, RC_BAD, "line 1: blanks stand before the beginning");
    else if (root == 0 && doc->charset.unknown)
        rc = err_set(&strict, RC_BAD, "line 1: its encoding is not known");
    else if (root == 0 && !doc->cut)
        rc = look_strictly(a, doc, out, &strict);
    if (rc == RC_LIMIT) {
        aggregate_fail(out, INCOMING_LIMITED, strict.text);
        return RC_OK;
    }
    if (rc == RC_BAD && strstr(strict.text, "DOCTYPE") != NULL) {
        aggregate_fail(out, INCOMING_UNREADABLE, strict.text);
        return RC_OK;
    }
    if (rc != RC_BAD)
        return rc == RC_OK ? RC_OK : err_set(e, rc, "%s", strict.text);
    aggregate_blank(a, root, out);
    return look_leniently(a, doc, root, strict.text, out, e);
}

enum rc aggregate_rows(const struct document *doc, const struct aggregate *found, aggregate_row *take, void *arg,
                       struct err *e)
{
    struct incoming_aggregate scratch;
    struct aggregate none = {.lenient = found->lenient};
    struct aggregate_reader *r = reader_new(NULL, &none);
    struct repair *repair = found->lenient ? malloc(sizeof *repair) : NULL;
    struct charset_in c;
    enum rc rc;
    bool enough;

    if (r == NULL || (found->lenient && repair == NULL)) {
        reader_free(r);
        return no_memory(e);
    }
    blank_head(&scratch);
    r->head = &scratch;
    r->policy = &found->head;
    r->take = take;
    r->arg = arg;
    rc = found->lenient ? leniently(doc, r, found->root, repair, &c, e) : strictly(doc, r, e);
    enough = r->enough;
    free(repair);
    reader_free(r);
    return enough ? RC_OK : rc;
}
