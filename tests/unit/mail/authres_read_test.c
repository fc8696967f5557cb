#include "unit.h"

#include <string.h>

#include "mail/authres.h"

/*
 * What was read, in one line: "id v1; method/v=result r=[reason] ptype.property=[value] …", or "!" and the
 * error.  A version of 1 is not shown.
 */
static const char *read_back(struct arena *a, struct str value)
{
    struct strbuf b = strbuf_new(a, 16384);
    struct authres out;
    struct err e = ERR_NONE;
    enum rc rc = authres_parse(a, value, &out, &e);

    if (rc != RC_OK) {
        strbuf_putf(&b, "%s%s", rc == RC_LIMIT ? "!!" : "!", e.text);
        return b.p;
    }
    strbuf_put(&b, out.id);
    for (size_t i = 0; i < out.n; i++) {
        const struct authres_result *r = &out.result[i];

        strbuf_putf(&b, "; %.*s", STR_FMT(r->method));
        if (r->version != 1)
            strbuf_putf(&b, "/%u", r->version);
        strbuf_putf(&b, "=%.*s", STR_FMT(r->result));
        if (r->reason.n > 0)
            strbuf_putf(&b, " r=[%.*s]", STR_FMT(r->reason));
        for (size_t p = 0; p < r->prop_count; p++)
            strbuf_putf(&b, " %.*s.%.*s=[%.*s]", STR_FMT(r->prop[p].ptype), STR_FMT(r->prop[p].property),
                        STR_FMT(r->prop[p].value));
    }
    return b.p;
}

struct row {
    const char *name, *value, *want;
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_new(1024 * 1024);
        const char *got = read_back(a, str_of(rows[i].value));
        bool error = rows[i].want[0] == '!'; /* then the beginning is enough */

        if (error ? strncmp(got, rows[i].want, strlen(rows[i].want)) != 0 : strcmp(got, rows[i].want) != 0) {
            print_error("%s: %s\n  want %s\n  got  %s\n", rows[i].name, rows[i].value, rows[i].want, got);
            fail();
        }
        arena_free(a);
    }
}

#define CHECK(rows) check((rows), sizeof(rows) / sizeof(rows)[0])

/* RFC 8601 appendix B, as printed there */
static void appendix_b(void **state)
{
    static const struct row rows[] = {
        {"B.2", " example.org 1; none", "example.org"},
        {"B.3", " example.com;\r\n          spf=pass smtp.mailfrom=example.net",
         "example.com; spf=pass smtp.mailfrom=[example.net]"},
        {"B.4", " example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
         "          spf=pass smtp.mailfrom=example.net",
         "example.com; auth=pass smtp.auth=[sender@example.net]; spf=pass smtp.mailfrom=[example.net]"},
        {"B.4 second", " example.com; iprev=pass\r\n          policy.iprev=192.0.2.200",
         "example.com; iprev=pass policy.iprev=[192.0.2.200]"},
        {"B.5", " example.com;\r\n          dkim=good header.d=example.com",
         "example.com; dkim=good header.d=[example.com]"},
        {"B.5 second", " example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.com;\r\n"
         "          spf=fail smtp.mailfrom=example.com",
         "example.com; auth=pass smtp.auth=[sender@example.com]; spf=fail smtp.mailfrom=[example.com]"},
        {"B.6", " example.com;\r\n          dkim=pass reason=\"good signature\"\r\n"
         "            header.i=@mail-router.example.net;\r\n"
         "          dkim=fail reason=\"bad signature\"\r\n            header.i=@newyork.example.com",
         "example.com; dkim=pass r=[good signature] header.i=[@mail-router.example.net]"
         "; dkim=fail r=[bad signature] header.i=[@newyork.example.com]"},
        {"B.6 second", " example.net;\r\n          dkim=pass (good signature) header.i=@newyork.example.com",
         "example.net; dkim=pass header.i=[@newyork.example.com]"},
        {"B.7", "\r\n          foo.example.net (foobar) 1 (baz);\r\n"
         "           dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
         "             policy (A dot can go here) . (like that) expired\r\n"
         "             (this surprised me) = (as I wasn't expecting it) 1362471462",
         "foo.example.net; dkim=fail policy.expired=[1362471462]"},
    };

    (void)state;
    CHECK(rows);
}

