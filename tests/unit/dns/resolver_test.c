#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "dns/dns.h"
#include "peer.h"
#include "shown.h"

#define T50 "01234567890123456789012345678901234567890123456789"
#define T200 "\"" T50 T50 T50 T50 "\" "
#define T800 T200 T200 T200 T200

static const char zone[] =
    "$ORIGIN example.\n$TTL 300\n"
    "@ SOA ns root 1 3600 600 86400 30\n"
    "@ NS ns\n"
    "ns A 127.0.0.1\n"
    "a A 192.0.2.1\na A 192.0.2.2\na AAAA 2001:db8::1\n"
    "mx MX 20 b\nmx MX 10 A\nnull MX 0 .\n"
    "ptr PTR Host.Example.\n"
    "txt 120 TXT \"v=spf1 \" \"-all\"\ntxt TXT \"\\195\\169\\000\"\n"
    "big TXT " T800 "\n"
    "huge TXT " T800 T800 T800 T800 T800 "\n"
    "alias CNAME a\nchain CNAME alias\ndangling CNAME nowhere\n"
    "deep.ent A 192.0.2.3\n"
    "odd\\032%:/name A 192.0.2.4\n"
    "*.wild A 192.0.2.5\n";

static struct dns *resolver(const char *server, const char *other)
{
    const char *servers[] = {server, other};
    struct dns_settings settings = {.nameservers = servers, .nameserver_count = other == NULL ? 1 : 2};
    struct err e = ERR_NONE;
    struct dns *d = dns_open(&settings, &e);

    if (d == NULL)
        fail_msg("%s", e.text);
    return d;
}

static void every_type(void **state)
{
    static const struct { const char *name; enum dns_type type; const char *want; } rows[] = {
        {"a.example", DNS_A, "noerror 192.0.2.1 192.0.2.2"},
        {"A.EXAMPLE", DNS_AAAA, "noerror 2001:db8::1"},
        {"mx.example", DNS_MX, "noerror 10=a.example 20=b.example"},
        {"null.example", DNS_MX, "noerror 0="},
        {"ptr.example", DNS_PTR, "noerror host.example"},
        {"a.example", DNS_TXT, "nodata"},
        {"ent.example", DNS_TXT, "nodata"},
        {"none.example", DNS_TXT, "nxdomain"},
        {"alias.example", DNS_AAAA, "noerror cname a.example: 2001:db8::1"},
        {"alias.example", DNS_MX, "nodata cname a.example:"},
        {"chain.example", DNS_AAAA, "noerror cname a.example: 2001:db8::1"},
        {"dangling.example", DNS_A, "nxdomain cname nowhere.example:"},
        {"odd %:/name.example", DNS_A, "noerror 192.0.2.4"},
        {"x.wild.example", DNS_A, "noerror 192.0.2.5"},
        {"refused.test", DNS_A, "tempfail SERVFAIL"},
        {"1.0.0.10.in-addr.arpa", DNS_PTR, "tempfail SERVFAIL"}, /* asked, not answered by libunbound */
        {"1.0.0.127.in-addr.arpa", DNS_PTR, "tempfail SERVFAIL"},
        {"a..example", DNS_A, "nxdomain"},
    };
    struct dns *d = resolver(*state, NULL);

    FOR_ROWS(row, rows) {
        char got[512];

        /* servers may turn the order of addresses: none is asked for here that has more than two */
        (void)asked(d, row->name, row->type, got, sizeof got);
        if (strcmp(got, "noerror 192.0.2.2 192.0.2.1") == 0)
            (void)snprintf(got, sizeof got, "noerror 192.0.2.1 192.0.2.2");
        if (strcmp(got, row->want) != 0)
            print_error("got \"%s\"\n", got);
        ASSERT_ROW(strcmp(got, row->want) == 0, row);
    }
    dns_close(d);
}

static void texts_and_times(void **state)
{
    struct dns *d = resolver(*state, NULL);
    struct dns_scope *s = dns_scope_new(d, 5000);
    const struct dns_answer *txt = dns_ask(s, "txt.example", DNS_TXT);
    const struct dns_answer *none = dns_ask(s, "none.example", DNS_TXT);
    size_t spf;

    assert_int_equal(txt->count, 2);
    spf = txt->rr[0].txt.n == 11 ? 0 : 1;
    assert_true(str_eq(txt->rr[spf].txt, STR("v=spf1 -all")));
    assert_true(str_eq(txt->rr[1 - spf].txt, STR("\xc3\xa9\0")));
    assert_in_range(txt->ttl, 115, 120);
    assert_in_range(none->ttl, 25, 30);
    assert_false(txt->secure);
    assert_int_equal(dns_ask(s, "big.example", DNS_TXT)->rr[0].txt.n, 800);
    assert_int_equal(dns_ask(s, "huge.example", DNS_TXT)->rr[0].txt.n, 4000); /* over TCP */
    dns_scope_free(s);
    dns_close(d);
}

