/* What a publisher can make us do is bounded, and large honest records work. */
#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"
#include "spf_zone.h"

static char zone_text[400000];

static struct strbuf zone_begin(void)
{
    return STRBUF_ON(zone_text);
}

/* A TXT record in strings of 200 bytes. */
static void put_txt(struct strbuf *z, const char *name, struct str text)
{
    strbuf_putf(z, "%s TXT", name);
    for (size_t i = 0; i < text.n; i += 200)
        strbuf_putf(z, " \"%.*s\"", STR_FMT(str_slice(text, i, i + 200)));
    strbuf_putc(z, '\n');
}

static void many_networks(void **state)
{
    static char text[8000];
    struct strbuf z = zone_begin(), r = STRBUF_ON(text), r6;
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence got;
    struct dns *d;

    (void)state;
    strbuf_puts(&r, "v=spf1");
    for (int i = 0; i < 70; i++)
        strbuf_putf(&r, " ip4:192.0.2.%d", i);
    strbuf_puts(&r, " -all");
    put_txt(&z, "seventy.example", strbuf_str(&r));
    r6 = STRBUF_ON(text);
    strbuf_puts(&r6, "v=spf1");
    for (int i = 0; i < 30; i++)
        strbuf_putf(&r6, " ip6:2001:db8:%d::/48", i);
    strbuf_puts(&r6, " -all");
    put_txt(&z, "thirty.example", strbuf_str(&r6));
    d = zone_open(zone_text);
    (void)evaluated(a, d, "192.0.2.69", "a@seventy.example", &got);
    assert_int_equal(got.result, SPF_PASS);
    assert_string_equal(got.mechanism, "ip4:192.0.2.69");
    (void)evaluated(a, d, "192.0.2.70", "a@seventy.example", &got);
    assert_int_equal(got.result, SPF_FAIL);
    (void)evaluated(a, d, "2001:db8:29::1", "a@thirty.example", &got);
    assert_int_equal(got.result, SPF_PASS);
    (void)evaluated(a, d, "2001:db8:2a::1", "a@thirty.example", &got);
    assert_int_equal(got.result, SPF_FAIL);
    assert_int_equal(got.lookups, 0);
    dns_close(d);
    arena_free(a);
}

/* Ten includes a record, without end: the stock library asked 111,111 questions five deep. */
static void include_tree(void **state)
{
    static const char fan[] = "\"v=spf1 include:0.%{d} include:1.%{d} include:2.%{d} include:3.%{d} include:4.%{d} "
                              "include:5.%{d} include:6.%{d} include:7.%{d} include:8.%{d} include:9.%{d} -all\"";
    struct strbuf z = zone_begin();
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence got;
    struct dns *d;
    unsigned asked;

    (void)state;
    strbuf_putf(&z, "tree.example TXT %s\n*.tree.example TXT %s\n", fan, fan);
    strbuf_putf(&z, "flat.example TXT %s\n", fan);
    for (int i = 0; i < 10; i++)
        strbuf_putf(&z, "%d.flat.example TXT \"v=spf1 -all\"\n", i);
    strbuf_putf(&z, "wide.example TXT \"v=spf1 include:flat.example -all\"\n");
    d = zone_open(zone_text);
    asked = evaluated(a, d, "192.0.2.1", "a@tree.example", &got);
    assert_int_equal(got.result, SPF_PERMERROR);
    assert_int_equal(asked, 11);
    assert_int_equal(got.lookups, 11);
    asked = evaluated(a, d, "192.0.2.1", "a@flat.example", &got); /* ten are allowed */
    assert_int_equal(got.result, SPF_FAIL);
    assert_int_equal(asked, 11);
    assert_int_equal(got.lookups, 10);
    asked = evaluated(a, d, "192.0.2.1", "a@wide.example", &got);
    assert_int_equal(got.result, SPF_PERMERROR);
    assert_int_equal(asked, 11);
    dns_close(d);
    arena_free(a);
}

