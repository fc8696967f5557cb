/* Reads aggregate reports of any generator: elements by local name and parent, whatever the namespace and order. */
#include <stddef.h>
#include <string.h>

#include "report/archive.h"
#include "report/feedback.h"

enum { HEAD_MEMORY = 1 << 20, ROW_MEMORY = 16 << 20, NUMBER_DIGITS_MAX = 18 };

struct reader {
    const struct feedback_taker *taker;
    void *arg;
    struct arena *head_arena, *row_arena;
    struct feedback_head head;
    struct feedback_row row;
    enum feedback_format format;
    const char *path[XML_DEPTH_MAX]; /* names of the open elements; the parser's */
    size_t depth;
    bool head_told;
    uint64_t rows;
    enum rc rc; /* what makes it stop, with `why` */
    const char *why;
};

/* ---- where each text goes ---- */

struct place {
    const char *parent, *name;
    size_t offset;
};

#define HEAD(parent, field) {parent, #field, offsetof(struct feedback_head, field)}
static const struct place head_texts[] = {
    HEAD("feedback", version), HEAD("report_metadata", org_name), HEAD("report_metadata", email),
    HEAD("report_metadata", extra_contact_info), HEAD("report_metadata", report_id), HEAD("report_metadata", error),
    HEAD("report_metadata", generator), HEAD("policy_published", domain), HEAD("policy_published", discovery_method),
    HEAD("policy_published", p), HEAD("policy_published", sp), HEAD("policy_published", np),
    HEAD("policy_published", adkim), HEAD("policy_published", aspf), HEAD("policy_published", fo),
    HEAD("policy_published", testing), HEAD("policy_published", pct),
};

#define ROW(parent, field) {parent, #field, offsetof(struct feedback_row, field)}
static const struct place row_texts[] = {
    ROW("row", source_ip), ROW("policy_evaluated", disposition), ROW("policy_evaluated", dkim),
    ROW("policy_evaluated", spf), ROW("identifiers", header_from), ROW("identifiers", envelope_from),
    ROW("identifiers", envelope_to),
};

#define REASON(field) {"reason", #field, offsetof(struct feedback_reason, field)}
static const struct place reason_texts[] = {REASON(type), REASON(comment)};

#define DKIM(field) {"dkim", #field, offsetof(struct feedback_dkim, field)}
static const struct place dkim_texts[] = {DKIM(domain), DKIM(selector), DKIM(result), DKIM(human_result)};

#define SPF(field) {"spf", #field, offsetof(struct feedback_spf, field)}
static const struct place spf_texts[] = {SPF(domain), SPF(scope), SPF(result), SPF(human_result)};

/* ---- filling ---- */

static const char *parent_of(const struct reader *r, size_t up)
{
    return r->depth > up ? r->path[r->depth - 1 - up] : "";
}

static bool under(const struct reader *r, size_t up, const char *name)
{
    return strcmp(parent_of(r, up), name) == 0;
}

static void fail(struct reader *r, enum rc rc, const char *why)
{
    if (r->rc != RC_OK)
        return;
    r->rc = rc;
    r->why = why;
}

/* Puts `text` where the table says, unless something is there; `base` is the struct's beginning. */
static void place_text(struct reader *r, struct arena *a, const struct place *table, size_t n, void *base,
                       const char *name, struct str text)
{
    for (size_t i = 0; i < n; i++) {
        const char **field = (const char **)(void *)((char *)base + table[i].offset);

        if (strcmp(table[i].name, name) != 0 || !under(r, 0, table[i].parent) || (*field)[0] != '\0')
            continue;
        *field = str_dup(a, str_trim(text));
        if (*field == NULL) {
            *field = "";
            fail(r, RC_LIMIT, "its texts are longer than a report's");
        }
    }
}
#define PLACE(r, arena, table, base, name, text) \
    place_text(r, arena, table, sizeof(table) / sizeof(table)[0], base, name, text)

static int64_t number(struct str text)
{
    int64_t n = 0;

    text = str_trim(text);
    if (text.n > NUMBER_DIGITS_MAX)
        return 0;
    for (size_t i = 0; i < text.n; i++) {
        if (!char_is_digit(text.p[i]))
            return 0;
        n = n * 10 + (text.p[i] - '0');
    }
    return n;
}

static void blank_head(struct feedback_head *h)
{
    *h = (struct feedback_head){.begin_s = 0};
    for (size_t i = 0; i < sizeof head_texts / sizeof *head_texts; i++)
        *(const char **)(void *)((char *)h + head_texts[i].offset) = "";
}

static void blank_row(struct feedback_row *row)
{
    row->count = 0;
    row->reasons = row->signatures = 0;
    for (size_t i = 0; i < sizeof row_texts / sizeof *row_texts; i++)
        *(const char **)(void *)((char *)row + row_texts[i].offset) = "";
    row->spf_result = (struct feedback_spf){"", "", "", ""};
}

static void tell_head(struct reader *r)
{
    if (!r->head_told && r->taker->head != NULL)
        r->taker->head(r->arg, &r->head, r->format);
    r->head_told = true;
}