static void grammar(void **state)
{
    static const struct row rows[] = {
        {"none", "a.example; none", "a.example"},
        {"none, any case, comments", "a.example (c) ; (c) NONE (c)", "a.example"},
        {"quoted id", "\"a.example/7\"; none", "a.example/7"},
        {"quoted pairs in the id", "\"a\\.e\\\"x\"; none", "a.e\"x"},
        {"UTF-8 id", "b\xc3\xbc" "cher.example; none", "b\xc3\xbc" "cher.example"},
        {"id and job unquoted", "a.example/7; none", "a.example/7"},
        {"lower case", "A.Example 1; DKIM=Pass Header.D=Example.COM", "A.Example; dkim=pass header.d=[Example.COM]"},
        {"method version", "a; dkim/1=pass; spf/2=fail", "a; dkim=pass; spf/2=fail"},
        {"quoted value", "a; iprev=pass policy.iprev=\"2001:db8::1\"", "a; iprev=pass policy.iprev=[2001:db8::1]"},
        {"escaped value", "a; x=y p.q=\"a\\\"b\\\\c;d=e\"", "a; x=y p.q=[a\"b\\c;d=e]"},
        {"folded value", "a; x=y p.q=\"a\r\n b\"", "a; x=y p.q=[a b]"},
        {"identity", "a; dkim=pass header.i=u.v+w@b.example", "a; dkim=pass header.i=[u.v+w@b.example]"},
        {"domain identity", "a; dkim=pass header.i=@b.example", "a; dkim=pass header.i=[@b.example]"},
        {"quoted local-part", "a; auth=pass smtp.auth=\"u v\"@b.example", "a; auth=pass smtp.auth=[\"u v\"@b.example]"},
        {"blanks before @", "a; auth=pass smtp.auth=u (c) @b.example", "a; auth=pass smtp.auth=[u@b.example]"},
        {"reason token", "a; spf=fail reason=because smtp.mailfrom=b", "a; spf=fail r=[because] smtp.mailfrom=[b]"},
        {"reason with =", "a; spf=fail reason (c) = (c) \"x=y; dmarc=pass\"", "a; spf=fail r=[x=y; dmarc=pass]"},
        {"comment tries", "a; spf=fail (; dmarc=pass (x) \\) ; y=z)", "a; spf=fail"},
        {"quoted tries", "a; spf=fail smtp.helo=\"x;dmarc=pass\"", "a; spf=fail smtp.helo=[x;dmarc=pass]"},
        {"8-bit value", "a; auth=pass smtp.auth=j\xc3\xbc@b", "a; auth=pass smtp.auth=[j\xc3\xbc@b]"},
        {"two props of one name", "a; x=y p.q=1 p.q=2", "a; x=y p.q=[1] p.q=[2]"},
    };

    (void)state;
    CHECK(rows);
}

