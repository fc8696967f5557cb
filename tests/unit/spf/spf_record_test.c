#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "spf/spf_record.h"

static const char *const kinds[] = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists", "redirect"};

static void show_term(struct strbuf *b, const struct spf_term *t)
{
    char ip[IP_TEXT_MAX];

    strbuf_putf(b, "[%c%s", t->qualifier, kinds[t->kind]);
    if (t->domain.n > 0)
        strbuf_putf(b, " %.*s", STR_FMT(t->domain));
    if (t->kind == SPF_TERM_IP4 || t->kind == SPF_TERM_IP6)
        strbuf_putf(b, " %s/%u", ip_text(&t->network, ip), t->kind == SPF_TERM_IP4 ? t->bits4 : t->bits6);
    if (t->kind == SPF_TERM_A || t->kind == SPF_TERM_MX)
        strbuf_putf(b, " /%u//%u", t->bits4, t->bits6);
    strbuf_putc(b, ']');
}

static const char *parsed(struct str text, char *mem, size_t size)
{
    struct arena *a = arena_new(4 << 20);
    struct strbuf b = strbuf_on(mem, size);
    struct spf_record r;
    struct err e = ERR_NONE;

    if (spf_record_parse(a, text, &r, &e) != RC_OK) {
        strbuf_puts(&b, e.text);
    } else {
        for (size_t i = 0; i < r.n; i++)
            show_term(&b, &r.directive[i]);
        if (r.redirect.text.n > 0)
            show_term(&b, &r.redirect);
        if (r.exp.n > 0)
            strbuf_putf(&b, "{exp %.*s}", STR_FMT(r.exp));
    }
    arena_free(a);
    return mem;
}

static void good(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"v=spf1", ""},
        {"V=SPF1   ", ""},
        {"v=spf1 -all", "[-all]"},
        {"v=spf1  ALL ~all ?all ", "[+all][~all][?all]"},
        {"v=spf1 a mx ptr", "[+a /32//128][+mx /32//128][+ptr]"},
        {"v=spf1 a/24 mx//64 a:x.example/0//0", "[+a /24//128][+mx /32//64][+a x.example /0//0]"},
        {"v=spf1 a:foo:bar/baz.example", "[+a foo:bar/baz.example /32//128]"},
        {"v=spf1 -include:%{i}.x.example exists:%{d}", "[-include %{i}.x.example][+exists %{d}]"},
        {"v=spf1 ip4:192.0.2.0/24 ip4:0.0.0.0/0", "[+ip4 192.0.2.0/24][+ip4 0.0.0.0/0]"},
        {"v=spf1 ip6:2001:db8::/32 IP6:::1", "[+ip6 2001:db8::/32][+ip6 ::1/128]"},
        {"v=spf1 ip6:::ffff:192.0.2.1/96", "[+ip6 ::ffff:192.0.2.1/96]"},
        {"v=spf1 redirect=_spf.example exp=e.example", "[+redirect _spf.example]{exp e.example}"},
        {"v=spf1 moo.cow-far_out=man:dog/cat%{t} a=", ""},
        {"v=spf1 REDIRECT=a.example a", "[+a /32//128][+redirect a.example]"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char mem[512];

        if (strcmp(parsed(str_of(row->name), mem, sizeof mem), row->want) != 0)
            print_error("got %s\n", mem);
        ASSERT_ROW(strcmp(mem, row->want) == 0, row);
    }
}

