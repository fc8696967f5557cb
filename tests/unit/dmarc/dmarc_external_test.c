#include "unit.h"

#include <string.h>

#include "dmarc/dmarc_external.h"
#include "dmarc_rig.h"

#define P "_dmarc.example.com TXT \"v=DMARC1; p=none\"\n"
#define LEAVE "example.com._report._dmarc.third.example TXT "

static const char *shown(struct arena *a, const char *zone, const char *uri, bool ruf)
{
    struct dns *dns = rig_zone(zone);
    struct dns_scope *scope = dns_scope_new(dns, 1000);
    struct strbuf b = strbuf_new(a, 1000);
    struct dmarc_external x;

    assert_int_equal(dmarc_external_check(a, "example.com", uri, ruf, scope, &x), RC_OK);
    strbuf_puts(&b, enum_name(&dmarc_destination_names, (int)x.decision));
    for (size_t i = 0; i < x.send_count; i++)
        strbuf_putf(&b, " %s", x.send_to[i]);
    assert_true(x.why[0] != '\0');
    dns_scope_free(scope);
    dns_close(dns);
    return b.p;
}

/* RFC 9990 section 4 */
static void destinations(void **state)
{
    static const struct { const char *name, *zone, *uri; bool ruf; const char *want; } rows[] = {
        {"itself", "x TIMEOUT\n", "mailto:r@example.com", false, "internal mailto:r@example.com"},
        {"any case", "x TIMEOUT\n", "MAILTO:r@Example.COM", false, "internal MAILTO:r@Example.COM"},
        {"below it", P, "mailto:r@mail.example.com", false, "internal mailto:r@mail.example.com"},
        {"below it, but an organization of its own", P "_dmarc.mail.example.com TXT \"v=DMARC1; psd=n\"\n",
         "mailto:r@mail.example.com", false, "refused"},
        {"its suffix is not its parent", P, "mailto:r@notexample.com", false, "refused"},
        {"leave", P LEAVE "\"v=DMARC1\"\n", "mailto:r@third.example", false, "authorized mailto:r@third.example"},
        {"leave by wildcard", P "*._report._dmarc.third.example TXT \"v=DMARC1;\"\n", "mailto:r@third.example", false,
         "authorized mailto:r@third.example"},
        {"leave among garbage", P LEAVE "x\n" LEAVE "\"v=DMARC1\"\n" LEAVE "\"v=DMARC1\"\n", "mailto:r@third.example",
         false, "authorized mailto:r@third.example"},
        {"no leave", P, "mailto:r@third.example", false, "refused"},
        {"lower case version", P LEAVE "\"v=dmarc1\"\n", "mailto:r@third.example", false, "refused"},
        {"own address", P LEAVE "\"v=DMARC1; rua=mailto:a@third.example,mailto:b@THIRD.example\"\n",
         "mailto:r@third.example", false, "authorized mailto:a@third.example mailto:b@THIRD.example"},
        {"own address is for the other kind", P LEAVE "\"v=DMARC1; rua=mailto:a@third.example\"\n",
         "mailto:r@third.example", true, "authorized mailto:r@third.example"},
        {"own address for failure reports", P LEAVE "\"v=DMARC1; ruf=mailto:f@third.example\"\n",
         "mailto:r@third.example", true, "authorized mailto:f@third.example"},
        {"sent on elsewhere", P LEAVE "\"v=DMARC1; rua=mailto:a@third.example,mailto:a@victim.example\"\n",
         "mailto:r@third.example", false, "refused"},
        {"sent on to a subdomain", P LEAVE "\"v=DMARC1; rua=mailto:a@sub.third.example\"\n",
         "mailto:r@third.example", false, "refused"},
        {"several records that name addresses", P LEAVE "\"v=DMARC1; rua=mailto:a@third.example\"\n"
         LEAVE "\"v=DMARC1; rua=mailto:b@third.example\"\n", "mailto:r@third.example", false,
         "authorized mailto:a@third.example mailto:b@third.example"},
        {"no answer", P "example.com._report._dmarc.third.example SERVFAIL\n", "mailto:r@third.example", false,
         "temperror"},
        {"no answer on the walk that decides", "_dmarc.com TIMEOUT\n" P, "mailto:r@mail.example.com", false,
         "temperror"},
        {"no answer on a walk that does not matter", "_dmarc.com TIMEOUT\n" P LEAVE "\"v=DMARC1\"\n",
         "mailto:r@third.example", false, "authorized mailto:r@third.example"},
        {"another scheme", P, "https://example.com/r", false, "refused"},
        {"no host", P, "mailto:r@", false, "refused"},
        {"no address", P, "mailto:", false, "refused"},
        {"a literal", P, "mailto:r@[192.0.2.1]", false, "refused"},
        {"parameters are not the host", P, "mailto:r@example.com?cc=x@third.example", false,
         "internal mailto:r@example.com?cc=x@third.example"},
        {"an encoded host", P, "mailto:r@example%2ecom", false, "refused"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024 * 1024);
        const char *seen = shown(a, row->zone, row->uri, row->ruf);

        if (strcmp(seen, row->want) != 0)
            print_error("seen %s\n", seen);
        ASSERT_ROW(strcmp(seen, row->want) == 0, row);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(destinations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