static void deadline_of_a_dead_server(void **state)
{
    char address[PEER_ADDRESS_MAX];
    struct late *silent = late_start(-1, address);
    struct dns *d = resolver(address, NULL);
    struct dns_scope *s = dns_scope_new(d, 300);
    int64_t before = clock_mono_ms(), took;

    (void)state;
    dns_prefetch(s, "a.example", DNS_TXT);
    assert_string_equal(dns_ask(s, "a.example", DNS_A)->why, "deadline");
    assert_string_equal(dns_ask(s, "a.example", DNS_TXT)->why, "deadline");
    assert_int_equal(dns_ask(s, "b.example", DNS_A)->status, DNS_TEMPFAIL);
    took = clock_mono_ms() - before;
    assert_in_range(took, 300, 1500);
    assert_in_range(dns_scope_wait_ms(s), 300, (unsigned)took);
    assert_int_equal(dns_counts(d).failures, 3);
    dns_scope_free(s);
    before = clock_mono_ms();
    dns_close(d); /* with questions in flight */
    assert_in_range(clock_mono_ms() - before, 0, 1000);
    late_stop(silent);
}

static void another_server_helps(void **state)
{
    char address[PEER_ADDRESS_MAX], got[128];
    struct late *silent = late_start(-1, address);
    struct dns *d = resolver(address, *state);

    assert_string_equal(asked(d, "x.wild.example", DNS_A, got, sizeof got), "noerror 192.0.2.5");
    dns_close(d);
    late_stop(silent);
}

static void prefetched_questions_wait_together(void **state)
{
    char address[PEER_ADDRESS_MAX], name[32];
    struct late *late = late_start(50, address);
    struct dns *d = resolver(address, NULL);
    struct dns_scope *s = dns_scope_new(d, 5000);

    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < 20; i++) {
            (void)snprintf(name, sizeof name, "n%d.example", i);
            if (pass == 0)
                dns_prefetch(s, name, DNS_TXT);
            else
                assert_int_equal(dns_ask(s, name, DNS_TXT)->status, DNS_NXDOMAIN);
        }
    }
    assert_int_equal(dns_scope_questions(s), 20);
    assert_in_range(dns_scope_wait_ms(s), 10, 500); /* 1000, were they asked in turn */
    dns_scope_free(s);
    dns_close(d);
    late_stop(late);
}

static void *ask_one(void *arg)
{
    struct dns_scope *s = dns_scope_new(arg, 5000);
    bool ok = dns_ask(s, "same.example", DNS_TXT)->status == DNS_NXDOMAIN;

    dns_scope_free(s);
    return ok ? NULL : arg;
}