/* The term is named, and the reason holds these words. */
static void bad(void **state)
{
    static const struct { const char *name, *term, *reason; } rows[] = {
        {"v=spf1 -all moo", "\"moo\"", "no such mechanism"},
        {"v=spf1 -all.", "\"-all.\"", "no such mechanism"},
        {"v=spf1 all:x.example", "\"all:x.example\"", "nothing may follow"},
        {"v=spf1 -all/8", "\"-all/8\"", "nothing may follow"},
        {"v=spf1 a/33", "\"a/33\"", "0 to 32"},
        {"v=spf1 a/032", "\"a/032\"", "leading zeros"},
        {"v=spf1 a//129", "\"a//129\"", "0 to 128"},
        {"v=spf1 a/24/64", "\"a/24/64\"", "0 to 32"},
        {"v=spf1 a/24/32", "\"a/24/32\"", "needs a domain"},
        {"v=spf1 a/99999999999", "\"a/99999999999\"", "0 to 32"},
        {"v=spf1 a/", "\"a/\"", "needs a domain"},
        {"v=spf1 a:", "\"a:\"", "domain is missing"},
        {"v=spf1 a:192.0.2.1", "\"a:192.0.2.1\"", "belongs in ip4:"},
        {"v=spf1 mx:2001:db8::1/64", "\"mx:2001:db8::1/64\"", "belongs in ip6:"},
        {"v=spf1 include", "\"include\"", "needs a domain"},
        {"v=spf1 include:x.example/24", "\"include:x.example/24\"", "top-level"},
        {"v=spf1 exists:museum", "\"exists:museum\"", "top-level"},
        {"v=spf1 ptr/0", "\"ptr/0\"", "needs a domain"},
        {"v=spf1 ip4", "\"ip4\"", "needs an IPv4 address"},
        {"v=spf1 ip4:1.2.3", "\"ip4:1.2.3\"", "needs an IPv4 address"},
        {"v=spf1 ip4:1.2.3.4:25", "\"ip4:1.2.3.4:25\"", "needs an IPv4 address"},
        {"v=spf1 ip4:1.2.3.4//32", "\"ip4:1.2.3.4//32\"", "needs an IPv4 address"},
        {"v=spf1 ip4:::ffff:1.2.3.4", "\"ip4:::ffff:1.2.3.4\"", "needs an IPv4 address"},
        {"v=spf1 ip4:01.2.3.4", "\"ip4:01.2.3.4\"", "needs an IPv4 address"},
        {"v=spf1 ip6:1.2.3.4", "\"ip6:1.2.3.4\"", "needs an IPv6 address"},
        {"v=spf1 ip6:::1.1.1.1//33", "\"ip6:::1.1.1.1//33\"", "needs an IPv6 address"},
        {"v=spf1 =all", "\"=all\"", "no such mechanism"},
        {"v=spf1 1up=foo", "\"1up=foo\"", "no such mechanism"},
        {"v=spf1 -", "\"-\"", "no such mechanism"},
        {"v=spf1 redirect:x.example", "\"redirect:x.example\"", "no such mechanism"},
        {"v=spf1 redirect=", "\"redirect=\"", "domain is missing"},
        {"v=spf1 exp=-all", "\"exp=-all\"", "top-level"},
        {"v=spf1 exp=a.example exp=a.example", "\"exp=a.example\"", "only once"},
        {"v=spf1 redirect=a.example redirect=b.example", "\"redirect=b.example\"", "only once"},
        {"v=spf1 foo=%abc", "\"foo=%abc\"", "must be followed"},
        {"v=spf1 a:%{x}.example", "\"a:%{x}.example\"", "unknown macro letter"},
        {"v=spf1 a:%{r}.example", "\"a:%{r}.example\"", "explanations only"},
        {"v=spf1 a:\xef\xbb\xbfx.example", "\"a:\\xef\\xbb\\xbfx.example\"", "0xef"},
        {"v=spf1 ip4:192.0.2.1\n-all", "\"ip4:192.0.2.1\\x0a-all\"", "IPv4"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char mem[512];

        (void)parsed(str_of(row->name), mem, sizeof mem);
        if (strstr(mem, row->term) != mem || strstr(mem, row->reason) == NULL)
            print_error("got %s\n", mem);
        ASSERT_ROW(strstr(mem, row->term) == mem && strstr(mem, row->reason) != NULL, row);
    }
}

static void version(void **state)
{
    static const struct { const char *name; bool want; } rows[] = {
        {"v=spf1", true},   {"v=spf1 ", true},  {"V=SpF1 -all", true}, {"v=spf10", false}, {"v=spf1\t-all", false},
        {" v=spf1", false}, {"v=spf", false},   {"", false},           {"v=spf2.0/mfrom", false},
    };

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(spf_record_is(str_of(row->name)) == row->want, row);
}

static void sizes(void **state)
{
    static char text[80000], shown[80000];
    struct arena *small = arena_new(100), *a = arena_new(4 << 20);
    struct strbuf b = STRBUF_ON(text);
    struct spf_record r;
    struct err e = ERR_NONE;

    (void)state;
    strbuf_puts(&b, "v=spf1");
    for (int i = 0; i < 70; i++)
        strbuf_putf(&b, " ip4:192.0.2.%d", i);
    strbuf_puts(&b, " -all");
    assert_int_equal(spf_record_parse(a, strbuf_str(&b), &r, &e), RC_OK);
    assert_int_equal(r.n, 71);
    assert_int_equal(r.directive[70].kind, SPF_TERM_ALL);
    assert_int_equal(spf_record_parse(small, strbuf_str(&b), &r, &e), RC_NOMEM);
    for (int i = 0; i < SPF_TERMS_MAX; i++)
        strbuf_puts(&b, " ip4:192.0.2.1");
    assert_false(b.over);
    assert_int_equal(spf_record_parse(a, strbuf_str(&b), &r, &e), RC_LIMIT);
    assert_non_null(strstr(e.text, "more than 4096 terms"));
    assert_non_null(strstr(parsed((struct str){"v=spf1 a:x.example\0", 19}, shown, sizeof shown), "0x00"));
    arena_free(a);
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good), cmocka_unit_test(bad), cmocka_unit_test(version), cmocka_unit_test(sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
