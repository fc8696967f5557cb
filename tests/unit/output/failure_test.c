#include "verdict/case.h"

#include <string.h>

#include "output/failure.h"

static const struct redact_key key = {.bytes = {1, 2, 3}}, other_key = {.bytes = {4}};

static void kinds(void **state)
{
    static const struct {
        const char *name, *fo;
        enum dmarc_result result;
        bool spf_aligned, dkim_aligned;
        enum spf_result spf;
        enum dkim_result dkim;
        const char *want;
    } rows[] = {
        {"0: DMARC failed", "0", DMARC_FAIL, false, false, SPF_FAIL, DKIM_NONE, "dmarc"},
        {"0: DMARC passed", "0", DMARC_PASS, false, true, SPF_FAIL, DKIM_FAIL, ""},
        {"1: one of two", "1", DMARC_PASS, false, true, SPF_PASS, DKIM_PASS, "dmarc"},
        {"1: both", "1", DMARC_PASS, true, true, SPF_PASS, DKIM_PASS, ""},
        {"1: neither", "1", DMARC_FAIL, false, false, SPF_PASS, DKIM_PASS, "dmarc"},
        {"1: one, the other is not known", "1", DMARC_PASS, false, true, SPF_TEMPERROR, DKIM_PASS, ""},
        {"1: one, a key was not to be had", "1", DMARC_PASS, true, false, SPF_PASS, DKIM_TEMPERROR, ""},
        {"d: failed", "d", DMARC_PASS, true, true, SPF_PASS, DKIM_FAIL, "bodyhash"},
        {"d: permerror is no failure", "d", DMARC_FAIL, false, false, SPF_FAIL, DKIM_PERMERROR, ""},
        {"s: fail", "s", DMARC_PASS, false, true, SPF_FAIL, DKIM_PASS, "spf"},
        {"s: softfail", "s", DMARC_PASS, false, true, SPF_SOFTFAIL, DKIM_PASS, "spf"},
        {"s: neutral", "s", DMARC_FAIL, false, false, SPF_NEUTRAL, DKIM_NONE, ""},
        {"d and s ask for no dmarc report", "d:s", DMARC_FAIL, false, false, SPF_NEUTRAL, DKIM_NONE, ""},
        {"one report a message", "1:d:s", DMARC_FAIL, false, false, SPF_FAIL, DKIM_FAIL, "dmarc"},
        {"temperror", "1:d:s", DMARC_TEMPERROR, false, false, SPF_FAIL, DKIM_FAIL, ""},
        {"no record", "0", DMARC_NONE, false, false, SPF_FAIL, DKIM_FAIL, ""},
        {"permerror", "0", DMARC_PERMERROR, false, false, SPF_FAIL, DKIM_FAIL, ""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct verdict_case k;

        case_begin(&k);
        k.v.dmarc.result = row->result;
        k.v.dmarc.spf_aligned = row->spf_aligned;
        k.v.dmarc.dkim_aligned = row->dkim_aligned;
        k.e.spf.result = row->spf;
        k.sig[1].result = row->dkim;
        ASSERT_ROW(strcmp(failure_kind(row->fo, &k.v.dmarc, &k.e), row->want) == 0, row);
        case_end(&k);
    }
}

static const char *opted_in[] = {"example.com"};

static const struct failure *make(struct verdict_case *k, struct record *r)
{
    struct failure_question q = {.message = &k->m, .evidence = &k->e, .dmarc = &k->v.dmarc, .record = r,
                                 .config = &k->c, .key = &key};
    const struct failure *f;

    k->e.spf.result = SPF_FAIL;
    k->record.ruf_count = k->record.ruf_count == 99 ? 0 : 1;
    k->c.report_email = k->c.report_email == NULL ? "dmarc@receiver.example" : k->c.report_email;
    k->c.report_sender = "bounces@receiver.example";
    if (k->c.failure_reports.n == 0)
        k->c.failure_reports = (struct string_list){opted_in, 1};
    assert_int_equal(record_make(k->m.arena, &k->g, &k->v, r), RC_OK);
    assert_int_equal(failure_make(k->m.arena, &q, &f), RC_OK);
    return f;
}

static void what_is_kept(void **state)
{
    struct verdict_case k;
    const struct failure *f;
    struct record r;

    (void)state;
    case_begin(&k);
    f = make(&k, &r);
    assert_non_null(f);
    assert_string_equal(f->policy_domain, "example.com");
    assert_string_equal(f->kind, "dmarc");
    assert_string_equal(f->bucket, "example.com 198.51.100.7 dmarc spf dkim bounces.esp.example");
    assert_string_equal(f->dkim_domain, "example.com"); /* not esp.example's, which passed and would not align */
    assert_string_equal(f->dkim_selector, "s1");
    assert_non_null(strstr(f->dkim_identity, "@example.com"));
    assert_null(strstr(f->dkim_identity, "x@"));
    assert_non_null(strstr(f->mail_from, "@bounces.esp.example"));
    assert_null(strstr(f->mail_from, "b@"));
    assert_non_null(strstr(f->headers, "Message-ID: <1@example.com>\n"));
    case_end(&k);
}

static const char *another[] = {"other.example"};
static void not_ours(struct verdict_case *k) { k->c.failure_reports = (struct string_list){another, 1}; }
static void no_ruf(struct verdict_case *k) { k->record.ruf_count = 99; }
static void suffix(struct verdict_case *k) { k->record.psd = DMARC_PSD_Y; }
static void passes(struct verdict_case *k) { k->v.dmarc.result = DMARC_PASS; k->v.dmarc.spf_aligned = true; }
static void report(struct verdict_case *k) { case_header(k, "Content-Type", "  MULTIPART/Report; report-type=x"); }
static void from_us(struct verdict_case *k) { k->m.mail_from = STR("bounces+abc@receiver.example"); }
static void to_us(struct verdict_case *k) { assert_int_equal(message_add_rcpt(&k->m, STR("<DMARC@receiver.example>")), RC_OK); }
static void by_us(struct verdict_case *k) { k->c.report_email = "a@example.com"; }
static void nothing(struct verdict_case *k) { (void)k; }
static void nearly_us(struct verdict_case *k) { k->m.mail_from = STR("xbounces@receiver.example"); }

static void whether(void **state)
{
    static const struct { const char *name; void (*change)(struct verdict_case *); bool want; } rows[] = {
        {"plain", nothing, true}, {"domain not named", not_ours, false}, {"no ruf", no_ruf, false},
        {"psd=y", suffix, false}, {"DMARC passes", passes, false}, {"a report itself", report, false},
        {"a bounce of a report", to_us, false}, {"our own report", from_us, false}, {"our address in From", by_us, false},
        {"an address like ours", nearly_us, true},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct verdict_case k;
        struct record r;

        case_begin(&k);
        row->change(&k);
        ASSERT_ROW((make(&k, &r) != NULL) == row->want, row);
        case_end(&k);
    }
}

/* ---- redaction ---- */

static const char *shown(const char *name, const char *value)
{
    static char mem[8192];
    struct strbuf b = STRBUF_ON(mem);
    struct verdict_case k;
    struct message m;

    case_begin(&k);
    m = (struct message){.arena = k.m.arena};
    k.m = m;
    case_header(&k, name, value);
    strbuf_puts(&b, redact_headers(k.m.arena, &k.m, &key));
    case_end(&k);
    return mem;
}

static void redaction(void **state)
{
    static const struct { const char *name, *field, *value, *want; } rows[] = {
        {"name stays, local-part goes", "From", " Ann <ann@a.example>", "From: Ann <T@a.example>\n"},
        {"recipients' names go", "To", " \"Jane Desk\" <jane@r.example>, joe@r.example", "To: T@r.example, T@r.example\n"},
        {"a group", "Cc", " team: jane@r.example, joe@r.example;", "Cc: T@r.example, T@r.example\n"},
        {"quoted local-part", "From", " <\"Jane @ home\"@r.example>", "From: <T@r.example>\n"},
        {"no address in To", "To", " undisclosed-recipients:;", "To:\n"},
        {"Received's for", "Received", " from x by y for <jane@r.example>; Sat", "Received: from x by y for <T@r.example>; Sat\n"},
        {"folds", "Subject", " a\r\n b\r\n\tc", "Subject: a b c\n"},
        {"links", "Subject", " HTTP://x https://y", "Subject: hxxp://x hxxps://y\n"},
        {"bytes", "Subject", " \x01\xff\x7f\tx", "Subject: ??? x\n"},
        {"Message-ID as it is", "Message-ID", " <jane.1@a.example>", "Message-ID: <jane.1@a.example>\n"},
        {"left out", "Bcc", " jane@r.example", ""},
        {"left out, too", "X-Original-To", " jane@r.example", ""},
        {"unknown fields are left out", "X-Jane", " jane", ""},
        {"odd name", "FROM ", " ann@a.example", "From: T@a.example\n"},
        {"a tag", "Authentication-Results", " x; spf=pass smtp.mailfrom=S=1=ann@a.example;",
         "Authentication-Results: x; spf=pass smtp.mailfrom=T@a.example;\n"},
        {"no local-part", "DKIM-Signature", " i=@a.example", "DKIM-Signature: i=@a.example\n"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct str got = str_of(shown(row->field, row->value));
        char mem[1000];
        struct strbuf b = STRBUF_ON(mem);

        for (size_t i = 0; i < got.n; i++) { /* a token before "@" becomes T */
            struct str rest = str_slice(got, i, got.n);

            if (str_find(rest, '@') == REDACT_TOKEN_SIZE && rest.n > REDACT_TOKEN_SIZE &&
                strspn(rest.p, "abcdefghijklmnopqrstuvwxyz234567") == REDACT_TOKEN_SIZE) {
                strbuf_putc(&b, 'T');
                i += REDACT_TOKEN_SIZE - 1;
            } else {
                strbuf_putc(&b, rest.p[0]);
            }
        }
        if (strcmp(mem, row->want) != 0)
            print_error("row \"%s\": %s\n", row->name, mem);
        assert_string_equal(mem, row->want);
    }
}

/* RFC 6590: the same for the same local-part, whatever its case and domain; another for another key. */
static void tokens(void **state)
{
    struct arena *a = arena_new(1 << 20);
    const char *one = redact_text(a, STR("Ann@a.example"), &key), *two = redact_text(a, STR("ann@a.example"), &key),
               *three = redact_text(a, STR("bob@a.example"), &key), *four = redact_text(a, STR("ann@a.example"), &other_key);

    (void)state;
    assert_string_equal(one, two);
    assert_string_not_equal(one, three);
    assert_string_not_equal(one, four);
    assert_int_equal(strlen(one), REDACT_TOKEN_SIZE + strlen("@a.example"));
    assert_string_equal(redact_text(a, STR_NONE, &key), "");
    arena_free(a);
}

static void bounds(void **state)
{
    const struct message_bounds max = {.headers = 2000, .header_bytes = 8 << 20};
    struct message m = {.arena = arena_new(32 << 20)};
    char value[6000];
    struct str out;

    (void)state;
    memset(value, 'a', sizeof value);
    for (int i = 0; i < 50; i++)
        assert_int_equal(message_add_header(&m, STR("Subject"), (struct str){value, sizeof value}, &max), RC_OK);
    out = str_of(redact_headers(m.arena, &m, &key));
    assert_true(out.n > 4000 && out.n <= REDACT_HEADERS_MAX && out.p[out.n - 1] == '\n');
    while (out.n > 0) {
        assert_true(str_find(out, '\n') <= 990);
        out = str_slice(out, str_find(out, '\n') + 1, out.n);
    }
    arena_free(m.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds), cmocka_unit_test(what_is_kept), cmocka_unit_test(whether), cmocka_unit_test(redaction),
        cmocka_unit_test(tokens), cmocka_unit_test(bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
