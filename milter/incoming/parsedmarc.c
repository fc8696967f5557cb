#include "incoming/parsedmarc.h"

#include <stdlib.h>
#include <string.h>

#include "formats/csv.h"
#include "formats/json_read.h"
#include "formats/xml.h"

/* ---- the XML on its way ---- */

struct made {
    char *p;
    size_t n, room;
};

static enum rc take(void *arg, struct str bytes, struct err *e)
{
    struct made *m = arg;

    if (bytes.n > PARSEDMARC_MAX - m->n)
        return err_set(e, RC_LIMIT, "is more than a report may be");
    if (m->n + bytes.n > m->room) {
        size_t room = 2 * (m->n + bytes.n);
        char *more = realloc(m->p, room);

        if (more == NULL)
            return err_set(e, RC_NOMEM, "no memory for a report");
        m->p = more;
        m->room = room;
    }
    memcpy(m->p + m->n, bytes.p, bytes.n);
    m->n += bytes.n;
    return RC_OK;
}

/* Elements whose text is there. */
static void leaf(struct xml_out *x, const char *name, struct str text)
{
    if (text.n > 0)
        xml_leaf(x, name, text);
}

/* parsedmarc says "none" where there is no selector. */
static struct str selector(struct str text)
{
    return str_eq_nocase(text, STR("none")) ? STR_NONE : text;
}

static enum rc finish(struct xml_out *x, struct made *m, struct str *out, struct err *e)
{
    enum rc rc = xml_out_close(x, e);

    if (rc != RC_OK)
        free(m->p);
    *out = rc == RC_OK ? (struct str){m->p, m->n} : STR_NONE;
    return rc;
}

/* ---- JSON ---- */

/* A member as text; a number in `mem`. */
static struct str parsedmarc_text_of(const struct jvalue *v, const char *key, char mem[static 24])
{
    const struct jvalue *member = jvalue_member(v, key);
    struct strbuf b = strbuf_on(mem, 24);
    struct str s = STR_NONE;
    int64_t n;

    if (jvalue_text(member, &s))
        return s;
    if (!jvalue_number(member, &n))
        return STR_NONE;
    strbuf_putf(&b, "%lld", (long long)n);
    return strbuf_str(&b);
}

static void leaf_of(struct xml_out *x, const char *name, const struct jvalue *v, const char *key)
{
    char mem[24];

    leaf(x, name, parsedmarc_text_of(v, key, mem));
}

/* The earliest or latest of what its records say, who have UTC; else what the report says. */
static struct str moment(const struct jvalue *root, const char *of_record, const char *of_report, bool latest,
                         char mem[static 24])
{
    const struct jvalue *records = jvalue_member(root, "records");
    struct str found = STR_NONE, one;

    for (size_t i = 0; i < jvalue_length(records); i++) {
        if (!jvalue_text(jvalue_member(jvalue_at(records, i), of_record), &one) ||
            one.n != strlen("2012-04-28 00:00:00"))
            return parsedmarc_text_of(jvalue_member(root, "report_metadata"), of_report, mem);
        if (found.n == 0 || (memcmp(one.p, found.p, one.n) > 0) == latest)
            found = one; /* texts of one length sort as the times do */
    }
    return found.n > 0 ? found : parsedmarc_text_of(jvalue_member(root, "report_metadata"), of_report, mem);
}

static void put_head(struct xml_out *x, const struct jvalue *root)
{
    static const char *const published[] = {"domain", "adkim", "aspf", "p", "sp", "np", "pct", "fo", "testing",
                                            "discovery_method"};
    const struct jvalue *meta = jvalue_member(root, "report_metadata"), *errors = jvalue_member(meta, "errors");
    struct str error;
    char mem[24];

    xml_begin(x, "report_metadata");
    leaf_of(x, "org_name", meta, "org_name");
    leaf_of(x, "email", meta, "org_email");
    leaf_of(x, "extra_contact_info", meta, "org_extra_contact_info");
    leaf_of(x, "report_id", meta, "report_id");
    leaf_of(x, "generator", meta, "generator");
    xml_begin(x, "date_range");
    leaf(x, "begin", moment(root, "interval_begin", "begin_date", false, mem));
    leaf(x, "end", moment(root, "interval_end", "end_date", true, mem));
    xml_end(x);
    for (size_t i = 0; i < jvalue_length(errors); i++)
        if (jvalue_text(jvalue_at(errors, i), &error))
            leaf(x, "error", error);
    xml_end(x);
    xml_begin(x, "policy_published");
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
        leaf_of(x, published[i], jvalue_member(root, "policy_published"), published[i]);
    xml_end(x);
}

