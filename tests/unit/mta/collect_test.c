#include "unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "mta/collect.h"

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(1024 * 1024);
    return arena == NULL ? -1 : 0;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void addresses(void **state)
{
    static const struct {
        const char *name;
        int family;
        enum ip_family want;
        const char *text;
    } rows[] = {
        {"192.0.2.1", AF_INET, IP_V4, "192.0.2.1"},
        {"2001:db8::1", AF_INET6, IP_V6, "2001:db8::1"},
        {"::ffff:192.0.2.1", AF_INET6, IP_V4, "192.0.2.1"},
        {"::", AF_INET6, IP_V6, "::"},
    };
    struct sockaddr_un sun = {.sun_family = AF_UNIX, .sun_path = "/x"};
    struct ip ip = {.family = IP_V4};
    uint16_t port = 1;

    (void)state;
    FOR_ROWS(r, rows) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(25)};
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(25)};
        bool v4 = r->family == AF_INET;
        char text[IP_TEXT_MAX];

        ASSERT_ROW(inet_pton(r->family, r->name, v4 ? (void *)&in.sin_addr : (void *)&in6.sin6_addr) == 1, r);
        collect_address(v4 ? (struct sockaddr *)(void *)&in : (struct sockaddr *)(void *)&in6, &ip, &port);
        ASSERT_ROW(ip.family == r->want && port == 25, r);
        ASSERT_ROW(strcmp(ip_text(&ip, text), r->text) == 0, r);
    }
    collect_address(NULL, &ip, &port);
    assert_true(ip.family == IP_NONE && port == 0);
    ip.family = IP_V4;
    collect_address((struct sockaddr *)(void *)&sun, &ip, &port);
    assert_int_equal(ip.family, IP_NONE);
}

static void names(void **state)
{
    static const struct {
        const char *name, *verified, *resolve, *claimed, *want_name, *want_ptr;
    } rows[] = {
        {"postfix, verified", "a.example", NULL, "a.example", "a.example", "a.example"},
        {"postfix, not verified", "unknown", NULL, "b.example", NULL, "b.example"},
        {"postfix, no name", "unknown", NULL, "unknown", NULL, NULL},
        {"sendmail, verified", "a.example", "OK", "a.example", "a.example", "a.example"},
        {"sendmail, forged", "a.example", "FORGED", "a.example", NULL, "a.example"},
        {"sendmail, no name", "[192.0.2.1]", "FAIL", "[192.0.2.1]", NULL, NULL},
        {"nothing told", NULL, NULL, NULL, NULL, NULL},
        {"empty", "", NULL, "", NULL, NULL},
    };

    (void)state;
    FOR_ROWS(r, rows) {
        struct conn c = {.name = "left", .ptr = "over"};

        collect_names(arena, &c, r->verified, r->resolve, r->claimed);
        ASSERT_ROW(str_eq(str_of(c.name), str_of(r->want_name)) && (c.name == NULL) == (r->want_name == NULL), r);
        ASSERT_ROW(str_eq(str_of(c.ptr), str_of(r->want_ptr)) && (c.ptr == NULL) == (r->want_ptr == NULL), r);
    }
}

static void cuts(void **state)
{
    char longer[5000];
    char *mail[] = {longer, (char *)"SIZE=1", (char *)"smtputf8", NULL};
    char *nothing[] = {NULL};
    struct message m = {.arena = arena};

    (void)state;
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(strlen(collect_text(arena, longer, 10)), 10);
    assert_null(collect_text(arena, "", 10));
    assert_null(collect_text(arena, NULL, 10));
    collect_mail(&m, mail);
    collect_rcpt(&m, mail);
    assert_int_equal(m.mail_from.n, COLLECT_PATH_MAX);
    assert_int_equal(m.rcpt[0].n, COLLECT_PATH_MAX);
    assert_true(m.smtputf8);
    m = (struct message){.arena = arena};
    collect_mail(&m, nothing);
    collect_mail(&m, NULL);
    collect_rcpt(&m, nothing);
    collect_rcpt(&m, NULL);
    assert_int_equal(m.mail_from.n, 0);
    assert_int_equal(m.rcpt_count, 0);
}

static void leading_space(void **state)
{
    static const struct message_bounds max = {.headers = 10, .header_bytes = 1000};
    struct message m = {.arena = arena};

    (void)state;
    collect_header(&m, "A", " x", true, &max);
    collect_header(&m, "B", "\tx", true, &max);
    collect_header(&m, "C", "x", true, &max);
    collect_header(&m, "D", "x", false, &max);
    collect_header(&m, "E", NULL, true, &max);
    collect_header(&m, "F", NULL, false, &max);
    assert_int_equal(m.header_count, 6);
    assert_true(str_eq(m.headers[0].value, STR(" x")));
    assert_true(str_eq(m.headers[1].value, STR("\tx")));
    assert_true(str_eq(m.headers[2].value, STR("x")));
    assert_true(str_eq(m.headers[3].value, STR(" x")));
    assert_int_equal(m.headers[4].value.n, 0);
    assert_true(str_eq(m.headers[5].value, STR(" ")));
}

static void ignored(void **state)
{
    static const struct {
        const char *name, *ip, *user;
        bool told, ignore_logins;
        enum why_ignored want;
    } rows[] = {
        {"a stranger", "192.0.2.1", NULL, true, true, IGNORED_NOT},
        {"this host", "127.0.0.1", NULL, true, true, IGNORED_HOST},
        {"a relay of ours", "2001:db8::9", NULL, true, true, IGNORED_HOST},
        {"a login", "192.0.2.1", "joe", true, true, IGNORED_LOGIN},
        {"a login, examined", "192.0.2.1", "joe", true, false, IGNORED_NOT},
        {"submitted without SMTP", NULL, NULL, true, true, IGNORED_LOCAL},
        {"never told", NULL, NULL, false, true, IGNORED_NOT},
    };
    static const char *const overrides[2][2] = {
        {"IgnoreHosts=127.0.0.0/8,2001:db8::/32", "IgnoreAuthenticatedClients=no"},
        {"IgnoreHosts=127.0.0.0/8,2001:db8::/32", "IgnoreAuthenticatedClients=yes"},
    };

    (void)state;
    FOR_ROWS(r, rows) {
        struct conn c = {.auth_user = r->user};
        struct config *config;

        ASSERT_ROW(config_load(NULL, overrides[r->ignore_logins], 2, &config, NULL) == RC_OK, r);
        (void)ip_parse(str_of(r->ip), &c.ip);
        ASSERT_ROW(collect_ignored(&c, r->told, config) == r->want, r);
        config_free(config);
    }
}

static void replies(void **state)
{
    (void)state;
    assert_string_equal(collect_reply(arena, "100% of a\r\nb\x7f"), "100%% of a??b?");
    assert_string_equal(collect_reply(arena, ""), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),     cmocka_unit_test(names),   cmocka_unit_test(cuts),
        cmocka_unit_test(leading_space), cmocka_unit_test(ignored), cmocka_unit_test(replies),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