/* The record that ends a process which lets libspf2 explain (CVE-2023-42118). */
static void long_explanation(void **state)
{
    static char text[600];
    struct strbuf z = zone_begin(), r = STRBUF_ON(text);
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence got;
    struct dns *d;

    (void)state;
    for (int i = 0; i < 127; i++)
        strbuf_puts(&r, "%{d}");
    strbuf_puts(&r, "xxxx");
    assert_int_equal(r.n, 512);
    put_txt(&z, "e.example", strbuf_str(&r));
    strbuf_puts(&z, "long.example TXT \"v=spf1 -all exp=e.example\"\n"
                    "l.e TXT \"v=spf1 -all exp=e.example\"\n");
    d = zone_open(zone_text);
    (void)evaluated(a, d, "192.0.2.1", "a@long.example", &got);
    assert_int_equal(got.result, SPF_FAIL);
    assert_string_equal(got.explanation, ""); /* over 1000 bytes: as none */
    (void)evaluated(a, d, "192.0.2.1", "a@l.e", &got);
    assert_int_equal(got.result, SPF_FAIL);
    assert_int_equal(strlen(got.explanation), 127 * 3 + 4);
    dns_close(d);
    arena_free(a);
}

/* Mechanisms of 4,000 bytes overflow libspf2 likewise; and macros that expand to nothing still cost. */
static void long_terms(void **state)
{
    static char text[60000];
    struct strbuf z = zone_begin(), r = STRBUF_ON(text);
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence got;
    struct dns *d;

    (void)state;
    strbuf_puts(&r, "v=spf1 a:");
    for (int i = 0; i < 1200; i++)
        strbuf_puts(&r, "%{d}");
    strbuf_puts(&r, ".example -all");
    put_txt(&z, "long.example", strbuf_str(&r));
    r = STRBUF_ON(text);
    strbuf_puts(&r, "v=spf1 include:");
    for (int i = 0; i < 7000; i++)
        strbuf_puts(&r, "%{l1r-}");
    strbuf_puts(&r, ".many.example -all");
    put_txt(&z, "empty.example", strbuf_str(&r));
    assert_false(z.over);
    d = zone_open(zone_text);
    (void)evaluated(a, d, "192.0.2.1", "a@long.example", &got);
    assert_int_equal(got.result, SPF_FAIL);
    assert_string_equal(got.mechanism, "-all");
    (void)evaluated(a, d, "192.0.2.1", "-aaaaaaaaaa@empty.example", &got);
    assert_int_equal(got.result, SPF_PERMERROR);
    dns_close(d);
    arena_free(a);
}

/* Section 5.5: names beyond the tenth are ignored. */
static void twelve_names(void **state)
{
    struct strbuf z = zone_begin();
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence got;
    struct dns *d;
    unsigned asked;

    (void)state;
    for (int i = 0; i < 12; i++) {
        strbuf_putf(&z, "1.2.0.192.in-addr.arpa PTR h%02d.example\n", i);
        strbuf_putf(&z, "2.2.0.192.in-addr.arpa PTR h%02d.example\n", i);
    }
    strbuf_puts(&z, "h00.example A 192.0.2.1\nh11.example A 192.0.2.2\n"
                    "any.example TXT \"v=spf1 ptr:example.x ptr:h00.example ptr:h11.example -all\"\n"
                    "all.example TXT \"v=spf1 exists:%{p}.e.example -all\"\n"
                    "unknown.e.example A 127.0.0.2\n");
    d = zone_open(zone_text);
    (void)evaluated(a, d, "192.0.2.1", "a@any.example", &got);
    assert_int_equal(got.result, SPF_PASS);
    assert_string_equal(got.mechanism, "ptr:h00.example");
    asked = evaluated(a, d, "192.0.2.2", "a@any.example", &got);
    assert_true(got.result == SPF_FAIL || strcmp(got.mechanism, "ptr:h11.example") == 0); /* order is DNS's */
    assert_true(asked <= 2 + 2);
    asked = evaluated(a, d, "192.0.2.3", "a@all.example", &got);
    assert_int_equal(got.result, SPF_PASS); /* without names %{p} is "unknown" */
    asked = evaluated(a, d, "192.0.2.2", "a@all.example", &got);
    assert_true(asked <= 1 + 1 + 10 + 1);
    dns_close(d);
    arena_free(a);
}

