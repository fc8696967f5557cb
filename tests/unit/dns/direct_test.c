#include "unit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns/direct.h"
#include "peer.h"

#define T50 "01234567890123456789012345678901234567890123456789"
#define T200 "\"" T50 T50 T50 T50 "\" "
#define T800 T200 T200 T200 T200

static const char zone[] =
    "$ORIGIN example.\n$TTL 300\n"
    "@ SOA ns root 7 3600 600 86400 30\n"
    "@ NS ns\n"
    "ns A 127.0.0.1\n"
    "mx 60 MX 20 B.Example.\nmx 90 MX 10 a\n"
    "txt TXT \"v=spf1 \" \"-all\"\ntxt TXT \"\\195\\169\"\n"
    "huge TXT " T800 T800 T800 T800 T800 "\n"
    "alias CNAME txt\n"
    "sub NS ns.elsewhere.example.\n";

static struct dns_direct *opened(const char *address, bool recursive)
{
    struct str all = str_of(address);
    size_t at = str_find(all, '@');
    struct err e = ERR_NONE;
    struct dns_direct *d;
    struct ip ip;
    uint32_t port = 0;

    assert_true(ip_parse(str_slice(all, 0, at), &ip) && str_to_u32(str_slice(all, at + 1, all.n), &port));
    d = dns_direct_open(&ip, (uint16_t)port, recursive, &e);
    if (d == NULL)
        fail_msg("%s", e.text);
    return d;
}

/* "state serial: record | record" */
static const char *asked_directly(struct dns_direct *d, struct arena *a, const char *name, enum dns_type type)
{
    static const char *const states[] = {"answered", "silent", "refused", "lame"};
    struct dns_direct_answer answer;
    struct strbuf b = strbuf_new(a, 2000);

    dns_direct_ask(d, a, name, type, &answer);
    strbuf_putf(&b, "%s %u %u:", states[answer.state], answer.serial, answer.ttl);
    for (size_t i = 0; i < answer.records; i++) {
        strbuf_puts(&b, i == 0 ? " " : " | ");
        strbuf_put_escaped(&b, answer.record[i], 60);
    }
    return b.p;
}

static void what_a_server_says(void **state)
{
    static const struct { const char *name; enum dns_type type; const char *want, *or; } rows[] = {
        {"example", DNS_SOA, "answered 7 300: ns.example. root.example. 7 3600 600 86400 30", ""},
        {"Example", DNS_NS, "answered 0 300: ns.example.", ""},
        {"mx.example", DNS_MX, "answered 0 60: 20 b.example. | 10 a.example.",
         "answered 0 60: 10 a.example. | 20 b.example."},
        {"txt.example", DNS_TXT, "answered 0 300: v=spf1 -all | \\xc3\\xa9", "answered 0 300: \\xc3\\xa9 | v=spf1 -all"},
        {"alias.example", DNS_TXT, "answered 0 300: alias to txt.example.", ""},
        {"none.example", DNS_TXT, "answered 0 0:", ""},
        {"txt.example", DNS_MX, "answered 0 0:", ""},
        {"a..example", DNS_MX, "silent 0 0:", ""},
        {"x.sub.example", DNS_TXT, "lame 0 0:", ""},
        {"elsewhere.test", DNS_TXT, "refused 0 0:", ""},
    };
    struct dns_direct *d = opened(*state, false);
    struct arena *a = arena_new(1 << 20);

    FOR_ROWS(row, rows) {
        const char *got = asked_directly(d, a, row->name, row->type);
        bool right = strcmp(got, row->want) == 0 || strcmp(got, row->or) == 0;

        if (!right)
            print_error("got \"%s\"\n", got);
        ASSERT_ROW(right, row);
    }
    arena_free(a);
    dns_direct_close(d);
}

