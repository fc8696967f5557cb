/*
 * Reports as they are written, and those of strangers as they are read.
 *
 * tests/unit/report/golden/ holds the XML; ASSAY_UPDATE=1 writes it anew.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"
#include "incoming/incoming.h"
#include "report/draft.h"

enum { XML_MAX = 1 << 20 };

static char *source_path(const char *name)
{
    const char *top = getenv("srcdir");
    char *path;

    assert_true(asprintf(&path, "%s/%s", top == NULL ? "." : top, name) > 0);
    return path;
}

/* ---- samples ---- */

static struct feedback_head sample_head(void)
{
    return (struct feedback_head){
        .version = "1.0", .org_name = "Receiver & Sons <example>", .email = "dmarc@receiver.example",
        .extra_contact_info = "https://receiver.example/dmarc", .report_id = "7f3c0a4b9d1e4a577f3c0a4b9d1e4a57",
        .error = "", .generator = "assay test", .begin_s = 1780272000, .end_s = 1780358399, .domain = "example.com",
        .discovery_method = "treewalk", .p = "reject", .sp = "quarantine", .np = "", .adkim = "r", .aspf = "s",
        .fo = "1", .testing = "y", .pct = "100",
    };
}

static struct feedback_row plain_row(void)
{
    struct feedback_row r = {
        .source_ip = "192.0.2.123", .count = 12, .disposition = "pass", .dkim = "pass", .spf = "fail",
        .header_from = "example.com", .envelope_from = "bounces.esp.example", .envelope_to = "", .signatures = 1,
        .spf_result = {"bounces.esp.example", "mfrom", "pass", ""},
    };

    r.signature[0] = (struct feedback_dkim){"example.com", "s1", "pass", ""};
    return r;
}

static struct feedback_row overridden_row(void)
{
    struct feedback_row r = {
        .source_ip = "2001:db8::25", .count = 1, .disposition = "none", .dkim = "fail", .spf = "fail", .reasons = 2,
        .header_from = "example.com", .envelope_from = "", .envelope_to = "here.example",
        .spf_result = {"mx.lists.example", "mfrom", "none", ""},
    };

    r.reason[0] = (struct feedback_reason){"policy_test_mode", ""};
    r.reason[1] = (struct feedback_reason){"local_policy", "arc=pass as[1].d=lists.example"};
    return r;
}

/* What a sender could bring into a record. */
static struct feedback_row hostile_row(void)
{
    static char long_text[60001];
    struct feedback_row r = plain_row();

    memset(long_text, 'x', sizeof long_text - 1);
    r.header_from = "]]><record><row/></record>&amp;\"'";
    r.envelope_from = "a\x01\x02\x1b[31m\xff\xc0\x80\xed\xa0\x80\xef\xbf\xbe\xf4\x90\x80\x80z\r\n<!--";
    r.spf_result.domain = "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc2\x9b\x7f";
    r.reasons = 1;
    r.reason[0] = (struct feedback_reason){"other", long_text};
    r.spf = "fail";
    return r;
}

static struct str make(enum feedback_format format, const struct feedback_row *row, size_t n)
{
    struct feedback_head head = sample_head();
    struct err e = ERR_NONE;
    struct draft *d;
    struct str body;

    assert_int_equal(draft_open(format, &head, &d, &e), RC_OK);
    for (size_t i = 0; i < n; i++)
        draft_row(d, &row[i]);
    if (draft_close(d, &body, &e) != RC_OK)
        fail_msg("%s", e.text);
    return body;
}

static void drop(struct str body)
{
    free((void *)(uintptr_t)body.p);
}

struct xml {
    char mem[XML_MAX];
    size_t n;
};
static struct xml xml;

static enum rc collect(void *arg, struct str bytes, struct err *e)
{
    struct xml *x = arg;

    (void)e;
    assert_true(x->n + bytes.n < sizeof x->mem);
    memcpy(x->mem + x->n, bytes.p, bytes.n);
    x->n += bytes.n;
    x->mem[x->n] = '\0';
    return RC_OK;
}

static void unpack(struct str body)
{
    struct err e = ERR_NONE;

    xml.n = 0;
    if (archive_unpack(body, XML_MAX - 1, collect, &xml, &e) != RC_OK)
        fail_msg("%s", e.text);
}

/* ---- writing ---- */

static void compare_golden(const char *name)
{
    static char want[XML_MAX];
    char *path = source_path(name);
    FILE *f;
    size_t n;

    if (getenv("ASSAY_UPDATE") != NULL) {
        f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(xml.mem, 1, xml.n, f), xml.n);
        assert_int_equal(fclose(f), 0);
    }
    f = fopen(path, "r");
    assert_non_null(f);
    n = fread(want, 1, sizeof want - 1, f);
    (void)fclose(f);
    want[n] = '\0';
    assert_string_equal(xml.mem, want);
    free(path);
}

