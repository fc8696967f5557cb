#include "unit.h"

#include <string.h>

#include "mail/from.h"

enum { ARENA_MAX = 1024 * 1024 };

/* The domains joined by blanks, or "!" and the problem. */
static const char *read_from(struct arena *a, const struct str *bodies, size_t count)
{
    struct strbuf b = strbuf_new(a, 4096);
    struct from_domains out;

    assert_int_equal(from_read(a, bodies, count, &out), RC_OK);
    if (out.problem != FROM_OK) {
        assert_int_equal(out.n, 0);
        strbuf_putf(&b, "!%s", enum_name(&from_problem_names, (int)out.problem));
    }
    for (size_t i = 0; i < out.n; i++)
        strbuf_putf(&b, "%s%s", i == 0 ? "" : " ", out.domain[i]);
    return b.p;
}

#define MALFORMED "!malformed From field"
#define NO_DOMAIN "!no usable domain in From"

struct row {
    const char *name, *want; /* the body and what is read from it */
};

static void check(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena *a = arena_new(ARENA_MAX);
        struct str body = str_of(rows[i].name);
        const char *got = read_from(a, &body, 1);

        if (strcmp(got, rows[i].want) != 0) {
            print_error("From: %s\n  want %s\n  got  %s\n", rows[i].name, rows[i].want, got);
            fail();
        }
        arena_free(a);
    }
}

#define CHECK(rows) check((rows), sizeof(rows) / sizeof(rows)[0])

static void plain(void **state)
{
    static const struct row rows[] = {
        {"user@example.com", "example.com"},
        {" user@example.com", "example.com"},
        {" <user@example.com>", "example.com"},
        {" User Name <user@example.com>", "example.com"},
        {"User Name<user@example.com>", "example.com"},
        {"\"Name, User\" <user@Example.COM>", "example.com"},
        {"user@bank", "bank"},
        {"first.last+tag@sub.example.com", "sub.example.com"},
        {"\"quoted local\"@example.com", "example.com"},
        {"\"a@b\"@example.com", "example.com"},
        {"\"<a@evil.example>\"@example.com", "example.com"},
        {"user@example.com.", "example.com"},
        {"<user@example.com.>", "example.com"},
        {"!#$%&'*+-/=?^_`{|}~@example.com", "example.com"},
        {"user@_dmarc.example.com", "_dmarc.example.com"},
        {"user@192.0.2.1", "192.0.2.1"},
        {"a@example.com, b@example.org", "example.com example.org"},
        {"a@example.com, b@EXAMPLE.com", "example.com"},
        {"a@example.com,\r\n b@example.com,\r\n\tc@sub.example.com", "example.com sub.example.com"},
        {"A <a@a.example>, \"B, C\" <b@b.example>, c@c.example", "a.example b.example c.example"},
    };

    (void)state;
    CHECK(rows);
}

/* Comments, quoting and folding hide what looks like separators. */
static void hidden_separators(void **state)
{
    static const struct row rows[] = {
        {"\"ceo@bank.example\" <x@evil.example>", "evil.example"},
        {"\"\\\"Medtronic, Inc.\\\"\" <user@example.com>", "example.com"},
        {"\"a\\\\\" <user@example.com>", "example.com"},
        {"\"> , ; : <x@evil.example>\" <user@example.com>", "example.com"},
        {"user@example.com (via list@evil.example)", "example.com"},
        {"(x@evil.example) user@example.com", "example.com"},
        {"user(x@evil.example,)@example.com", "example.com"},
        {"user@(x@evil.example)example.com", "example.com"},
        {"user@example(.evil).(evil.)com", "example.com"},
        {"user (a (b (c) d) e) @ example . com", "example.com"},
        {"(un\\)balanced\\() user@example.com", "example.com"},
        {"(\") user@example.com (\")", "example.com"},
        {"Name (c) <(c)user(c)@(c)example.com(c)> (c)", "example.com"},
        {"Name\r\n <user@example.com>", "example.com"},
        {"user\r\n @\r\n\texample.com", "example.com"},
        {"Name\r\n\t<user@example.com>\r\n ", "example.com"},
        {"=?utf-8?Q?x=40evil.example=2C_y?= <user@example.com>", "example.com"},
        {"=?utf-8?B?Y2VvQGJhbmsuZXhhbXBsZQ==?= <user@example.com>", "example.com"},
        {"=?utf-8?Q?a=40evil.example?=@example.com", "example.com"},
        {"\"=?utf-8?Q?_=3Ca=40evil.example=3E?=\" <user@example.com>", "example.com"},
    };

    (void)state;
    CHECK(rows);
}