/* What other systems print, right or not */
static void seen_in_the_field(void **state)
{
    static const struct row rows[] = {
        {"Gmail", "mx.google.com;\r\n       dkim=pass header.i=@example.com header.s=s1 header.b=abc/dE+1=;\r\n"
         "       arc=pass (i=1 spf=pass spfdomain=example.com dmarc=pass fromdomain=example.com);\r\n"
         "       spf=pass (google.com: domain of a@example.com designates 192.0.2.1 as permitted sender)"
         " smtp.mailfrom=a@example.com;\r\n"
         "       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.com",
         "mx.google.com; dkim=pass header.i=[@example.com] header.s=[s1] header.b=[abc/dE+1=]; arc=pass"
         "; spf=pass smtp.mailfrom=[a@example.com]; dmarc=pass header.from=[example.com]"},
        {"Microsoft 365", "spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=example.com; dkim=pass (signature was"
         " verified)\r\n header.d=example.com;dmarc=pass action=none\r\n header.from=example.com;compauth=pass reason=100",
         "; spf=pass smtp.mailfrom=[example.com]; dkim=pass header.d=[example.com]; dmarc=pass"
         " header.from=[example.com]; compauth=pass r=[100]"},
        {"Fastmail", "mx1.messagingengine.com;\r\n    dkim=pass (1024-bit rsa key sha256) header.d=b.example"
         " header.i=@b.example header.b=abc header.a=rsa-sha256 header.s=s x-bits=1024;\r\n"
         "    dmarc=pass policy.published-domain-policy=none (p=none,d=none,d.eval=none) policy.policy-from=p"
         " header.from=b.example;\r\n    iprev=pass smtp.remote-ip=192.0.2.1 (host)",
         "mx1.messagingengine.com; dkim=pass header.d=[b.example] header.i=[@b.example] header.b=[abc]"
         " header.a=[rsa-sha256] header.s=[s]; dmarc=pass policy.published-domain-policy=[none]"
         " policy.policy-from=[p] header.from=[b.example]; iprev=pass smtp.remote-ip=[192.0.2.1]"},
        {"rspamd", "mx.b.example;\n\tdkim=pass header.d=b.example header.s=s header.b=\"a/b\";\n"
         "\tdmarc=fail reason=\"No valid SPF\" header.from=b.example (policy=reject);\n\tarc=pass (\"x:s:i=1\")",
         "mx.b.example; dkim=pass header.d=[b.example] header.s=[s] header.b=[a/b]"
         "; dmarc=fail r=[No valid SPF] header.from=[b.example]; arc=pass"},
        {"OpenARC", "a; arc=pass header.oldest-pass=0 smtp.remote-ip=192.0.2.1 arc.chain=\"b.example:c.example\"",
         "a; arc=pass header.oldest-pass=[0] smtp.remote-ip=[192.0.2.1] arc.chain=[b.example:c.example]"},
        {"IPv6 unquoted", "a; iprev=pass policy.iprev=2001:db8::1", "a; iprev=pass policy.iprev=[2001:db8::1]"},
        {"empty value", "a; spf=none smtp.mailfrom=; dkim=none", "a; spf=none smtp.mailfrom=[]; dkim=none"},
        {"angle brackets", "a; spf=pass smtp.mailfrom=<u@b.example>", "a; spf=pass smtp.mailfrom=[<u@b.example>]"},
        {"trailing semicolon", "a; spf=none;", "a; spf=none"},
        {"none and semicolon", "a; none;", "a"},
        {"double semicolon", "a;; spf=none;; dkim=none", "a; spf=none; dkim=none"},
        {"no blank between props", "a; x=y p.q=\"1\"p.r=2", "a; x=y p.q=[1] p.r=[2]"},
    };

    (void)state;
    CHECK(rows);
}

static void malformed(void **state)
{
    static const struct row rows[] = {
        {"empty", "", "!Authentication-Results: the authserv-id is missing"},
        {"empty id", "\"\"; none", "!Authentication-Results: the authserv-id is missing"},
        {"no id", "; spf=pass", "!Authentication-Results: the authserv-id is missing"},
        {"id alone", "a.example", "!Authentication-Results: \";\" is missing"},
        {"id and semicolon", "a.example;", "!Authentication-Results: no result, nor \"none\""},
        {"version 2", "a.example 2; spf=pass", "!Authentication-Results: an unknown version"},
        {"version huge", "a.example 4294967297; spf=pass", "!Authentication-Results: an unknown version"},
        {"junk after the id", "a.example junk; spf=pass", "!Authentication-Results: \";\" is missing"},
        {"none with others", "a; none; spf=pass", "!Authentication-Results: \"=\" is missing"},
        {"others with none", "a; spf=pass; none", "!Authentication-Results: \"=\" is missing"},
        {"no result", "a; spf=", "!Authentication-Results: a keyword is missing"},
        {"no method", "a; =pass", "!Authentication-Results: a keyword is missing"},
        {"no =", "a; spf pass", "!Authentication-Results: \"=\" is missing"},
        {"quoted result", "a; spf=\"pass\"", "!Authentication-Results: a keyword is missing"},
        {"method version word", "a; spf/x=pass", "!Authentication-Results: a method version"},
        {"prop without value", "a; spf=pass smtp.helo", "!Authentication-Results: \"=\" is missing"},
        {"prop without property", "a; spf=pass smtp.=x", "!Authentication-Results: a keyword is missing"},
        {"stray quote", "a; spf=pass \"x\"", "!Authentication-Results: a keyword is missing"},
        {"unclosed quote", "a; spf=pass smtp.helo=\"x", "!Authentication-Results: a quoted-string"},
        {"unclosed comment", "a; spf=pass (x", "!Authentication-Results: a comment"},
        {"unclosed comment at once", "(a; spf=pass", "!Authentication-Results: a comment"},
        {"unopened comment", "a; spf=pass x)", "!Authentication-Results: \"=\" is missing"},
        {"deep comment", "a; spf=pass (((((((((((((((((((((((()))))))))))))))))))))))))", "!Authentication-Results: a comment"},
        {"backslash", "a; spf=pass smtp.helo=x\\y", "!Authentication-Results: a keyword is missing"},
    };

    (void)state;
    CHECK(rows);
}