static struct xml_schema *schema(void)
{
    char *path = source_path("conf/dmarc-aggregate-rfc9990.xsd");
    struct err e = ERR_NONE;
    struct xml_schema *s;

    if (xml_schema_load(path, &s, &e) != RC_OK)
        fail_msg("%s", e.text);
    free(path);
    return s;
}

static void golden(void **state)
{
    static const struct {
        const char *name;
        enum feedback_format format;
    } rows[] = {{"tests/unit/report/golden/rfc9990.xml", FEEDBACK_RFC9990},
                {"tests/unit/report/golden/rfc7489.xml", FEEDBACK_RFC7489}};
    struct feedback_row row[3] = {plain_row(), overridden_row(), plain_row()};

    (void)state;
    row[2].spf_result.domain = "";
    row[2].signatures = 0;
    FOR_ROWS(r, rows) {
        struct str body = make(r->format, row, 3);

        unpack(body);
        compare_golden(r->name);
        drop(body);
    }
}

static void valid_whatever_it_holds(void **state)
{
    struct xml_schema *s = schema();
    struct feedback_row row[2] = {plain_row(), hostile_row()};
    struct str body = make(FEEDBACK_RFC9990, row, 2), none = make(FEEDBACK_RFC9990, row, 0);
    struct err e = ERR_NONE;

    (void)state;
    if (feedback_check(body, s, &e) != RC_OK)
        fail_msg("%s", e.text);
    unpack(body);
    assert_non_null(strstr(xml.mem, "<header_from>]]&gt;&lt;record&gt;"));
    assert_non_null(strstr(xml.mem, "<envelope_from>a[31mz  &lt;!--</envelope_from>"));
    assert_non_null(strstr(xml.mem, "<domain>\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80</domain>"));
    assert_true(xml.n < 3 * XML_WRITE_TEXT_MAX);
    assert_int_equal(feedback_check(none, s, &e), RC_BAD); /* the schema wants a record */
    assert_int_equal(feedback_check(STR("<feedback/>"), s, &e), RC_BAD);
    assert_int_equal(feedback_check(STR("<feedback"), s, &e), RC_BAD);
    drop(body);
    drop(none);
    xml_schema_free(s);
}

/* The same report twice is the same bytes: nothing of the day of its making is in them. */
static void reproducible(void **state)
{
    struct feedback_row row = plain_row();
    struct str one = make(FEEDBACK_RFC9990, &row, 1), two = make(FEEDBACK_RFC9990, &row, 1);

    (void)state;
    assert_true(str_eq(one, two));
    drop(one);
    drop(two);
}

/* ---- what we write, our own reader reads; what is none, it refuses ---- */

struct seen {
    struct strbuf text;
    char mem[4000];
    enum incoming_outcome outcome;
    char reason[200];
};

static enum incoming_wish on_begin(void *arg, const struct incoming_report *r)
{
    const struct incoming_aggregate *h = r->aggregate;
    struct strbuf reason;
    struct seen *s = arg;

    s->outcome = r->outcome;
    reason = STRBUF_ON(s->reason);
    strbuf_puts(&reason, r->reason);
    if (h != NULL)
        strbuf_putf(&s->text, "%s org=%s id=%s %lld-%lld about=%s p=%s sp=%s pct=%s error=%s", h->format, h->org_name,
                    h->report_id, (long long)h->begin_s, (long long)h->end_s, h->domain, h->p, h->sp, h->pct, h->errors);
    return INCOMING_GO_ON;
}

static enum incoming_wish on_row(void *arg, const struct incoming_row *r)
{
    struct seen *s = arg;
    char ip[IP_TEXT_MAX];

    strbuf_putf(&s->text, " / %lld %s %s %d %d from=%s mfrom=%s", (long long)r->count, ip_text(&r->address, ip),
                r->disposition, (int)r->dkim, (int)r->spf, r->header_from, r->envelope_from);
    for (size_t i = 0; i < r->reasons; i++)
        strbuf_putf(&s->text, " [%s|%s]", r->reason[i].type, r->reason[i].comment);
    for (size_t i = 0; i < r->signatures; i++)
        strbuf_putf(&s->text, " {%s %s %s}", r->signature[i].result, r->signature[i].domain, r->signature[i].selector);
    for (size_t i = 0; i < r->spf_results; i++)
        strbuf_putf(&s->text, " spf:%s=%s", r->spf_result[i].domain, r->spf_result[i].result);
    return INCOMING_GO_ON;
}

