/*
 * Who decides what of RFC 7208: the table in spf_libspf2.h, row by row.  The library is watched (what it is given) and
 * made to lie about its result (--wrap): what it decides is then its lie, what is ours stays as it was.
 */
#include "unit.h"

#include <sys/types.h>
#include <netinet/in.h>
#include <spf2/spf.h>
#include <stdio.h>

#include "base/str.h"
#include "spf_zone.h"

static const char zone[] =
    "order.example TXT \"v=spf1 -a:host.example +a:host.example ?all\"\n"
    "qualifier.example TXT \"v=spf1 ~a:host.example -all\"\n"
    "prefix.example TXT \"v=spf1 a:host.example/28 -all\"\n"
    "prefix6.example TXT \"v=spf1 a:six.example//64 -all\"\n"
    "zero.example TXT \"v=spf1 a:host.example/0 -all\"\n"
    "mx.example TXT \"v=spf1 mx -all\"\n"
    "mx.example MX 1 host.example\n"
    "include.example TXT \"v=spf1 include:qualifier.example include:prefix.example -all\"\n"
    "redirect.example TXT \"v=spf1 a:none.example redirect=prefix.example\"\n"
    "nothing.example TXT \"v=spf1 a:none.example\"\n"
    "ip4.example TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
    "exists.example TXT \"v=spf1 exists:%{i}.list.example -all\"\n"
    "192.0.2.1.list.example A 127.0.0.2\n"
    "ptr.example TXT \"v=spf1 ptr:ptr.example -all\"\n"
    "1.2.0.192.in-addr.arpa PTR mail.ptr.example\n"
    "mail.ptr.example A 192.0.2.1\n"
    "grammar.example TXT \"v=spf1 a:host.example a:: +all\"\n"
    "two.example TXT \"v=spf1 +all\"\n"
    "two.example TXT \"v=spf1 -all\"\n"
    "includenone.example TXT \"v=spf1 include:host.example -all\"\n"
    "slow.example TXT \"v=spf1 a:slow.host.example +all\"\n"
    "slow.host.example TIMEOUT\n"
    "voids.example TXT \"v=spf1 a:n1.example a:n2.example a:n3.example +all\"\n"
    "loop.example TXT \"v=spf1 include:loop.example +all\"\n"
    "closed.example TXT \"v=spf1 -all exp=why.example\"\n"
    "why.example TXT \"not %{i}\"\n"
    "host.example A 192.0.2.1\n"
    "six.example AAAA 2001:db8::1\n";

static struct {
    char given[1000]; /* each record the library was given, with "; " between */
    bool lies;
} library;

SPF_errcode_t __real_SPF_record_compile(SPF_server_t *, SPF_response_t *, SPF_record_t **, const char *);
SPF_errcode_t __wrap_SPF_record_compile(SPF_server_t *, SPF_response_t *, SPF_record_t **, const char *);
SPF_errcode_t __wrap_SPF_record_compile(SPF_server_t *server, SPF_response_t *response, SPF_record_t **out,
                                        const char *record)
{
    size_t n = strlen(library.given);

    (void)snprintf(library.given + n, sizeof library.given - n, "%s%s", n == 0 ? "" : "; ", record);
    return __real_SPF_record_compile(server, response, out, record);
}

SPF_result_t __real_SPF_response_result(SPF_response_t *);
SPF_result_t __wrap_SPF_response_result(SPF_response_t *);
SPF_result_t __wrap_SPF_response_result(SPF_response_t *response)
{
    static const SPF_result_t lie[] = {
        [SPF_RESULT_PASS] = SPF_RESULT_FAIL, [SPF_RESULT_FAIL] = SPF_RESULT_PASS,
        [SPF_RESULT_SOFTFAIL] = SPF_RESULT_PASS, [SPF_RESULT_NEUTRAL] = SPF_RESULT_FAIL,
    };
    SPF_result_t result = __real_SPF_response_result(response);

    return library.lies ? lie[result] : result;
}

static enum spf_result ask(struct dns *d, const char *ip, const char *domain, char *explanation, size_t size)
{
    struct arena *a = arena_new(1 << 20);
    struct spf_evidence ev;
    char from[80];
    enum spf_result result;

    (void)snprintf(from, sizeof from, "a@%s", domain);
    library.given[0] = '\0';
    (void)evaluated(a, d, ip, from, &ev);
    (void)snprintf(explanation, size, "%s", ev.explanation);
    result = ev.result;
    arena_free(a);
    return result;
}

enum decides { LIBSPF2, OURS };