static void groups(void **state)
{
    static const struct row rows[] = {
        {"undisclosed-recipients:;", NO_DOMAIN},
        {"undisclosed-recipients: ;", NO_DOMAIN},
        {"G: (nobody) ;", NO_DOMAIN},
        {"G: ,, ;", NO_DOMAIN},
        {"Group: user@Example.COM;", "example.com"},
        {"\"A Group\": a@a.example, B <b@b.example>;", "a.example b.example"},
        {"G: a@a.example;, b@b.example", "a.example b.example"},
        {"G:;, a@a.example", "a.example"},
        {"a@a.example, G: b@b.example;, H: c@c.example; (end)", "a.example b.example c.example"},
        {"G: a@a.example", MALFORMED},
        {"G: H: a@a.example;;", MALFORMED},
        {": a@a.example;", MALFORMED},
        {"a@b.example: c@c.example;", MALFORMED},
        {"G: a@a.example; b@b.example", MALFORMED},
        {"a@a.example;", MALFORMED},
        {"G: a@a.example;>", MALFORMED},
        {"undisclosed-recipients:", MALFORMED},
    };

    (void)state;
    CHECK(rows);
}

/* Obsolete syntax, and what programs write although no grammar has it. */
static void obsolete_and_occurring(void **state)
{
    static const struct row rows[] = {
        {"<@relay.example,@other.example:user@example.com>", "example.com"},
        {"Name <@relay.example:user@example.com>", "example.com"},
        {"<@[192.0.2.1]:user@example.com>", "example.com"},
        {", user@example.com, ,", "example.com"},
        {"John Q. Public <user@example.com>", "example.com"},
        {"user . name @ example . com", "example.com"},
        {"\"user\".name@example.com", "example.com"},
        {"a..b@example.com", "example.com"},
        {"user.@example.com", "example.com"},
        {".user@example.com", "example.com"},
        {"user@example.com <user@example.com>", "example.com"},
        {"ceo@bank.example <x@evil.example>", "evil.example"},
        {"[External] Name <user@example.com>", "example.com"},
        {"\xe9t\xe9 <user@example.com>", "example.com"},
        {"J\xc3\xbcrgen <user@example.com>", "example.com"},
        {"j\xc3\xbcrgen@example.com", "example.com"},
        {"user@b\xc3\xbc" "cher.example", "xn--bcher-kva.example"},
        {"user@B\xc3\x9c" "CHER.example", "xn--bcher-kva.example"},
        {"user@XN--Bcher-kva.example", "xn--bcher-kva.example"},
        {"a@b\xc3\xbc" "cher.example, b@xn--bcher-kva.example", "xn--bcher-kva.example"},
    };

    (void)state;
    CHECK(rows);
}