/* ---- the parser's events ---- */

static void begin_record(struct reader *r)
{
    tell_head(r);
    arena_reset(r->row_arena);
    blank_row(&r->row);
    if (++r->rows > FEEDBACK_ROWS_MAX)
        fail(r, RC_LIMIT, "it has more records than any report should");
}

static void on_open(void *arg, const char *name, const char *name_space)
{
    struct reader *r = arg;

    if (r->depth == 0 && strcmp(name, "feedback") != 0)
        fail(r, RC_BAD, "its root element is not \"feedback\"");
    if (r->depth == 0)
        r->format = strcmp(name_space, FEEDBACK_NAMESPACE) == 0 ? FEEDBACK_RFC9990 : FEEDBACK_RFC7489;
    if (strcmp(name, "record") == 0 && under(r, 0, "feedback"))
        begin_record(r);
    if (strcmp(name, "reason") == 0 && r->row.reasons < FEEDBACK_REASONS_MAX)
        r->row.reason[r->row.reasons++] = (struct feedback_reason){"", ""};
    if (strcmp(name, "dkim") == 0 && under(r, 0, "auth_results") && r->row.signatures < FEEDBACK_DKIM_MAX)
        r->row.signature[r->row.signatures++] = (struct feedback_dkim){"", "", "", ""};
    r->path[r->depth++] = name;
}

static void place_in_row(struct reader *r, const char *name, struct str text)
{
    struct feedback_row *row = &r->row;

    PLACE(r, r->row_arena, row_texts, row, name, text);
    if (row->reasons > 0)
        PLACE(r, r->row_arena, reason_texts, &row->reason[row->reasons - 1], name, text);
    if (under(r, 1, "auth_results") && row->signatures > 0)
        PLACE(r, r->row_arena, dkim_texts, &row->signature[row->signatures - 1], name, text);
    if (under(r, 1, "auth_results"))
        PLACE(r, r->row_arena, spf_texts, &row->spf_result, name, text);
    if (under(r, 0, "row") && strcmp(name, "count") == 0)
        row->count = number(text);
}

static void on_close(void *arg, const char *name, struct str text)
{
    struct reader *r = arg;

    r->depth--;
    if (r->rc != RC_OK)
        return;
    if (under(r, 0, "feedback") && strcmp(name, "record") == 0) {
        r->taker->row(r->arg, &r->row);
    } else if (r->rows > 0 && r->depth > 1 && strcmp(r->path[1], "record") == 0) {
        place_in_row(r, name, text);
    } else if (!r->head_told) {
        PLACE(r, r->head_arena, head_texts, &r->head, name, text);
        if (under(r, 0, "date_range") && strcmp(name, "begin") == 0)
            r->head.begin_s = number(text);
        if (under(r, 0, "date_range") && strcmp(name, "end") == 0)
            r->head.end_s = number(text);
    }
}

static const struct xml_handler handler = {on_open, on_close};

/* ---- the way in ---- */

struct feed {
    struct xml_in *xml;
    struct reader *reader; /* NULL when only checked */
};

static enum rc push(void *arg, struct str bytes, struct err *e)
{
    struct feed *f = arg;
    enum rc rc = xml_in_push(f->xml, bytes, e);

    if (rc == RC_OK && f->reader != NULL && f->reader->rc != RC_OK)
        rc = err_set(e, f->reader->rc, "%s", f->reader->why);
    return rc;
}

/* Unpacks the file into the parser, and closes it. */
static enum rc feed_all(struct str file, struct feed *f, struct err *e)
{
    enum rc rc = archive_unpack(file, FEEDBACK_READ_MAX, push, f, e);

    if (rc == RC_OK)
        return xml_in_close(f->xml, e);
    xml_in_abandon(f->xml);
    return rc;
}

enum rc feedback_read(struct str file, const struct feedback_taker *taker, void *arg, struct err *e)
{
    struct reader r = {.taker = taker, .arg = arg, .rc = RC_OK, .why = ""};
    struct feed f = {.reader = &r};
    enum rc rc = RC_NOMEM;

    r.head_arena = arena_new(HEAD_MEMORY);
    r.row_arena = arena_new(ROW_MEMORY);
    blank_head(&r.head);
    blank_row(&r.row);
    if (r.head_arena == NULL || r.row_arena == NULL)
        (void)err_set(e, RC_NOMEM, "no memory to read a report");
    else
        rc = xml_in_open(&handler, &r, NULL, &f.xml, e);
    if (rc == RC_OK)
        rc = feed_all(file, &f, e);
    if (rc == RC_OK && r.rc != RC_OK)
        rc = err_set(e, r.rc, "%s", r.why);
    if (rc == RC_OK)
        tell_head(&r);
    arena_free(r.head_arena);
    arena_free(r.row_arena);
    return rc;
}

enum rc feedback_check(struct str file, struct xml_schema *schema, struct err *e)
{
    struct feed f = {.reader = NULL};
    enum rc rc = xml_in_open(NULL, NULL, schema, &f.xml, e);

    return rc == RC_OK ? feed_all(file, &f, e) : rc;
}