static void identical_questions_are_asked_once(void **state)
{
    enum { ASKERS = 8 };
    char address[PEER_ADDRESS_MAX];
    struct late *late = late_start(100, address);
    struct dns *d = resolver(address, NULL);
    pthread_t thread[ASKERS];

    (void)state;
    for (int i = 0; i < ASKERS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, ask_one, d), 0);
    for (int i = 0; i < ASKERS; i++) {
        void *failed;

        assert_int_equal(pthread_join(thread[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(late_queries(late), 1);
    assert_int_equal(dns_counts(d).questions, ASKERS);
    assert_int_equal(dns_counts(d).hits + dns_counts(d).joined, ASKERS - 1);
    dns_close(d);
    late_stop(late);
}

struct crowd {
    struct dns *dns;
    int first;
};

static void *ask_many(void *arg)
{
    struct crowd *c = arg;

    for (int i = 0; i < 50; i++) {
        struct dns_scope *s = dns_scope_new(c->dns, 20000);
        char name[32];

        for (int k = 0; k < 5; k++) {
            (void)snprintf(name, sizeof name, "n%d.wild.example", c->first + 5 * i + k);
            dns_prefetch(s, name, DNS_A);
        }
        (void)snprintf(name, sizeof name, "n%d.wild.example", c->first + 5 * i);
        if (dns_ask(s, name, DNS_A)->status != DNS_NOERROR)
            return arg;
        dns_scope_free(s); /* four of them perhaps still in flight */
    }
    return NULL;
}

static void many_threads(void **state)
{
    enum { ASKERS = 6 };
    struct dns *d = resolver(*state, NULL);
    struct crowd crowd[ASKERS];
    pthread_t thread[ASKERS];

    for (int i = 0; i < ASKERS; i++) {
        crowd[i] = (struct crowd){.dns = d, .first = i * 125}; /* half of each other's names */
        assert_int_equal(pthread_create(&thread[i], NULL, ask_many, &crowd[i]), 0);
    }
    for (int i = 0; i < ASKERS; i++) {
        void *failed;

        assert_int_equal(pthread_join(thread[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(dns_counts(d).failures, 0);
    dns_close(d);
}

static void wrong_settings(void **state)
{
    static const char *const bad[] = {"ns.example"}, *const good[] = {"127.0.0.1"};
    struct dns_settings server = {.nameservers = bad, .nameserver_count = 1};
    struct dns_settings anchor = {.nameservers = good, .nameserver_count = 1};
    struct err e = ERR_NONE;

    (void)state;
    assert_null(dns_open(&server, &e));
    assert_string_equal(e.text,
                        "\"ns.example\" is not a name server's address; write ADDRESS or ADDRESS@PORT");
    anchor.trust_anchor = "/nonexistent/key";
    assert_null(dns_open(&anchor, &e));
    assert_string_equal(e.text, "cannot read trust anchor /nonexistent/key: No such file or directory");
    anchor.trust_anchor = "/dev/null";
    dns_close(dns_open(&anchor, &e)); /* no anchor in it: unbound may take it or not, without harm */
}

/* A zone that must be signed and is not: nothing of it may be relied on (RFC 4035 section 5.5). */
static void bogus_answers(void **state)
{
    static const char anchor[] =
        "example. DS 12345 8 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";
    const char *servers[] = {*state};
    char path[] = "/tmp/resolver_test.XXXXXX", got[128];
    struct dns_settings settings = {.nameservers = servers, .nameserver_count = 1, .trust_anchor = path};
    int fd = mkstemp(path);
    struct dns *d;

    assert_int_equal(write(fd, anchor, sizeof anchor - 1), sizeof anchor - 1);
    (void)close(fd);
    d = dns_open(&settings, NULL);
    (void)unlink(path);
    assert_non_null(d);
    assert_string_equal(asked(d, "a.example", DNS_A, got, sizeof got), "tempfail bogus");
    dns_close(d);
}

static void names_servers(const char *path, const char *server)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fprintf(f, server == NULL ? "search example\n" : "nameserver %s\n", server) > 0);
    assert_int_equal(fclose(f), 0);
}

/* The system's servers are looked up again; what waits for one that never answers is asked of the new one. */
static void other_servers_of_the_system(void **state)
{
    char address[PEER_ADDRESS_MAX], path[] = "/tmp/resolver_test.XXXXXX", got[128];
    struct late *silent = late_start(-1, address);
    struct dns_settings settings = {.resolv_conf = path};
    int fd = mkstemp(path);
    struct err e = ERR_NONE;
    struct dns *d;
    struct dns_scope *s;

    (void)close(fd);
    names_servers(path, NULL);
    assert_null(dns_open(&settings, &e));
    assert_non_null(strstr(e.text, "it names none"));
    names_servers(path, address);
    d = dns_open(&settings, &e);
    assert_non_null(d);
    s = dns_scope_new(d, 20000);
    dns_prefetch(s, "a.example", DNS_AAAA);
    dns_prefetch(s, "deep.ent.example", DNS_A);
    while (late_queries(silent) < 2)
        (void)usleep(1000);
    assert_int_equal(dns_look(d, &e), DNS_SERVERS_SAME);
    names_servers(path, *state);
    assert_int_equal(dns_look(d, &e), DNS_SERVERS_CHANGED);
    assert_int_equal(dns_look(d, &e), DNS_SERVERS_SAME);
    assert_int_equal(dns_ask(s, "a.example", DNS_AAAA)->status, DNS_NOERROR);
    assert_int_equal(dns_ask(s, "deep.ent.example", DNS_A)->status, DNS_NOERROR);
    assert_in_range(dns_scope_wait_ms(s), 0, 5000);
    dns_scope_free(s);
    names_servers(path, NULL);
    assert_int_equal(dns_look(d, &e), DNS_SERVERS_UNKNOWN);
    assert_string_equal(asked(d, "x.wild.example", DNS_A, got, sizeof got), "noerror 192.0.2.5"); /* as before */
    names_servers(path, address);
    assert_int_equal(dns_look(d, &e), DNS_SERVERS_CHANGED);
    assert_int_equal(dns_counts(d).entries, 0);
    (void)unlink(path);
    assert_int_equal(dns_look(d, &e), DNS_SERVERS_UNKNOWN);
    dns_close(d);
    late_stop(silent);
}

static void opens_without_servers(void **state)
{
    struct dns *d = dns_open(&(struct dns_settings){.recursive = true}, NULL);

    (void)state;
    assert_non_null(d);
    dns_close(d);
}

/* In haste nobody waits; what was put off can be waited for, and is answered then. */
static void haste_puts_off(void **state)
{
    char address[PEER_ADDRESS_MAX];
    struct late *l = late_start(300, address);
    struct dns *d = resolver(address, NULL);
    struct dns_scope *s = dns_scope_new(d, 5000);
    int64_t began = clock_mono_ms();

    (void)state;
    dns_scope_set_nonblocking(s);
    assert_string_equal(dns_ask(s, "one.test", DNS_A)->why, "not yet");
    assert_string_equal(dns_ask(s, "two.test", DNS_A)->why, "not yet");
    assert_true(dns_scope_end_nonblocking(s));
    assert_true(clock_mono_ms() - began < 200);
    assert_int_equal(dns_counts(d).failures, 0);
    dns_scope_wait(s);
    assert_true(clock_mono_ms() - began >= 290);
    dns_scope_set_nonblocking(s);
    assert_int_equal(dns_ask(s, "one.test", DNS_A)->status, DNS_NXDOMAIN);
    assert_false(dns_scope_end_nonblocking(s));
    dns_scope_wait(s);
    assert_int_equal(dns_ask(s, "two.test", DNS_A)->status, DNS_NXDOMAIN);
    assert_int_equal(dns_scope_questions(s), 2);
    dns_scope_free(s);
    dns_close(d);
    late_stop(l);
}

/* The deadline counts from the first wait, and after it there is nothing to put off. */
static void haste_and_the_deadline(void **state)
{
    char address[PEER_ADDRESS_MAX], dead[PEER_ADDRESS_MAX];
    struct late *l = late_start(10, address), *never = late_start(-1, dead);
    struct dns *d = resolver(address, NULL), *silent = resolver(dead, NULL);
    struct dns_scope *s = dns_scope_new(d, 300);
    int64_t began;

    (void)state;
    dns_scope_set_nonblocking(s);
    for (int i = 0; i < 500 && dns_ask(s, "one.test", DNS_A)->status == DNS_TEMPFAIL; i++)
        (void)usleep(10 * 1000);
    assert_int_equal(dns_ask(s, "one.test", DNS_A)->status, DNS_NXDOMAIN); /* it came without a wait */
    (void)dns_scope_end_nonblocking(s);
    (void)usleep(400 * 1000);
    assert_int_equal(dns_ask(s, "two.test", DNS_A)->status, DNS_NXDOMAIN); /* so there is all the time for this one */
    dns_scope_free(s);

    s = dns_scope_new(silent, 300);
    began = clock_mono_ms();
    dns_scope_set_nonblocking(s);
    assert_string_equal(dns_ask(s, "one.test", DNS_A)->why, "not yet");
    assert_true(dns_scope_end_nonblocking(s));
    dns_scope_wait(s);
    dns_scope_set_nonblocking(s);
    assert_string_equal(dns_ask(s, "one.test", DNS_A)->why, "deadline");
    assert_string_equal(dns_ask(s, "two.test", DNS_A)->why, "deadline");
    assert_false(dns_scope_end_nonblocking(s));
    assert_in_range(clock_mono_ms() - began, 290, 5000);
    dns_scope_free(s);
    dns_close(d);
    dns_close(silent);
    late_stop(l);
    late_stop(never);
}

int main(void)
{
    static char address[PEER_ADDRESS_MAX];
    struct nsd *nsd = nsd_start(zone, address);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(every_type, address),
        cmocka_unit_test_prestate(texts_and_times, address),
        cmocka_unit_test(deadline_of_a_dead_server),
        cmocka_unit_test_prestate(another_server_helps, address),
        cmocka_unit_test(prefetched_questions_wait_together),
        cmocka_unit_test(identical_questions_are_asked_once),
        cmocka_unit_test(haste_puts_off),
        cmocka_unit_test(haste_and_the_deadline),
        cmocka_unit_test_prestate(many_threads, address),
        cmocka_unit_test(wrong_settings),
        cmocka_unit_test_prestate(bogus_answers, address),
        cmocka_unit_test_prestate(other_servers_of_the_system, address),
        cmocka_unit_test(opens_without_servers),
    };
    int failed;

    if (nsd == NULL) {
        print_message("NSD is not installed, or does not start: skipped\n");
        return 77;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    nsd_stop(nsd);
    return failed;
}