/* What the grammar allows, and what a mail program would show another domain for; the author is who he is. */
static void misleading(void **state)
{
    static const struct {
        const char *body;
        bool misleading;
    } rows[] = {
        {"\"ceo@bank.example\"@evil.example", true},
        {"\"<ceo@bank.example>\"@evil.example", true},
        {"\"ceo@bank.example> x\".y@evil.example", true},
        {"ceo\\@bank.example@evil.example", false}, /* cannot be read */
        {"ceo\xef\xbc\xa0" "bank.example@evil.example", true},
        {"ceo\xef\xb9\xab" "bank.example@evil.example", true},
        {"<@bank.example:x@evil.example>", true},
        {"<@evil.example,@bank.example:x@evil.example>", true},
        {"=?utf-8?q?ceo=40bank.example?=@evil.example", true},
        {"=?utf-8?b?Y2VvQGJhbms=?==?utf-8?Q?=2Eexample=00?=@evil.example", true},
        {"\"=?utf-8?q?ceo=40bank.example?=\"@evil.example", true},
        {"x@evil.example, \"ceo@bank.example\"@evil.example", true},
        {"\"a@1.b\".\"a@2.b\".\"a@3.b\".\"a@4.b\".\"a@5.b\"@b", true},
        {"\"john@home\"@good.example", false},
        {"\"john@good.example\"@good.example", false},
        {"\"john@Mail.good.example\"@good.example", false},
        {"\"a b\"@good.example", false},
        {"<@good.example,@[192.0.2.1]:x@good.example>", false},
        {"<@relay:x@good.example>", false},
        {"\"ceo@bank.example\" <x@good.example>", false},
        {"=?utf-8?q?ceo=40bank.example?= <x@good.example>", false},
        {"x(ceo@bank.example)@good.example", false},
        {"(=?utf-8?q?ceo=40bank.example?=) x@good.example (=?utf-8?q?x?=)", false},
        {"prvs=12=?x@good.example", false},
        {"bounce+ceo=bank.example@good.example", false},
        {"ceo%bank.example@good.example", false},
    };
    struct arena *a = arena_new(ARENA_MAX);

    (void)state;
    FOR_ROWS(row, rows) {
        struct str body = str_of(row->body);
        struct from_domains out;

        assert_int_equal(from_read(a, &body, 1, &out), RC_OK);
        if (out.misleading != row->misleading)
            fail_msg("%s: misleading %d", row->body, out.misleading);
    }
    arena_free(a);
}

static void malformed(void **state)
{
    static const struct row rows[] = {
        {"", MALFORMED},
        {" \r\n ", MALFORMED},
        {",,", MALFORMED},
        {"(only a comment)", MALFORMED},
        {"user", MALFORMED},
        {"Name", MALFORMED},
        {"user@", MALFORMED},
        {"@example.com", MALFORMED},
        {"@", MALFORMED},
        {"<>", MALFORMED},
        {"Name <>", MALFORMED},
        {"<@example.com>", MALFORMED},
        {"<user>", MALFORMED},
        {"<user@>", MALFORMED},
        {"user@example.net>", MALFORMED},
        {"<user@example.net", MALFORMED},
        {"<user@example.net>>", MALFORMED},
        {"<<user@example.net>", MALFORMED},
        {"<<user@example.net>>", MALFORMED},
        {"a@a.example <b@b.example> c@c.example", MALFORMED},
        {"<a@a.example> <b@b.example>", MALFORMED},
        {"<a@a.example>, b@", MALFORMED},
        {"<a@a.example, b@b.example>", MALFORMED},
        {"a@a.example b@b.example", MALFORMED},
        {"a b@example.com", MALFORMED},
        {"a@b@example.com", MALFORMED},
        {"user@example..com", MALFORMED},
        {"user@example.com..", MALFORMED},
        {"user@.example.com", MALFORMED},
        {"user@exa mple.com", MALFORMED},
        {"user@example.com junk", MALFORMED},
        {"\"unclosed <user@example.com>", MALFORMED},
        {"unopened\" <user@example.com>", MALFORMED},
        {"\"a\" \"b\"@example.com", MALFORMED},
        {"a\"b\"@example.com", MALFORMED},
        {"\"a\"b@example.com", MALFORMED},
        {"Name (unclosed <user@example.com>", MALFORMED},
        {"Name unopened) <user@example.com>", MALFORMED},
        {"user@example.com (unclosed", MALFORMED},
        {"user@example.com \\", MALFORMED},
        {"\"\\", MALFORMED},
        {"(\\", MALFORMED},
        {"user@[192.0.2.1", MALFORMED},
        {"user@[\\", MALFORMED},
        {"user@192.0.2.1]", MALFORMED},
        {"[x <user@example.com>", MALFORMED},
        {"Doe, John <user@example.com>", MALFORMED},
        {"us\x01" "er@example.com", MALFORMED},
        {"user@exam\x7fple.com", MALFORMED},
        {"(((((((((((((((((((((too deep))))))))))))))))))))) user@example.com", MALFORMED},
    };

    (void)state;
    CHECK(rows);
}