static void an_answer_too_long_for_udp(void **state)
{
    struct dns_direct *d = opened(*state, false);
    struct arena *a = arena_new(1 << 20);
    struct dns_direct_answer answer;

    dns_direct_ask(d, a, "huge.example", DNS_TXT, &answer);
    assert_int_equal(answer.state, DNS_DIRECT_ANSWERED);
    assert_int_equal(answer.records, 1);
    assert_int_equal(answer.record[0].n, 4000);
    arena_free(a);
    dns_direct_close(d);
}

static void a_resolver_need_not_speak_for_the_name(void **state)
{
    struct dns_direct *d = opened(*state, true);
    struct arena *a = arena_new(1 << 20);

    assert_string_equal(asked_directly(d, a, "x.sub.example", DNS_TXT), "answered 0 0:");
    arena_free(a);
    dns_direct_close(d);
}

static void a_server_that_says_nothing(void **state)
{
    char address[PEER_ADDRESS_MAX];
    struct late *late = late_start(-1, address);
    struct arena *a = arena_new(1 << 20);
    struct dns_direct *d;

    (void)state;
    assert_non_null(late);
    d = opened(address, false);
    assert_string_equal(asked_directly(d, a, "txt.example", DNS_TXT), "silent 0 0:");
    assert_true(late_queries(late) > 0);
    dns_direct_close(d);
    arena_free(a);
    late_stop(late);
}

/* ---- a server that cuts every answer off, and then drips it ---- */

enum { DRIPS = 600, DRIP_MS = 100 }; /* a minute */

struct dripping {
    int udp, tcp;
    atomic_int drips;
    atomic_bool stop;
};

static void *drip(void *arg)
{
    struct dripping *s = arg;
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    unsigned char packet[512];
    ssize_t n = recvfrom(s->udp, packet, sizeof packet, 0, (struct sockaddr *)&from, &size);
    int fd;

    if (n < 12)
        return NULL;
    packet[2] |= 0x82; /* a response, cut off */
    (void)sendto(s->udp, packet, (size_t)n, 0, (struct sockaddr *)&from, size);
    fd = accept(s->tcp, NULL, NULL);
    (void)send(fd, "\2\0", 2, MSG_NOSIGNAL);
    while (!atomic_load(&s->stop) && atomic_fetch_add(&s->drips, 1) < DRIPS && send(fd, "", 1, MSG_NOSIGNAL) == 1)
        (void)poll(NULL, 0, DRIP_MS);
    (void)close(fd);
    return NULL;
}

static void an_answer_that_drips_is_not_waited_for(void **state)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct dripping s = {.udp = socket(AF_INET, SOCK_DGRAM, 0), .tcp = socket(AF_INET, SOCK_STREAM, 0)};
    struct arena *a = arena_new(1 << 20);
    socklen_t size = sizeof at;
    char address[PEER_ADDRESS_MAX];
    struct dns_direct *d;
    pthread_t thread;

    (void)state;
    assert_int_equal(bind(s.tcp, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(s.tcp, 1), 0);
    assert_int_equal(getsockname(s.tcp, (struct sockaddr *)&at, &size), 0);
    assert_int_equal(bind(s.udp, (struct sockaddr *)&at, sizeof at), 0);
    (void)snprintf(address, sizeof address, "127.0.0.1@%u", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&thread, NULL, drip, &s), 0);
    d = opened(address, false);
    assert_string_equal(asked_directly(d, a, "txt.example", DNS_TXT), "silent 0 0:");
    assert_in_range(atomic_load(&s.drips), 1, DRIPS - 1);
    atomic_store(&s.stop, true);
    (void)pthread_join(thread, NULL);
    dns_direct_close(d);
    arena_free(a);
    (void)close(s.udp);
    (void)close(s.tcp);
}

int main(void)
{
    static char address[PEER_ADDRESS_MAX];
    struct nsd *nsd = nsd_start(zone, address);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(what_a_server_says, address),
        cmocka_unit_test_prestate(an_answer_too_long_for_udp, address),
        cmocka_unit_test_prestate(a_resolver_need_not_speak_for_the_name, address),
        cmocka_unit_test(a_server_that_says_nothing),
        cmocka_unit_test(an_answer_that_drips_is_not_waited_for),
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