/* Each entry of a list as an element with those of its members. */
static void parsedmarc_put_list(struct xml_out *x, const char *name, const struct jvalue *list,
                                const char *const *members)
{
    for (size_t i = 0; i < jvalue_length(list); i++) {
        xml_begin(x, name);
        for (const char *const *m = members; *m != NULL; m++) {
            char mem[24];
            struct str text = parsedmarc_text_of(jvalue_at(list, i), *m, mem);

            leaf(x, *m, strcmp(*m, "selector") == 0 ? selector(text) : text);
        }
        xml_end(x);
    }
}

static void put_record(struct xml_out *x, const struct jvalue *record)
{
    static const char *const reason[] = {"type", "comment", NULL};
    static const char *const dkim[] = {"domain", "selector", "result", "human_result", NULL};
    static const char *const spf[] = {"domain", "scope", "result", "human_result", NULL};
    const struct jvalue *evaluated = jvalue_member(record, "policy_evaluated");
    const struct jvalue *identifiers = jvalue_member(record, "identifiers");
    const struct jvalue *results = jvalue_member(record, "auth_results");

    xml_begin(x, "record");
    xml_begin(x, "row");
    leaf_of(x, "source_ip", jvalue_member(record, "source"), "ip_address");
    leaf_of(x, "count", record, "count");
    xml_begin(x, "policy_evaluated");
    leaf_of(x, "disposition", evaluated, "disposition");
    leaf_of(x, "dkim", evaluated, "dkim");
    leaf_of(x, "spf", evaluated, "spf");
    parsedmarc_put_list(x, "reason", jvalue_member(evaluated, "policy_override_reasons"), reason);
    xml_end(x);
    xml_end(x);
    xml_begin(x, "identifiers");
    leaf_of(x, "header_from", identifiers, "header_from");
    leaf_of(x, "envelope_from", identifiers, "envelope_from");
    leaf_of(x, "envelope_to", identifiers, "envelope_to");
    xml_end(x);
    xml_begin(x, "auth_results");
    parsedmarc_put_list(x, "dkim", jvalue_member(results, "dkim"), dkim);
    parsedmarc_put_list(x, "spf", jvalue_member(results, "spf"), spf);
    xml_end(x);
    xml_end(x);
}

enum rc parsedmarc_json(struct str text, struct str *out, struct err *e)
{
    struct made m = {NULL, 0, 0};
    struct jvalue *root = NULL;
    struct xml_out *x;
    const struct jvalue *records;
    enum rc rc = jvalue_read(text, &root, e);

    *out = STR_NONE;
    if (rc == RC_OK)
        rc = xml_out_open(take, &m, &x, e);
    if (rc == RC_OK) {
        records = jvalue_member(root, "records");
        xml_begin(x, "feedback");
        put_head(x, root);
        for (size_t i = 0; i < jvalue_length(records); i++)
            put_record(x, jvalue_at(records, i));
        xml_end(x);
        rc = finish(x, &m, out, e);
    }
    jvalue_free(root);
    return rc;
}

/* ---- failure reports ---- */

static void parsedmarc_put_field(struct strbuf *b, const char *name, struct str text)
{
    if (text.n == 0)
        return;
    strbuf_putf(b, "%s: ", name);
    for (size_t i = 0; i < text.n; i++)
        strbuf_putc(b, text.p[i] == '\n' || text.p[i] == '\r' ? ' ' : text.p[i]);
    strbuf_putc(b, '\n');
}

static void put_words(struct strbuf *b, const char *name, const struct jvalue *list)
{
    struct str one;

    for (size_t i = 0; i < jvalue_length(list); i++)
        if (jvalue_text(jvalue_at(list, i), &one))
            parsedmarc_put_field(b, name, one);
}