static void who_decides_what(void **state)
{
    static const struct {
        const char *what, *domain, *ip, *given;
        enum spf_result result;
        enum decides decides;
    } rows[] = {
        {"the order of terms, the first match", "order.example", "192.0.2.1",
         "v=spf1 -a:0.1.s/32//128 +a:0.2.s/32//128 ?exists:0.3.s", SPF_FAIL, LIBSPF2},
        {"the result of a qualifier", "qualifier.example", "192.0.2.1", "v=spf1 ~a:0.1.s/32//128 -exists:0.2.s", SPF_SOFTFAIL,
         LIBSPF2},
        {"addresses of a against a prefix", "prefix.example", "192.0.2.14", "v=spf1 +a:0.1.s/28//128 -exists:0.2.s",
         SPF_PASS, LIBSPF2},
        {"and outside of it", "prefix.example", "192.0.2.16", "v=spf1 +a:0.1.s/28//128 -exists:0.2.s", SPF_FAIL, LIBSPF2},
        {"addresses of IPv6", "prefix6.example", "2001:db8::ffff", "v=spf1 +a:0.1.s/32//64 -exists:0.2.s", SPF_PASS,
         LIBSPF2},
        {"which exchange of mx matches", "mx.example", "192.0.2.1", "v=spf1 +mx:0.1.s/32//128 -exists:0.2.s", SPF_PASS, LIBSPF2},
        {"that include matches with pass alone", "include.example", "192.0.2.2",
         "v=spf1 +include:0.1.s +include:0.2.s -exists:0.3.s; v=spf1 ~a:0.4.s/32//128 -exists:0.5.s; "
         "v=spf1 +a:0.6.s/28//128 -exists:0.7.s", SPF_PASS, LIBSPF2},
        {"redirect where nothing matched", "redirect.example", "192.0.2.14",
         "v=spf1 +a:0.1.s/32//128 redirect=0.2.s; v=spf1 +a:0.3.s/28//128 -exists:0.4.s", SPF_PASS, LIBSPF2},
        {"neutral where nothing matched", "nothing.example", "192.0.2.1", "v=spf1 +a:0.1.s/32//128", SPF_NEUTRAL, LIBSPF2},
        /* whether the term matches is ours, and it is not shown the term; what follows from it is the library's */
        {"ip4, ip6, all", "ip4.example", "192.0.2.77", "v=spf1 +exists:0.1.s", SPF_PASS, LIBSPF2},
        {"ip4 that does not match", "ip4.example", "198.51.100.1", "v=spf1 -exists:0.1.s", SPF_FAIL, LIBSPF2},
        {"a prefix of no bits", "zero.example", "198.51.100.1", "v=spf1 +a:0.1.s//128 -exists:0.2.s", SPF_PASS, LIBSPF2},
        {"exists, with macros", "exists.example", "192.0.2.1", "v=spf1 +exists:0.1.s -exists:0.2.s", SPF_PASS, LIBSPF2},
        {"ptr", "ptr.example", "192.0.2.1", "v=spf1 +exists:0.1.s -exists:0.2.s", SPF_PASS, LIBSPF2},
        /* what is ours alone */
        {"the grammar", "grammar.example", "192.0.2.1", "", SPF_PERMERROR, OURS},
        {"which record counts", "two.example", "192.0.2.1", "", SPF_PERMERROR, OURS},
        {"no record", "host.example", "192.0.2.1", "", SPF_NONE, OURS},
        {"include of what has no record", "includenone.example", "192.0.2.1", "v=spf1 +include:0.1.s -exists:0.2.s",
         SPF_PERMERROR, OURS},
        {"DNS that does not answer", "slow.example", "192.0.2.1", "v=spf1 +a:0.1.s/32//128 +exists:0.2.s", SPF_TEMPERROR, OURS},
        {"void lookups", "voids.example", "192.0.2.1", "v=spf1 +a:0.1.s/32//128 +a:0.2.s/32//128 +a:0.3.s/32//128 +exists:0.4.s",
         SPF_PERMERROR, OURS},
    };
    struct dns *d = zone_open(zone);
    char explanation[200];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum spf_result told, lied;

        library.lies = false;
        told = ask(d, rows[i].ip, rows[i].domain, explanation, sizeof explanation);
        if (told != rows[i].result || strcmp(library.given, rows[i].given) != 0)
            fail_msg("%s: %d, given \"%s\"", rows[i].what, (int)told, library.given);
        library.lies = true;
        lied = ask(d, rows[i].ip, rows[i].domain, explanation, sizeof explanation);
        library.lies = false;
        if ((lied != told) != (rows[i].decides == LIBSPF2))
            fail_msg("%s: %d, and %d when the library lies", rows[i].what, (int)told, (int)lied);
    }
    dns_close(d);
}

/* The limit of ten lookups ends a loop; the library's own limit, of include inside include too, does not come first. */
static void limits_are_ours(void **state)
{
    struct dns *d = zone_open(zone);
    char explanation[200];
    unsigned records = 1;

    (void)state;
    assert_int_equal(ask(d, "192.0.2.1", "loop.example", explanation, sizeof explanation), SPF_PERMERROR);
    for (const char *p = library.given; (p = strchr(p, ';')) != NULL; p++)
        records++;
    assert_int_equal(records, 11); /* its own and ten includes of it */
    dns_close(d);
}

static void explanations_are_ours(void **state)
{
    struct dns *d = zone_open(zone);
    char explanation[200];

    (void)state;
    assert_int_equal(ask(d, "192.0.2.9", "closed.example", explanation, sizeof explanation), SPF_FAIL);
    assert_string_equal(explanation, "not 192.0.2.9");
    assert_string_equal(library.given, "v=spf1 -exists:0.1.s"); /* it was never shown exp= */
    dns_close(d);
}

static int init(void **state)
{
    struct err e = ERR_NONE;

    (void)state;
    return spf_init(&e) != RC_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_decides_what),
        cmocka_unit_test(limits_are_ours),
        cmocka_unit_test(explanations_are_ours),
    };
    return cmocka_run_group_tests(tests, init, NULL);
}