/* Section 4.6.4: an eleventh exchange that is needed is an error; one that is not needed is not. */
static void eleven_exchanges(void **state)
{
    struct strbuf z = zone_begin();
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence got;
    struct dns *d;
    unsigned asked;

    (void)state;
    strbuf_puts(&z, "mx.example TXT \"v=spf1 mx -all\"\n");
    for (int i = 0; i < 11; i++)
        strbuf_putf(&z, "mx.example MX %d m%d.example\nm%d.example A 192.0.2.%d\n", i, i, i, i);
    d = zone_open(zone_text);
    asked = evaluated(a, d, "192.0.2.0", "a@mx.example", &got);
    assert_int_equal(got.result, SPF_PASS);
    assert_int_equal(asked, 3);
    (void)evaluated(a, d, "192.0.2.9", "a@mx.example", &got);
    assert_int_equal(got.result, SPF_PASS);
    asked = evaluated(a, d, "192.0.2.10", "a@mx.example", &got);
    assert_int_equal(got.result, SPF_PERMERROR);
    assert_string_equal(got.problem, "more than 10 mail exchanges (at \"mx\" in the SPF record of mx.example)");
    assert_int_equal(asked, 12);
    dns_close(d);
    arena_free(a);
}

/* A name server that never answers: the deadline is kept, and the result is an error that passes. */
static void deadline(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int silent = socket(AF_INET, SOCK_DGRAM, 0);
    char server[32];
    const char *servers[] = {server};
    struct dns_settings settings = {.nameservers = servers, .nameserver_count = 1};
    struct spf_request req = request_of("192.0.2.1", "helo.example", "a@mx.example");
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct dns_scope *scope;
    struct spf_evidence got;
    struct dns *d;

    (void)state;
    assert_int_equal(bind(silent, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(silent, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(server, sizeof server, "127.0.0.1@%u", ntohs(address.sin_port));
    d = dns_open(&settings, &e);
    assert_non_null(d);
    scope = dns_scope_new(d, 200);
    spf_evaluate(a, &req, scope, &got);
    assert_int_equal(got.result, SPF_TEMPERROR);
    assert_string_equal(got.problem, "no answer from DNS for mx.example TXT: deadline");
    assert_true(dns_scope_wait_ms(scope) < 2000);
    dns_scope_free(scope);
    dns_close(d);
    assert_int_equal(close(silent), 0);
    arena_free(a);
}

/* ---- threads ---- */

enum { THREADS = 8, ROUNDS = 200 };

static void *worker(void *arg)
{
    static const struct { const char *from; enum spf_result want; } rows[] = {
        {"a@one.example", SPF_PASS}, {"a@two.example", SPF_FAIL}, {"a@three.example", SPF_PERMERROR},
    };
    struct dns *d = arg;
    size_t wrong = 0;

    for (size_t i = 0; i < ROUNDS; i++) {
        struct arena *a = arena_new(1 << 20);
        struct spf_evidence got;

        (void)evaluated(a, d, "192.0.2.1", rows[i % 3].from, &got);
        wrong += got.result != rows[i % 3].want;
        arena_free(a);
    }
    return wrong == 0 ? NULL : d;
}

static void threads(void **state)
{
    struct dns *d = zone_open("one.example TXT \"v=spf1 include:two.example include:four.example -all\"\n"
                              "two.example TXT \"v=spf1 a mx ip4:192.0.2.2 -all exp=two.example\"\n"
                              "two.example A 192.0.2.3\n"
                              "two.example MX 1 two.example\n"
                              "three.example TXT \"v=spf1 include:three.example -all\"\n"
                              "four.example TXT \"v=spf1 ip4:192.0.2.0/28 -all\"\n");
    pthread_t thread[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, worker, d), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong = NULL;

        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
    dns_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_networks), cmocka_unit_test(include_tree), cmocka_unit_test(long_explanation),
        cmocka_unit_test(long_terms),    cmocka_unit_test(twelve_names), cmocka_unit_test(eleven_exchanges),
        cmocka_unit_test(deadline),      cmocka_unit_test(threads),
    };
    struct err e = ERR_NONE;

    if (spf_init(&e) != RC_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
