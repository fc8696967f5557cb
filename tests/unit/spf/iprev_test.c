#include "unit.h"

#include <string.h>

#include "spf/iprev.h"
#include "dmarc_rig.h"

static const char zone[] =
    "1.2.0.192.in-addr.arpa. PTR mail.example.\n"
    "mail.example. A 192.0.2.1\n"
    "2.2.0.192.in-addr.arpa. PTR nowhere.example.\n"
    "3.2.0.192.in-addr.arpa. PTR other.example.\n"
    "other.example. A 192.0.2.99\n"
    "4.2.0.192.in-addr.arpa. TIMEOUT\n"
    "5.2.0.192.in-addr.arpa. SERVFAIL\n"
    "6.2.0.192.in-addr.arpa. PTR dead.example.\n"
    "dead.example. SERVFAIL\n"
    "7.2.0.192.in-addr.arpa. PTR dead.example.\n"
    "7.2.0.192.in-addr.arpa. PTR seven.example.\n"
    "seven.example. A 192.0.2.7\n"
    "8.2.0.192.in-addr.arpa. PTR other.example.\n"
    "8.2.0.192.in-addr.arpa. PTR dead.example.\n"
    "9.2.0.192.in-addr.arpa. PTR other.example.\n"
    "9.2.0.192.in-addr.arpa. PTR nine.example.\n"
    "nine.example. CNAME real.example.\n"
    "real.example. A 198.51.100.1\n"
    "real.example. A 192.0.2.9\n"
    "10.2.0.192.in-addr.arpa. TXT \"a name, but no PTR\"\n"
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR six.example.\n"
    "six.example. A 192.0.2.1\n"
    "six.example. AAAA 2001:db8::1\n"
    "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR four.example.\n"
    "four.example. A 192.0.2.1\n";

/* RFC 8601 section 2.7.3 */
static void results(void **state)
{
    static const struct { const char *name, *ip; enum iprev_result want; const char *ptr; } rows[] = {
        {"there and back", "192.0.2.1", IPREV_PASS, "mail.example"},
        {"the name has no address", "192.0.2.2", IPREV_FAIL, "nowhere.example"},
        {"the name has another address", "192.0.2.3", IPREV_FAIL, "other.example"},
        {"PTR: no answer", "192.0.2.4", IPREV_TEMPERROR, ""},
        {"PTR: SERVFAIL", "192.0.2.5", IPREV_TEMPERROR, ""},
        {"address: SERVFAIL", "192.0.2.6", IPREV_TEMPERROR, "dead.example"},
        {"another name leads back all the same", "192.0.2.7", IPREV_PASS, "seven.example"},
        {"a mismatch, and one that cannot be known", "192.0.2.8", IPREV_TEMPERROR, "other.example"},
        {"the second name, over an alias, its second address", "192.0.2.9", IPREV_PASS, "nine.example"},
        {"no PTR, but the name exists", "192.0.2.10", IPREV_PERMERROR, ""},
        {"no such reverse name", "192.0.2.11", IPREV_PERMERROR, ""},
        {"IPv6", "2001:db8::1", IPREV_PASS, "six.example"},
        {"IPv6, the name has IPv4 only", "2001:db8::2", IPREV_FAIL, "four.example"},
        {"IPv4 in IPv6", "::ffff:192.0.2.1", IPREV_PASS, "mail.example"},
    };
    struct dns *dns = rig_zone(zone);

    (void)state;
    FOR_ROWS(row, rows) {
        struct dns_scope *scope = dns_scope_new(dns, 5000);
        struct iprev_evidence got;
        struct ip ip;

        assert_true(ip_parse(str_of(row->ip), &ip));
        iprev_check(&ip, scope, &got);
        ASSERT_ROW(got.result == row->want, row);
        ASSERT_ROW(strcmp(got.name, row->ptr) == 0, row);
        dns_scope_free(scope);
    }
    dns_close(dns);
}

/* Twenty names: whoever owns the reverse zone chooses how many, and we choose how many we ask for. */
static void many_names(void **state)
{
    static const struct { const char *name; unsigned last; enum iprev_result want; unsigned questions; } rows[] = {
        {"the last of those asked", IPREV_NAMES_MAX - 1, IPREV_PASS, IPREV_NAMES_MAX + 1},
        {"the first of those not asked", IPREV_NAMES_MAX, IPREV_FAIL, IPREV_NAMES_MAX + 1},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char mem[4000];
        struct strbuf text = STRBUF_ON(mem);
        struct iprev_evidence got;
        struct dns_scope *scope;
        struct dns *dns;
        struct ip ip;

        for (unsigned i = 0; i < 20; i++)
            strbuf_putf(&text, "1.2.0.192.in-addr.arpa. PTR n%u.example.\nn%u.example. A 192.0.2.%u\n", i, i,
                        i == row->last ? 1 : 100 + i);
        assert_false(text.over);
        dns = rig_zone(mem);
        scope = dns_scope_new(dns, 5000);
        assert_true(ip_parse(STR("192.0.2.1"), &ip));
        iprev_check(&ip, scope, &got);
        ASSERT_ROW(got.result == row->want, row);
        ASSERT_ROW(dns_scope_questions(scope) == row->questions, row);
        dns_scope_free(scope);
        dns_close(dns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results),
        cmocka_unit_test(many_names),
    };

    return cmocka_run_group_tests_name("iprev", tests, NULL, NULL);
}