static void read_text(struct str file, struct seen *s)
{
    static const struct incoming_taker taker = {.begin = on_begin, .row = on_row};
    struct incoming_request request = {.bytes = file, .name = "", .arrival_s = 1800000000};

    s->text = STRBUF_ON(s->mem);
    assert_int_equal(incoming_read(&request, &taker, s, NULL), RC_OK);
}

static void reads_back(void **state)
{
    struct feedback_row row[2] = {plain_row(), overridden_row()};
    struct str body = make(FEEDBACK_RFC9990, row, 2);
    struct seen s;

    (void)state;
    read_text(body, &s);
    assert_int_equal(s.outcome, INCOMING_READ);
    assert_string_equal(s.mem,
        "rfc9990 org=Receiver & Sons <example> id=7f3c0a4b9d1e4a577f3c0a4b9d1e4a57 1780272000-1780358399 about=example.com"
        " p=reject sp=quarantine pct= error="
        " / 12 192.0.2.123 pass 1 0 from=example.com mfrom=bounces.esp.example {pass example.com s1}"
        " spf:bounces.esp.example=pass"
        " / 1 2001:db8::25 none 0 0 from=example.com mfrom= [policy_test_mode|]"
        " [local_policy|arc=pass as[1].d=lists.example] spf:mx.lists.example=none");
    drop(body);
}

#define TEN(x) x x x x x x x x x x

static void strangers(void **state)
{
    static const struct {
        const char *name, *file;
        enum incoming_outcome outcome;
        const char *reason; /* words of it */
    } rows[] = {
        {"no head", "<feedback/>", INCOMING_UNREADABLE, "date_range"},
        {"no XML", "hello", INCOMING_NOT_A_REPORT, "text"},
        {"another root", "<html/>", INCOMING_NOT_A_REPORT, "HTML"},
        {"empty", "", INCOMING_NOT_A_REPORT, "empty"},
        {"DOCTYPE", "<!DOCTYPE feedback><feedback/>", INCOMING_UNREADABLE, "DOCTYPE"},
        {"entities that multiply", "<!DOCTYPE feedback [<!ENTITY a \"&b;&b;\">]><feedback>&a;</feedback>", INCOMING_UNREADABLE,
         "DOCTYPE"},
        {"a file of ours", "<!DOCTYPE feedback [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><feedback>&a;</feedback>",
         INCOMING_UNREADABLE, "DOCTYPE"},
        {"too deep", "<feedback>" TEN(TEN("<a>")), INCOMING_LIMITED, "too deep"},
        {"damaged gzip", "\x1f\x8b\x08\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d", INCOMING_UNREADABLE, "damaged"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct seen s;

        read_text(str_of(row->file), &s);
        if (s.outcome != row->outcome || strstr(s.reason, row->reason) == NULL)
            print_error("got %d \"%s\"\n", (int)s.outcome, s.reason);
        ASSERT_ROW(s.outcome == row->outcome && strstr(s.reason, row->reason) != NULL, row);
    }
}

struct pile {
    char *p;
    size_t n;
};

static enum rc pile_up(void *arg, struct str bytes, struct err *e)
{
    struct pile *b = arg;

    (void)e;
    b->p = realloc(b->p, b->n + bytes.n);
    assert_non_null(b->p);
    memcpy(b->p + b->n, bytes.p, bytes.n);
    b->n += bytes.n;
    return RC_OK;
}

/* 20 MB of blanks pack to 20 kB. */
static void bombs(void **state)
{
    static char blanks[1 << 20];
    struct pile packed = {NULL, 0};
    struct gzip *z;
    struct seen s;

    (void)state;
    memset(blanks, ' ', sizeof blanks);
    assert_int_equal(gzip_open(pile_up, &packed, &z, NULL), RC_OK);
    assert_int_equal(gzip_write(z, STR("<feedback>"), NULL), RC_OK);
    for (int i = 0; i < 20; i++)
        assert_int_equal(gzip_write(z, (struct str){blanks, sizeof blanks}, NULL), RC_OK);
    assert_int_equal(gzip_write(z, STR("</feedback>"), NULL), RC_OK);
    assert_int_equal(gzip_close(z, NULL), RC_OK);
    read_text((struct str){packed.p, packed.n}, &s);
    assert_int_equal(s.outcome, INCOMING_LIMITED);
    assert_non_null(strstr(s.reason, "times its size"));
    free(packed.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden), cmocka_unit_test(valid_whatever_it_holds), cmocka_unit_test(reproducible),
        cmocka_unit_test(reads_back), cmocka_unit_test(strangers), cmocka_unit_test(bombs),
    };

    return cmocka_run_group_tests_name("feedback", tests, NULL, NULL);
}