static struct str repeated(struct arena *a, const char *first, const char *piece, size_t count)
{
    struct strbuf b = strbuf_new(a, strlen(first) + count * strlen(piece));

    strbuf_puts(&b, first);
    while (count-- > 0)
        strbuf_puts(&b, piece);
    return strbuf_str(&b);
}

static void limits(void **state)
{
    struct arena *a = arena_new(8 * 1024 * 1024);
    struct authres out;

    (void)state;
    assert_int_equal(authres_parse(a, repeated(a, "a", "; spf=pass", AUTHRES_RESULTS_MAX), &out, NULL), RC_OK);
    assert_int_equal(out.n, AUTHRES_RESULTS_MAX);
    assert_int_equal(authres_parse(a, repeated(a, "a", "; spf=pass", AUTHRES_RESULTS_MAX + 1), &out, NULL), RC_LIMIT);
    assert_int_equal(authres_parse(a, repeated(a, "a; x=y", " p.q=1", AUTHRES_PROPS_MAX), &out, NULL), RC_OK);
    assert_int_equal(out.result[0].prop_count, AUTHRES_PROPS_MAX);
    assert_int_equal(authres_parse(a, repeated(a, "a; x=y", " p.q=1", AUTHRES_PROPS_MAX + 1), &out, NULL), RC_LIMIT);
    assert_int_equal(authres_parse(a, repeated(a, "a; none", " ", AUTHRES_BYTES_MAX - 7), &out, NULL), RC_OK);
    assert_int_equal(authres_parse(a, repeated(a, "a; none", " ", AUTHRES_BYTES_MAX - 6), &out, NULL), RC_LIMIT);
    arena_free(a);
}

static void out_of_memory(void **state)
{
    const struct str value = STR("\"a\"; dkim=pass reason=\"x\" header.i=u@b");

    (void)state;
    for (size_t limit = 1; limit < 200; limit += 10) { /* wherever it runs out */
        struct arena *a = arena_new(limit);
        struct authres out;
        enum rc rc = authres_parse(a, value, &out, NULL);

        assert_true(rc == RC_NOMEM || rc == RC_OK);
        assert_true(limit > 20 || rc == RC_NOMEM);
        arena_free(a);
    }
}

/* What is proven to be whole still counts for what can be read of it. */
static void readable(void **state)
{
    static const struct { const char *name, *value, *want; } rows[] = {
        {"old OpenARC", "i.example; (null)=pass header.d=a; dmarc=pass header.from=b.example", "dmarc=pass "},
        {"in the middle", "i.example; spf=pass smtp.mailfrom=a; =x \"; dkim=pass\" (; dkim=pass); dmarc=fail",
         "spf=pass dmarc=fail "},
        {"all well", "i.example; spf=pass; dkim=fail", "spf=pass dkim=fail "},
        {"an open quote", "i.example; spf=pass; =\"; dkim=pass", "spf=pass "},
        {"nothing", "i.example; (null)=pass", "!"},
        {"none", "i.example; none", ""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct authres out;
        struct err e = ERR_NONE;
        char got[200];
        struct strbuf b = STRBUF_ON(got);

        if (authres_parse_readable(a, str_of(row->value), &out, &e) != RC_OK)
            strbuf_puts(&b, "!");
        for (size_t i = 0; got[0] != '!' && i < out.n; i++)
            strbuf_putf(&b, "%.*s=%.*s ", STR_FMT(out.result[i].method), STR_FMT(out.result[i].result));
        if (strcmp(got, row->want) != 0)
            fail_msg("%s: %s", row->name, got);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readable), cmocka_unit_test(appendix_b), cmocka_unit_test(grammar), cmocka_unit_test(seen_in_the_field),
        cmocka_unit_test(malformed), cmocka_unit_test(limits), cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