static void unusable_domains(void **state)
{
    static const struct row rows[] = {
        {"user@[192.0.2.1]", NO_DOMAIN},
        {"user@[IPv6:2001:db8::1]", NO_DOMAIN},
        {"Name <user@[192.0.2.1]>", NO_DOMAIN},
        {"a@example.com, b@[192.0.2.1]", NO_DOMAIN},
        {"b@[192.0.2.1], a@example.com", NO_DOMAIN},
        {"user@exam!ple.com", NO_DOMAIN},
        {"user@\xff\xfe.example", NO_DOMAIN},
        {"user@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example", NO_DOMAIN},
        {"b@[192.0.2.1], a@example.com>", MALFORMED},
        {"a@1.example,a@2.example,a@3.example,a@4.example,a@5.example,a@6.example,a@7.example,a@8.example",
         "1.example 2.example 3.example 4.example 5.example 6.example 7.example 8.example"},
        {"a@1.example,a@2.example,a@3.example,a@4.example,a@5.example,a@6.example,a@7.example,a@8.example,a@9.example",
         "!too many domains in From"},
    };

    (void)state;
    CHECK(rows);
}

static void fields(void **state)
{
    const struct str two[] = {STR("a@example.com"), STR("a@example.com")};
    const struct str nul = STR("a@example.com\0.evil.example"), nul_in_comment = STR("a@example.com (\0)");
    struct arena *a = arena_new(ARENA_MAX);

    (void)state;
    assert_string_equal(read_from(a, NULL, 0), "!no From field");
    assert_string_equal(read_from(a, two, 2), "!more than one From field");
    assert_string_equal(read_from(a, two, 1), "example.com");
    assert_string_equal(read_from(a, &nul, 1), MALFORMED);
    assert_string_equal(read_from(a, &nul_in_comment, 1), MALFORMED);
    arena_free(a);
}

/* `count` times `piece`, in the arena. */
static struct str repeated(struct arena *a, const char *piece, size_t count)
{
    struct strbuf b = strbuf_new(a, count * strlen(piece));

    while (count-- > 0)
        strbuf_puts(&b, piece);
    return strbuf_str(&b);
}

static void sizes(void **state)
{
    struct arena *a = arena_new(64 * ARENA_MAX);
    struct from_domains out;
    struct str body;

    (void)state;
    body = repeated(a, "Name Name Name Name Name Name Name Name <user@example.com>,\r\n ", 1000);
    assert_int_equal(from_read(a, &body, 1, &out), RC_OK);
    assert_int_equal(out.problem, FROM_OK);
    assert_int_equal(out.mailboxes, 1000);
    assert_int_equal(out.n, 1);
    body = repeated(a, "a@b.example,", 1001);
    assert_string_equal(read_from(a, &body, 1), "!From field too large");
    body = repeated(a, "a@[x],", 1001);
    assert_string_equal(read_from(a, &body, 1), "!From field too large");
    body = repeated(a, "x", FROM_BYTES_MAX + 1);
    assert_string_equal(read_from(a, &body, 1), "!From field too large");
    for (size_t i = 0; i < 12; i++) { /* nothing repeated costs more than its length */
        static const char *const piece[] = {"(", "\"", "<", ":", "a:", "a@", "[", "\\", ",", ".", "=?", "a "};

        body = repeated(a, piece[i], FROM_BYTES_MAX / 2);
        assert_string_equal(read_from(a, &body, 1), MALFORMED);
    }
    arena_free(a);
}

static void out_of_memory(void **state)
{
    struct arena *a = arena_new(8);
    struct str body = STR("user@example.com");
    struct from_domains out;

    (void)state;
    assert_int_equal(from_read(a, &body, 1, &out), RC_NOMEM);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain), cmocka_unit_test(hidden_separators), cmocka_unit_test(groups),
        cmocka_unit_test(obsolete_and_occurring), cmocka_unit_test(misleading), cmocka_unit_test(malformed),
        cmocka_unit_test(unusable_domains),
        cmocka_unit_test(fields), cmocka_unit_test(sizes), cmocka_unit_test(out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
