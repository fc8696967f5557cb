#include "unit.h"

#include <string.h>

#include "mail/authres.h"

/* One property of its own result; what is written after "x=y". */
static const char *written(struct arena *a, const char *ptype, const char *property, struct str value, bool *kept)
{
    struct strbuf out = strbuf_new(a, AUTHRES_WRITE_MAX);
    struct authres_writer w;

    authres_begin(&w, &out, "mx");
    authres_method(&w, "x", "y");
    *kept = authres_prop(&w, ptype, property, value);
    authres_end(&w);
    return out.p + strlen("mx;\n\tx=y");
}

static void values(void **state)
{
    static const struct { const char *name, *value, *want; } rows[] = {
        {"token", "example.com", " p.q=example.com"},
        {"all token characters", "!#$%&'*+-.0aA^_`{|}~", " p.q=!#$%&'*+-.0aA^_`{|}~"},
        {"empty", "", " p.q=\"\""},
        {"IPv6", "2001:db8::1", " p.q=\"2001:db8::1\""},
        {"IPv4", "192.0.2.1", " p.q=192.0.2.1"},
        {"base64", "ab/c+d=", " p.q=\"ab/c+d=\""},
        {"base64 of letters", "abcdEF12", " p.q=abcdEF12"},
        {"blank", "a b", " p.q=\"a b\""},
        {"semicolon", "x;dmarc=pass", " p.q=\"x;dmarc=pass\""},
        {"closes a comment", "x) ; dmarc=pass (", " p.q=\"x) ; dmarc=pass (\""},
        {"closes a quote", "x\"; dmarc=pass; \"", " p.q=\"x\\\"; dmarc=pass; \\\"\""},
        {"backslashes", "\\\";\\", " p.q=\"\\\\\\\";\\\\\""},
        {"identity", "u.v+w@example.com", " p.q=u.v+w@example.com"},
        {"domain identity", "@example.com", " p.q=@example.com"},
        {"atext local part", "a/b=c?@example.com", " p.q=a/b=c?@example.com"},
        {"quoted local part", "\"a b\"@example.com", " p.q=\"a b\"@example.com"},
        {"quoted local part with @ and pairs", "\"a@\\\"b\"@example.com", " p.q=\"a@\\\"b\"@example.com"},
        {"quotes not closed", "\"a@example.com", " p.q=\"\\\"a@example.com\""},
        {"pair not whole", "\"a\\", " p.q=\"\\\"a\\\\\""},
        {"text behind the quotes", "\"a\"b@example.com", " p.q=\"\\\"a\\\"b@example.com\""},
        {"quoted, no domain name", "\"a\"@b;c", " p.q=\"\\\"a\\\"@b;c\""},
        {"dots in local part", "a..b@example.com", " p.q=\"a..b@example.com\""},
        {"dot first", ".a@example.com", " p.q=\".a@example.com\""},
        {"semicolon in local part", "a;b@example.com", " p.q=\"a;b@example.com\""},
        {"two ats", "a@b@example.com", " p.q=\"a@b@example.com\""},
        {"no domain", "a@", " p.q=\"a@\""},
        {"dots in the domain", "a@example..com", " p.q=\"a@example..com\""},
        {"trailing dot", "a@example.com.", " p.q=\"a@example.com.\""},
        {"no LDH domain", "a@exam_ple.com", " p.q=\"a@exam_ple.com\""},
        {"literal", "a@[192.0.2.1]", " p.q=\"a@[192.0.2.1]\""},
        {"UTF-8", "b\xc3\xbc" "cher.example", NULL},
        {"CR LF", "x\r\n; dmarc=pass", NULL},
        {"LF", "x\n", NULL},
        {"tab", "x\ty", NULL},
        {"DEL", "x\x7f", NULL},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(64 * 1024);
        bool kept;
        const char *got = written(a, "p", "q", str_of(row->value), &kept);

        ASSERT_ROW(kept == (row->want != NULL), row);
        ASSERT_ROW(strcmp(got, row->want == NULL ? "" : row->want) == 0, row);
        arena_free(a);
    }
}

static void nul_and_long_values_are_left_out(void **state)
{
    struct arena *a = arena_new(64 * 1024);
    char text[AUTHRES_VALUE_MAX + 1];
    bool kept;

    (void)state;
    assert_string_equal(written(a, "p", "q", STR("a\0b"), &kept), "");
    assert_false(kept);
    memset(text, '"', sizeof text);
    written(a, "p", "q", (struct str){text, AUTHRES_VALUE_MAX}, &kept);
    assert_true(kept);
    written(a, "p", "q", (struct str){text, AUTHRES_VALUE_MAX + 1}, &kept);
    assert_false(kept);
    arena_free(a);
}

