#include "unit.h"

#include <string.h>

#include "spf/spf_macro.h"

static struct spf_macro_values values_of(const char *ip)
{
    struct spf_macro_values v = {
        .sender = STR("strong-bad@email.example.com"),
        .local = STR("strong-bad"),
        .sender_domain = STR("email.example.com"),
        .domain = STR("email.example.com"),
        .helo = STR("mx.example.org"),
        .validated = STR("mx.example.org"),
        .receiver = STR("mx.receiver.example"),
        .now = 1700000000,
    };

    assert_true(ip_parse(str_of(ip), &v.ip));
    return v;
}

/* The examples of RFC 7208 section 7.4, then cases of our own. */
static void expanding(void **state)
{
    static const struct { const char *name, *text, *want; } rows[] = {
        {"s", "%{s}", "strong-bad@email.example.com"},
        {"o", "%{o}", "email.example.com"},
        {"d", "%{d}", "email.example.com"},
        {"d4", "%{d4}", "email.example.com"},
        {"d3", "%{d3}", "email.example.com"},
        {"d2", "%{d2}", "example.com"},
        {"d1", "%{d1}", "com"},
        {"dr", "%{dr}", "com.example.email"},
        {"d2r", "%{d2r}", "example.email"},
        {"l", "%{l}", "strong-bad"},
        {"l-", "%{l-}", "strong.bad"},
        {"lr", "%{lr}", "strong-bad"},
        {"lr-", "%{lr-}", "bad.strong"},
        {"l1r-", "%{l1r-}", "strong"},
        {"list", "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
        {"lists", "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
        {"several", "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
        {"escapes", "a%%b%_c%-d", "a%b c%20d"},
        {"url", "%{S}", "strong-bad%40email.example.com"},
        {"upper reverse", "%{LR-}", "bad.strong"},
        {"explanation letters", "%{c} %{r} %{t}", "192.0.2.3 mx.receiver.example 1700000000"},
        {"h p", "%{h} %{p}", "mx.example.org mx.example.org"},
        {"comma delimiter", "%{l,}", "strong-bad"},
        {"slash delimiter", "%{l/}", "strong-bad"},
        {"every delimiter", "%{sr.-+,/_=}", "com.example.bad@email.strong"},
        {"far more parts than there are", "%{d99999999999999999999}", "email.example.com"},
        {"128 parts", "%{d128r}", "com.example.email"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct spf_macro_values v = values_of("192.0.2.3");
        char mem[200];
        struct strbuf out = STRBUF_ON(mem);

        ASSERT_ROW(spf_macro_check(str_of(row->text), SPF_MACRO_EXPLAIN, NULL) == RC_OK, row);
        spf_macro_expand(&out, str_of(row->text), &v);
        if (strcmp(mem, row->want) != 0)
            print_error("got \"%s\"\n", mem);
        ASSERT_ROW(strcmp(mem, row->want) == 0, row);
    }
}

static void ipv6(void **state)
{
    struct spf_macro_values v = values_of("2001:db8::cb01");
    char mem[200];
    struct strbuf out = STRBUF_ON(mem);

    (void)state;
    spf_macro_expand(&out, STR("%{ir}.%{v} %{c}"), &v);
    assert_string_equal(mem, "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6 2001:db8::cb01");
}

static void two_labels(void **state)
{
    struct spf_macro_values v = values_of("192.0.2.3");
    char mem[64];
    struct strbuf out = STRBUF_ON(mem);

    (void)state;
    v.domain = STR("example.com");
    spf_macro_expand(&out, STR("%{d2}|%{d3}|%{d2r}"), &v);
    assert_string_equal(mem, "example.com|example.com|com.example");
}

static void syntax(void **state)
{
    static const struct { const char *name; enum spf_macro_place place; enum rc want; } rows[] = {
        {"", SPF_MACRO_MODIFIER, RC_OK},
        {"plain", SPF_MACRO_DOMAIN, RC_OK},
        {"%{d}", SPF_MACRO_DOMAIN, RC_OK},
        {"%{D2R.-+,/_=}", SPF_MACRO_DOMAIN, RC_OK},
        {"%{c}", SPF_MACRO_DOMAIN, RC_BAD},
        {"%{R}", SPF_MACRO_DOMAIN, RC_BAD},
        {"%{t}", SPF_MACRO_MODIFIER, RC_OK},
        {"%{c} %{r} %{t}", SPF_MACRO_EXPLAIN, RC_OK},
        {"a b", SPF_MACRO_EXPLAIN, RC_OK},
        {"a b", SPF_MACRO_MODIFIER, RC_BAD},
        {"tab\there", SPF_MACRO_EXPLAIN, RC_BAD},
        {"caf\xc3\xa9", SPF_MACRO_EXPLAIN, RC_BAD},
        {"del\x7f", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%a", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%{", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%{}", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%{d", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%{x}", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%{d0}", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%{dr2}", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%{d:}", SPF_MACRO_EXPLAIN, RC_BAD},
        {"%{d|}", SPF_MACRO_EXPLAIN, RC_BAD},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct err e = ERR_NONE;

        ASSERT_ROW(spf_macro_check(str_of(row->name), row->place, &e) == row->want, row);
        ASSERT_ROW((e.text[0] != '\0') == (row->want != RC_OK), row);
    }
    assert_int_equal(spf_macro_check((struct str){"a\0b", 3}, SPF_MACRO_EXPLAIN, NULL), RC_BAD);
}

static void domain_spec(void **state)
{
    static const struct { const char *name; enum rc want; } rows[] = {
        {"example.com", RC_OK},      {"example.com.", RC_OK},   {"%{d}", RC_OK},         {"a.%{d}", RC_OK},
        {"%{d}.com", RC_OK},         {"a%%", RC_OK},            {"x.xn--zckzah", RC_OK}, {"a.1-2", RC_OK},
        {"foo:bar/baz.com", RC_OK},  {"a..com", RC_OK},         {"%{i}._x.com", RC_OK},  {"", RC_BAD},
        {"com", RC_BAD},             {"com.", RC_BAD},          {".", RC_BAD},           {"a.", RC_BAD},
        {"192.0.2.1", RC_BAD},       {"a.123", RC_BAD},         {"a.-com", RC_BAD},      {"a.com-", RC_BAD},
        {"a.com:25", RC_BAD},        {"a.com..", RC_BAD},       {"%{d}com", RC_BAD},     {"a.c_m", RC_BAD},
        {"%{d}.1", RC_BAD},          {"a b.com", RC_BAD},       {"%{c}.com", RC_BAD},
    };

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(spf_macro_check_domain(str_of(row->name), NULL) == row->want, row);
}

static void long_names(void **state)
{
    static char spec[1200];
    struct arena *a = arena_new(1 << 20), *none = arena_new(0);
    struct spf_macro_values v = values_of("192.0.2.3");
    struct strbuf text = STRBUF_ON(spec);
    struct str name;

    (void)state;
    for (int i = 0; i < 30; i++)
        strbuf_puts(&text, "%{d}.");
    strbuf_puts(&text, "Example.ORG.");
    assert_int_equal(spf_macro_domain(a, strbuf_str(&text), &v, &name), RC_OK);
    assert_true(name.n <= 253 && name.n > 240);
    assert_true(str_starts_nocase(name, STR("email.")) || str_starts_nocase(name, STR("example.")) ||
                str_starts_nocase(name, STR("com.")));
    assert_true(str_ends_nocase(name, STR(".com.example.org")));
    assert_memory_equal(name.p + name.n - 3, "org", 4); /* lower case, NUL-terminated */
    for (int i = 0; i < 200; i++)
        strbuf_puts(&text, "%{s}.");
    assert_int_equal(spf_macro_domain(a, strbuf_str(&text), &v, &name), RC_OK);
    assert_int_equal(name.n, 0); /* over the limit: no name */
    assert_int_equal(spf_macro_domain(none, STR("%{d}"), &v, &name), RC_NOMEM);
    assert_true(spf_macro_uses(STR("a%%p%{P2r}"), 'p'));
    assert_false(spf_macro_uses(STR("a%%p%{d2r}"), 'p'));
    arena_free(none);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expanding), cmocka_unit_test(ipv6),        cmocka_unit_test(two_labels),
        cmocka_unit_test(syntax),    cmocka_unit_test(domain_spec), cmocka_unit_test(long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
