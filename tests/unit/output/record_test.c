#include "verdict/case.h"

#include <string.h>

static void fill(struct verdict_case *k, struct record *r)
{
    assert_int_equal(record_make(k->m.arena, &k->g, &k->v, r), RC_OK);
    record_decided(k->m.arena, &k->v, r);
    r->total_ms = 5;
}

static void every_column(void **state)
{
    struct verdict_case k;
    struct record r;

    (void)state;
    case_begin(&k);
    fill(&k, &r);
#define NOT_NULL_TEXT(name) assert_non_null(r.name);
#define NOT_NULL_INT(name)
#define NOT_NULL(kind, name, help) NOT_NULL_##kind(name)
    RECORD_COLUMNS(NOT_NULL)
    assert_string_equal(r.message_id, "1@example.com");
    assert_string_equal(r.mail_from_domain, "bounces.esp.example");
    assert_string_equal(r.rcpt_domain, "receiver.example");
    assert_string_equal(r.header_from, "A <a@example.com>");
    assert_string_equal(r.dkim, "pass esp.example k1 rsa-sha256; fail example.com s1 ed25519-sha256");
    assert_string_equal(r.policy_p, "reject");
    assert_int_equal(r.policy_rua, 1);
    assert_string_equal(r.policy, "reject");
    assert_int_equal(r.time_ms, 1795300000000);
    case_end(&k);
}

static void dkim_column_reads_back(void **state)
{
    struct verdict_case k;
    struct record_dkim *sig;
    size_t n;

    (void)state;
    case_begin(&k);
    k.sig[1].selector = "a b;c"; /* cannot be written */
    assert_int_equal(record_dkim_parse(k.m.arena, record_dkim_text(k.m.arena, &k.e.dkim), &sig, &n), RC_OK);
    assert_int_equal(n, 2);
    assert_int_equal(sig[0].result, DKIM_PASS);
    assert_true(str_eq(sig[0].domain, STR("esp.example")));
    assert_true(str_eq(sig[1].selector, STR("-")));
    assert_true(str_eq(sig[1].algorithm, STR("ed25519-sha256")));
    assert_int_equal(record_dkim_parse(k.m.arena, "", &sig, &n), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(record_dkim_parse(k.m.arena, "pass example.com", &sig, &n), RC_BAD);
    assert_int_equal(record_dkim_parse(k.m.arena, "maybe a b c", &sig, &n), RC_BAD);
    case_end(&k);
}

static void foreign_text_is_kept_clean(void **state)
{
    struct verdict_case k;
    struct record r;

    (void)state;
    case_begin(&k);
    k.conn.helo = "a\x1b[31m\xff\xc3\xa4";
    fill(&k, &r);
    assert_string_equal(r.helo, "a\\x1b[31m\\xff\xc3\xa4");
    case_end(&k);
}

/* The line of the manual, whole. */
static void log_line(void **state)
{
    struct verdict_case k;
    struct record r;
    char line[LOG_LINE_MAX + 1];
    struct strbuf out = STRBUF_ON(line);

    (void)state;
    case_begin(&k);
    k.m.limits = 1u << MESSAGE_LIMIT_SIGNATURES | 1u << MESSAGE_LIMIT_ARC;
    fill(&k, &r);
    logline_make(k.m.arena, &r, &out);
    assert_string_equal(line,
                        "dmarc=fail from=example.com policy=reject disposition=none spf=pass"
                        " spf_domain=bounces.esp.example spf_aligned=no dkim=pass dkim_domain=esp.example"
                        " dkim_aligned=no arc=none ip=198.51.100.7 ptr=mail7.esp.example source=unknown ref=K7Q2M4ZD"
                        " msgid=<1@example.com> rcpts=1 dns_ms=3 total_ms=5 limits=signatures,arc"
                        " why=\"no identifier that passed is aligned with example.com\"");
    case_end(&k);
}

/* Amazon's have 86 bytes, others more: what is searched for stands there whole. */
static void log_line_has_the_whole_message_id(void **state)
{
    static const char id[] = "0100018f2c7d9a3e-5b1f2c3d-4e5f-6a7b-8c9d-0e1f2a3b4c5d-000000@eu-central-1.amazonses.example"
                             ".a-name-that-goes-on-for-quite-a-while.and-then-some-more.example.com";
    struct verdict_case k;
    struct record r;
    char line[LOG_LINE_MAX + 1];
    struct strbuf out = STRBUF_ON(line);

    (void)state;
    case_begin(&k);
    fill(&k, &r);
    r.message_id = id;
    logline_make(k.m.arena, &r, &out);
    assert_non_null(strstr(line, id));
    case_end(&k);
}

/* Whatever a sender fills in, the line with its queue id stays under 1,000 bytes and free of control bytes. */
static void log_line_is_bounded(void **state)
{
    char junk[5000], line[2 * LOG_LINE_MAX];
    struct strbuf out = STRBUF_ON(line);
    struct verdict_case k;
    struct record r;

    (void)state;
    for (size_t i = 0; i < sizeof junk; i++)
        junk[i] = (char)(i % 3 == 0 ? '"' : i % 3 == 1 ? '\n' : 0x80 + (int)(i % 0x70));
    junk[sizeof junk - 1] = '\0';
    case_begin(&k);
    fill(&k, &r);
    r.author_domain = r.spf_domain = r.client_name = r.message_id = r.limits = r.why = r.policy = junk;
    r.source = r.status = r.client = r.cause = r.playbook = r.risk = r.ref = r.ticket = r.next = junk;
    r.forged_headers = r.rcpts = r.dns_ms = r.total_ms = 4294967295;
    logline_make(k.m.arena, &r, &out);
    assert_in_range(out.n, 300, LOG_LINE_MAX - 40);
    for (size_t i = 0; i < out.n; i++)
        assert_in_range(line[i], 0x20, 0x7e);
    assert_null(strstr(line, "\" dmarc="));
    case_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column), cmocka_unit_test(dkim_column_reads_back),
        cmocka_unit_test(foreign_text_is_kept_clean), cmocka_unit_test(log_line), cmocka_unit_test(log_line_is_bounded),
        cmocka_unit_test(log_line_has_the_whole_message_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
