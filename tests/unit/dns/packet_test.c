#include "unit.h"

#include <string.h>

#include "dns/packet.h"
#include "shown.h"

/* Header with rcode and counts, the question "a.example"; the owner "\xc0\x0c" points to it. */
#define HEAD(rcode, answers, authorities) \
    "\0\1\x81" rcode "\0\1\0" answers "\0" authorities "\0\0\1a\7example\0\0\0\0\1"
#define RR(type, ttl, length, rdata) "\xc0\x0c\0" type "\0\1\0\0\0" ttl "\0" length rdata
#define SOA RR("\6", "\x50", "\x16", "\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\x1e") /* minimum 30 */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void messages(void **state)
{
    static const struct {
        const char *name;
        const char *packet;
        size_t size;
        enum dns_type type;
        uint32_t ttl;
        const char *want;
    } rows[] = {
        {"two addresses", BYTES(HEAD("\x80", "\2", "\0") RR("\1", "\x3c", "\4", "\xc0\0\2\1")
                                RR("\1", "\x1e", "\4", "\xc0\0\2\2")), DNS_A, 30,
         "noerror 192.0.2.1 192.0.2.2"},
        {"compressed MX",
         BYTES(HEAD("\x80", "\1", "\0") RR("\xf", "\x3c", "\6", "\0\5\1M\xc0\x0c")), DNS_MX, 60,
         "noerror 5=m.a.example"},
        {"NS", BYTES(HEAD("\x80", "\1", "\0") RR("\2", "\x3c", "\4", "\1n\xc0\x0c")), DNS_NS, 60, "noerror n.a.example"},
        {"SOA", BYTES(HEAD("\x80", "\1", "\0")
                      RR("\6", "\x3c", "\x1a", "\1n\xc0\x0c\xc0\x0c\0\0\1\2\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1")),
         DNS_SOA, 60, "noerror n.a.example 258"},
        {"SOA too short", BYTES(HEAD("\x80", "\1", "\0") RR("\6", "\x3c", "\5", "\0\0\0\0\1")), DNS_SOA, 0, "nodata"},
        {"name to itself", BYTES(HEAD("\x80", "\1", "\0") RR("\xc", "\x3c", "\2", "\xc0\x27")), DNS_PTR, 0,
         "nodata"},
        {"strings joined",
         BYTES(HEAD("\x80", "\1", "\0") RR("\x10", "\x3c", "\7", "\3a\0b\2c\xff")), DNS_TXT, 60,
         "noerror a\\x00bc\\xff"},
        {"string past its end", BYTES(HEAD("\x80", "\1", "\0") RR("\x10", "\x3c", "\3", "\3ab")), DNS_TXT, 60,
         "nodata"},
        {"address of five bytes",
         BYTES(HEAD("\x80", "\1", "\0") RR("\1", "\x3c", "\5", "\1\2\3\4\5")), DNS_A, 60,
         "nodata"},
        {"NODATA", BYTES(HEAD("\x80", "\0", "\1") SOA), DNS_A, 30, "nodata"},
        {"NXDOMAIN", BYTES(HEAD("\x83", "\0", "\1") SOA), DNS_A, 30, "nxdomain"},
        {"NXDOMAIN without SOA", BYTES(HEAD("\x83", "\0", "\0")), DNS_A, 0, "nxdomain"},
        {"alias to nothing", BYTES(HEAD("\x83", "\1", "\1") RR("\5", "\x14", "\3", "\1b\0") SOA), DNS_A, 20,
         "nxdomain cname b:"},
        {"alias to an address", BYTES(HEAD("\x80", "\2", "\0") RR("\5", "\x14", "\3", "\1b\0")
                                      RR("\1", "\x3c", "\4", "\xc0\0\2\1")), DNS_A, 20,
         "noerror cname a.example: 192.0.2.1"},
        {"SERVFAIL", BYTES(HEAD("\x82", "\0", "\0")), DNS_A, 0, "tempfail SERVFAIL"},
        {"REFUSED", BYTES(HEAD("\x85", "\0", "\0")), DNS_A, 0, "tempfail REFUSED"},
        {"FORMERR", BYTES(HEAD("\x81", "\0", "\0")), DNS_A, 0, "tempfail FORMERR"},
        {"code 11", BYTES(HEAD("\x8b", "\0", "\0")), DNS_A, 0, "tempfail an error response"},
        {"nothing", BYTES(""), DNS_A, 0, "tempfail malformed response"},
        {"answer missing", BYTES(HEAD("\x80", "\1", "\0")), DNS_A, 0, "tempfail malformed response"},
        {"answer cut", BYTES(HEAD("\x80", "\1", "\0") "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\xc0"), DNS_A, 0,
         "tempfail malformed response"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct answer *a = packet_answer((const uint8_t *)row->packet, row->size, row->type, true);
        char got[256];

        if (strcmp(shown(&a->pub, row->type, got, sizeof got), row->want) != 0)
            print_error("got \"%s\"\n", got);
        ASSERT_ROW(strcmp(got, row->want) == 0, row);
        if (a->pub.ttl != row->ttl)
            print_error("ttl %u\n", a->pub.ttl);
        ASSERT_ROW(a->pub.ttl == row->ttl, row);
        ASSERT_ROW(a->pub.secure == (a->pub.status != DNS_TEMPFAIL), row);
        answer_unref(a);
    }
}

/* A PTR may hold any bytes in its labels: none of them may look like a dot of the name, or not print. */
static void hostile_names(void **state)
{
    static const char packet[] =
        HEAD("\x80", "\1", "\0") RR("\xc", "\x3c", "\x12", "\x8ho.t\0\n\"A\7example\0");
    struct answer *a = packet_answer((const uint8_t *)packet, sizeof packet - 1, DNS_PTR, false);

    (void)state;
    assert_int_equal(a->pub.count, 1);
    assert_string_equal(a->pub.rr[0].name, "ho\\046t\\000\\010\\034a.example");
    answer_unref(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(messages), cmocka_unit_test(hostile_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