/* spec of the stamp: one field, folded */
static void golden(void **state)
{
    static const char want[] =
        "mx.receiver.example;\n"
        "\tiprev=pass policy.iprev=\"2001:db8::1\";\n"
        "\tspf=pass smtp.mailfrom=bounces.example.com;\n"
        "\tdkim=pass header.d=example.com header.i=@example.com header.s=s1\n"
        "\theader.a=rsa-sha256 header.b=abcdEF12 (2048-bit key);\n"
        "\tdkim=fail reason=\"body hash did not verify\" header.d=esp.example\n"
        "\theader.b=\"Zz0/xyQ1\";\n"
        "\tdmarc=pass header.from=example.com policy.dmarc=reject";
    struct arena *a = arena_new(64 * 1024);
    struct strbuf out = strbuf_new(a, AUTHRES_WRITE_MAX);
    struct authres_writer w;

    (void)state;
    authres_begin(&w, &out, "mx.receiver.example");
    authres_method(&w, "iprev", "pass");
    assert_true(authres_prop(&w, "policy", "iprev", STR("2001:db8::1")));
    authres_method(&w, "spf", "pass");
    assert_true(authres_prop(&w, "smtp", "mailfrom", STR("bounces.example.com")));
    assert_false(authres_prop(&w, "smtp", "helo", STR("x\r\n")));
    authres_method(&w, "dkim", "pass");
    assert_true(authres_prop(&w, "header", "d", STR("example.com")));
    assert_true(authres_prop(&w, "header", "i", STR("@example.com")));
    assert_true(authres_prop(&w, "header", "s", STR("s1")));
    assert_true(authres_prop(&w, "header", "a", STR("rsa-sha256")));
    assert_true(authres_prop(&w, "header", "b", STR("abcdEF12")));
    authres_comment(&w, "2048-bit key");
    authres_method(&w, "dkim", "fail");
    authres_reason(&w, STR("body hash did not verify"));
    assert_true(authres_prop(&w, "header", "d", STR("esp.example")));
    assert_true(authres_prop(&w, "header", "b", STR("Zz0/xyQ1")));
    authres_method(&w, "dmarc", "pass");
    assert_true(authres_prop(&w, "header", "from", STR("example.com")));
    assert_true(authres_prop(&w, "policy", "dmarc", STR("reject")));
    authres_end(&w);
    assert_string_equal(out.p, want);
    assert_int_equal(w.methods, 5);
    assert_false(w.over);
    arena_free(a);
}

static void ids(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"mx.example.org", "mx.example.org; none"},
        {"mx.example.org/17", "\"mx.example.org/17\"; none"},
        {"mail hub", "\"mail hub\"; none"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char mem[128];
        struct strbuf out = STRBUF_ON(mem);
        struct authres_writer w;

        authres_begin(&w, &out, row->name);
        authres_end(&w);
        ASSERT_ROW(strcmp(out.p, row->want) == 0, row);
    }
}

static void reasons(void **state)
{
    char mem[2048], text[2 * AUTHRES_VALUE_MAX];
    struct strbuf out = STRBUF_ON(mem);
    struct authres_writer w;

    (void)state;
    authres_begin(&w, &out, "mx");
    authres_method(&w, "dkim", "fail");
    authres_reason(&w, STR("a \"b\" \\ \r\n\0\xc3\xa9 ; dmarc=pass"));
    authres_end(&w);
    assert_string_equal(out.p, "mx;\n\tdkim=fail reason=\"a \\\"b\\\" \\\\ ????? ; dmarc=pass\"");

    out.n = 0;
    memset(text, 'x', sizeof text);
    authres_begin(&w, &out, "mx");
    authres_method(&w, "dkim", "fail");
    authres_reason(&w, (struct str){text, sizeof text});
    assert_int_equal(out.n, strlen("mx;\n\tdkim=fail\n\treason=\"\"") + AUTHRES_VALUE_MAX);
}

static void lines_fit(void **state)
{
    struct arena *a = arena_new(64 * 1024);
    struct strbuf out = strbuf_new(a, AUTHRES_WRITE_MAX);
    struct authres_writer w;
    size_t column = strlen("Authentication-Results: ");

    (void)state;
    authres_begin(&w, &out, "mx.receiver.example");
    for (size_t n = 1; n < 40; n++) {
        authres_method(&w, "dkim", "pass");
        assert_true(authres_prop(&w, "header", "d", (struct str){"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", n}));
        assert_true(authres_prop(&w, "header", "s", STR("selector")));
        authres_comment(&w, "2048-bit key");
    }
    for (size_t i = 0; i < out.n; i++) {
        column = out.p[i] == '\n' ? 0 : column + (out.p[i] == '\t' ? 8 : 1);
        assert_in_range(column, 0, 77);
    }
    arena_free(a);
}