enum rc parsedmarc_failure(struct arena *a, struct str text, struct str *fields, struct str *sample, struct err *e)
{
    static const struct { const char *key, *name; } plain[] = {
        {"feedback_type", "Feedback-Type"}, {"user_agent", "User-Agent"}, {"version", "Version"},
        {"original_mail_from", "Original-Mail-From"}, {"original_envelope_id", "Original-Envelope-Id"},
        {"authentication_results", "Authentication-Results"}, {"delivery_result", "Delivery-Result"},
        {"reported_domain", "Reported-Domain"}, {"dkim_domain", "DKIM-Domain"},
    };
    struct jvalue *root = NULL;
    struct strbuf b;
    char mem[24];
    struct str utc;
    enum rc rc = jvalue_read(text, &root, e);

    if (rc != RC_OK)
        return rc;
    b = strbuf_new(a, text.n + 1000);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        parsedmarc_put_field(&b, plain[i].name, parsedmarc_text_of(root, plain[i].key, mem));
    parsedmarc_put_field(&b, "Source-IP", parsedmarc_text_of(jvalue_member(root, "source"), "ip_address", mem));
    utc = parsedmarc_text_of(root, "arrival_date_utc", mem);
    parsedmarc_put_field(&b, "Arrival-Date", utc.n > 0 ? utc : parsedmarc_text_of(root, "arrival_date", mem));
    put_words(&b, "Auth-Failure", jvalue_member(root, "auth_failure"));
    put_words(&b, "Identity-Alignment", jvalue_member(root, "authentication_mechanisms"));
    *fields = strbuf_str(&b);
    *sample = parsedmarc_text_of(root, "sample", mem);
    sample->p = sample->n == 0 ? "" : str_dup(a, *sample);
    jvalue_free(root);
    return b.over || sample->p == NULL ? err_set(e, RC_NOMEM, "no memory for a failure report") : RC_OK;
}

/* ---- tables ---- */

struct table {
    struct csv_table csv;
    const struct csv_row *row; /* the one at hand */
};

static struct str cell(const struct table *t, const char *column)
{
    const struct csv_row *head = &t->csv.row[0];

    for (size_t i = 0; i < head->n && i < t->row->n; i++)
        if (str_eq(head->cell[i], str_of(column)))
            return t->row->cell[i];
    return STR_NONE;
}

static void leaf_cell(struct xml_out *x, const char *name, const struct table *t, const char *column)
{
    leaf(x, name, cell(t, column));
}

/* The earliest or latest of a column: a long period is split up into rows of its days. */
static struct str extreme(struct table *t, const char *column, bool latest)
{
    struct str found = STR_NONE;

    for (size_t i = 1; i < t->csv.n; i++) {
        struct str one;

        t->row = &t->csv.row[i];
        one = cell(t, column);
        if (found.n == 0 || (one.n == found.n && (memcmp(one.p, found.p, one.n) > 0) == latest))
            found = one;
    }
    t->row = &t->csv.row[1];
    return found;
}

/* Rows of one report, that is; files of many are taken apart before. */
static bool is_one_report(struct table *t)
{
    static const char *const columns[] = {"org_name", "org_email", "report_id", "domain"};

    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        struct str first;

        t->row = &t->csv.row[1];
        first = cell(t, columns[c]);
        for (size_t i = 2; i < t->csv.n; i++) {
            t->row = &t->csv.row[i];
            if (!str_eq(first, cell(t, columns[c])))
                return false;
        }
    }
    return true;
}

static void put_table_head(struct xml_out *x, struct table *t)
{
    static const char *const published[] = {"domain", "adkim", "aspf", "p", "sp", "np", "pct", "fo", "testing",
                                            "discovery_method"};

    xml_begin(x, "report_metadata");
    leaf_cell(x, "org_name", t, "org_name");
    leaf_cell(x, "email", t, "org_email");
    leaf_cell(x, "extra_contact_info", t, "org_extra_contact_info");
    leaf_cell(x, "report_id", t, "report_id");
    xml_begin(x, "date_range");
    leaf(x, "begin", extreme(t, "begin_date", false));
    leaf(x, "end", extreme(t, "end_date", true));
    xml_end(x);
    leaf_cell(x, "error", t, "errors");
    xml_end(x);
    xml_begin(x, "policy_published");
    for (size_t i = 0; i < sizeof published / sizeof published[0]; i++)
        leaf_cell(x, published[i], t, published[i]);
    xml_end(x);
}