/* Past the limit whole results are left out, and smaller ones after them still stand. */
static void too_much(void **state)
{
    struct arena *a = arena_new(256 * 1024);
    struct strbuf out = strbuf_new(a, 3 * AUTHRES_WRITE_MAX);
    struct authres_writer w;
    struct authres parsed;
    char text[AUTHRES_VALUE_MAX];

    (void)state;
    memset(text, 'x', sizeof text);
    strbuf_puts(&out, "before");
    authres_begin(&w, &out, "mx");
    for (int i = 0; i < 100; i++) {
        authres_method(&w, "dkim", "pass");
        assert_true(authres_prop(&w, "header", "d", (struct str){text, sizeof text}));
        assert_true(authres_prop(&w, "header", "s", (struct str){text, sizeof text}));
        authres_comment(&w, "x");
    }
    authres_method(&w, "dmarc", "pass");
    authres_end(&w);
    assert_true(w.over);
    assert_in_range(out.n, 3 * AUTHRES_WRITE_MAX / 4, AUTHRES_WRITE_MAX + strlen("before"));
    assert_int_equal(authres_parse(a, str_slice(strbuf_str(&out), strlen("before"), out.n), &parsed, NULL), RC_OK);
    assert_int_equal(parsed.n, w.methods);
    for (size_t i = 0; i + 1 < parsed.n; i++)
        assert_int_equal(parsed.result[i].prop_count, 2);
    assert_true(str_eq(parsed.result[parsed.n - 1].method, STR("dmarc")));
    arena_free(a);
}

static void no_room_at_all(void **state)
{
    char mem[8];
    struct strbuf out = STRBUF_ON(mem);
    struct authres_writer w;

    (void)state;
    authres_begin(&w, &out, "mx.example.org");
    authres_method(&w, "spf", "pass");
    (void)authres_prop(&w, "smtp", "helo", STR("x"));
    authres_end(&w);
    assert_true(out.over);
    assert_true(w.over);
}

/* Whatever was written is read again as it was given. */
static void round_trip(void **state)
{
    static const char *const hostile[] = {
        "x;dmarc=pass", "x) dmarc=pass (", "\"", "\\", "\\\"", "a@b", "@b", "a@b@c", "\"a b\"@c", "a\"@b", "", " ",
        "=?utf-8?q?x?=", "x y=z", "x;", ";", "(", ")", "()", "a b c", "user@example.com", "2001:db8::1", "'", ",",
        "x header.d=evil.example", "x\" header.d=evil.example y=\"",
    };
    const size_t count = sizeof hostile / sizeof hostile[0];
    struct arena *a = arena_new(1024 * 1024);
    struct strbuf out = strbuf_new(a, AUTHRES_WRITE_MAX);
    struct authres_writer w;
    struct authres parsed;

    (void)state;
    authres_begin(&w, &out, "mx.example.org");
    for (size_t i = 0; i < count; i++) {
        authres_method(&w, "spf", "fail");
        authres_reason(&w, str_of(hostile[i]));
        assert_true(authres_prop(&w, "smtp", "helo", str_of(hostile[i])));
        assert_true(authres_prop(&w, "smtp", "mailfrom", str_of(hostile[count - 1 - i])));
        authres_comment(&w, "ours");
    }
    authres_end(&w);
    assert_int_equal(authres_parse(a, strbuf_str(&out), &parsed, NULL), RC_OK);
    assert_int_equal(parsed.n, count);
    for (size_t i = 0; i < count; i++) {
        const struct authres_result *r = &parsed.result[i];

        assert_true(str_eq(r->method, STR("spf")) && str_eq(r->result, STR("fail")));
        assert_true(str_eq(r->reason, str_of(hostile[i])));
        assert_int_equal(r->prop_count, 2);
        assert_true(str_eq(r->prop[0].value, str_of(hostile[i])));
        assert_true(str_eq(r->prop[1].value, str_of(hostile[count - 1 - i])));
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values), cmocka_unit_test(nul_and_long_values_are_left_out), cmocka_unit_test(golden),
        cmocka_unit_test(ids), cmocka_unit_test(reasons), cmocka_unit_test(lines_fit), cmocka_unit_test(too_much),
        cmocka_unit_test(no_room_at_all), cmocka_unit_test(round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