/* The next entry of a cell that holds several. */
static struct str next_entry(struct str *rest, char between)
{
    struct str one = str_slice(*rest, 0, str_find(*rest, between));

    *rest = str_slice(*rest, one.n + 1, rest->n);
    return one;
}

static void put_results(struct xml_out *x, const char *name, const char *second, struct str domains,
                        struct str seconds, struct str results)
{
    while (domains.n > 0) {
        xml_begin(x, name);
        leaf(x, "domain", next_entry(&domains, ','));
        leaf(x, second, selector(next_entry(&seconds, ',')));
        leaf(x, "result", next_entry(&results, ','));
        xml_end(x);
    }
}

static void put_reasons(struct xml_out *x, struct str types, struct str comments)
{
    while (types.n > 0) {
        xml_begin(x, "reason");
        leaf(x, "type", next_entry(&types, ','));
        leaf(x, "comment", selector(next_entry(&comments, '|')));
        xml_end(x);
    }
}

static void put_row(struct xml_out *x, const struct table *t)
{
    bool dkim = str_eq_nocase(cell(t, "dkim_aligned"), STR("true"));
    bool spf = str_eq_nocase(cell(t, "spf_aligned"), STR("true"));

    xml_begin(x, "record");
    xml_begin(x, "row");
    leaf_cell(x, "source_ip", t, "source_ip_address");
    leaf_cell(x, "count", t, "count");
    xml_begin(x, "policy_evaluated");
    leaf_cell(x, "disposition", t, "disposition");
    leaf(x, "dkim", dkim ? STR("pass") : STR("fail")); /* as parsedmarc took it from the report */
    leaf(x, "spf", spf ? STR("pass") : STR("fail"));
    put_reasons(x, cell(t, "policy_override_reasons"), cell(t, "policy_override_comments"));
    xml_end(x);
    xml_end(x);
    xml_begin(x, "identifiers");
    leaf_cell(x, "header_from", t, "header_from");
    leaf_cell(x, "envelope_from", t, "envelope_from");
    leaf_cell(x, "envelope_to", t, "envelope_to");
    xml_end(x);
    xml_begin(x, "auth_results");
    put_results(x, "dkim", "selector", cell(t, "dkim_domains"), cell(t, "dkim_selectors"), cell(t, "dkim_results"));
    put_results(x, "spf", "scope", cell(t, "spf_domains"), cell(t, "spf_scopes"), cell(t, "spf_results"));
    xml_end(x);
    xml_end(x);
}

enum rc parsedmarc_csv(struct str text, struct str *out, struct err *e)
{
    struct arena *a = arena_new((size_t)PARSEDMARC_MAX * 4);
    struct made m = {NULL, 0, 0};
    struct xml_out *x;
    struct table t = {.row = NULL};
    enum rc rc = a == NULL ? err_set(e, RC_NOMEM, "no memory for a table") : csv_read(a, text, &t.csv, e);

    *out = STR_NONE;
    if (rc == RC_OK && t.csv.n < 2)
        rc = err_set(e, RC_BAD, "is a table without rows");
    if (rc == RC_OK && !is_one_report(&t))
        rc = err_set(e, RC_BAD, "is a table of several reports: give the file itself, with the head that "
                     "parsedmarc wrote, to assay received add");
    if (rc == RC_OK)
        rc = xml_out_open(take, &m, &x, e);
    if (rc == RC_OK) {
        xml_begin(x, "feedback");
        put_table_head(x, &t);
        for (size_t i = 1; i < t.csv.n; i++) {
            t.row = &t.csv.row[i];
            put_row(x, &t);
        }
        xml_end(x);
        rc = finish(x, &m, out, e);
    }
    arena_free(a);
    return rc;
}
