#include "unit.h"

#include <string.h>

#include "dmarc_rig.h"
#include "post/destination.h"

#define RUA(uris) "_dmarc.p.example TXT \"v=DMARC1; p=none; rua=" uris "\"\n"
#define LEAVE(host, text) "p.example._report._dmarc." host " TXT \"" text "\"\n"

static const char *opt_out[] = {"gone.example", "no@p.example", "@host.example"};
static const struct config config = {
    .report_email = "dmarc@p.example", .report_sender = "bounces@p.example", .report_opt_out = {opt_out, 3},
    .report_addresses = 2,
};

/* "state[+open] address…", then "| why" of what is not sent. */
static const char *shown(struct arena *a, const char *zone, const char *policy_domain, bool failure)
{
    struct destination_question q = {.policy_domain = policy_domain, .failure = failure, .config = &config};
    struct dns *dns = rig_zone(zone);
    struct dns_scope *scope = dns_scope_new(dns, 1000);
    struct strbuf b = strbuf_new(a, 4000);
    struct destinations out;

    assert_int_equal(destinations_find(a, &q, scope, &out), RC_OK);
    strbuf_putf(&b, "%s%s", enum_name(&destination_state_names, (int)out.state), out.open ? "+open" : "");
    for (size_t i = 0; i < out.n; i++)
        if (out.item[i].state == DESTINATION_SEND)
            strbuf_putf(&b, " %s", out.item[i].address);
    for (size_t i = 0; i < out.n; i++)
        if (out.item[i].state != DESTINATION_SEND)
            strbuf_putf(&b, " | %s%s%s", out.item[i].why, out.item[i].mend[0] == '\0' ? "" : "; ", out.item[i].mend);
    if (out.n == 0)
        strbuf_putf(&b, " | %s%s%s", out.why, out.mend[0] == '\0' ? "" : "; ", out.mend);
    assert_true((out.state == DESTINATION_SEND) == (out.why[0] == '\0'));
    dns_scope_free(scope);
    dns_close(dns);
    return b.p;
}

static void where_to(void **state)
{
    static const struct { const char *name, *zone, *want; } rows[] = {
        {"at home", RUA("mailto:r@p.example"), "send r@p.example"},
        {"below", RUA("mailto:r@mail.p.example"), "send r@mail.p.example"},
        {"several, each once", RUA("mailto:r@p.example,mailto:R@P.example,mailto:%72@p.example,mailto:s@p.example"),
         "send r@p.example s@p.example"},
        {"too many", RUA("mailto:r@p.example,mailto:s@p.example,mailto:t@p.example"),
         "send r@p.example s@p.example | the record names more addresses than ReportAddresses"},
        {"leave", RUA("mailto:r@t.example") LEAVE("t.example", "v=DMARC1"), "send r@t.example"},
        {"no leave", RUA("mailto:r@t.example"), "refused | its host publishes no record that permits it"
         "; this record permits it: p.example._report._dmarc.t.example. TXT \"v=DMARC1;\""},
        {"no leave for one of two", RUA("mailto:r@t.example,mailto:r@p.example"),
         "send r@p.example | its host publishes no record that permits it"
         "; this record permits it: p.example._report._dmarc.t.example. TXT \"v=DMARC1;\""},
        {"its host wants it elsewhere", RUA("mailto:r@t.example") LEAVE("t.example", "v=DMARC1; rua=mailto:in@t.example"),
         "send in@t.example"},
        {"its host sends it to a third", RUA("mailto:r@t.example") LEAVE("t.example", "v=DMARC1; rua=mailto:in@v.example"),
         "refused | its host names an address at another host instead, so neither is used"
         "; this record permits it: p.example._report._dmarc.t.example. TXT \"v=DMARC1;\""},
        {"its host injects", RUA("mailto:r@t.example") LEAVE("t.example", "v=DMARC1; rua=mailto:in%0ABcc:v@t.example"),
         "refused | it holds a control character, which could begin a header field or command"},
        {"its host wants it at our address", RUA("mailto:r@mail.p.example"), "send r@mail.p.example"},
        {"a host in disguise is judged as what is written to", RUA("mailto:r@%74.example") LEAVE("t.example", "v=DMARC1"),
         "send r@t.example"},
        {"injection", RUA("mailto:r@p.example%0ABcc:v@v.example"),
         "refused | it holds a control character, which could begin a header field or command"},
        {"another scheme", RUA("https://p.example/r,mailto:r@p.example"),
         "send r@p.example | only mailto addresses are supported"},
        {"our own address", RUA("mailto:DMARC@p.example"),
         "refused | it is our own address for reports, which would answer itself"},
        {"our return path", RUA("mailto:bounces+x@p.example"),
         "refused | it is our own address for reports, which would answer itself"},
        {"nearly our own", RUA("mailto:dmarcx@p.example"), "send dmarcx@p.example"},
        {"opted out by address", RUA("mailto:NO@p.example"), "refused | ReportOptOut names it"},
        {"opted out by host", RUA("mailto:r@host.example") LEAVE("host.example", "v=DMARC1"),
         "refused | ReportOptOut names it"},
        {"DNS fails for one", RUA("mailto:r@t.example,mailto:r@p.example") "p.example._report._dmarc.t.example SERVFAIL\n",
         "send+open r@p.example | no answer from DNS"},
        {"DNS fails for all", RUA("mailto:r@t.example") "p.example._report._dmarc.t.example TIMEOUT\n",
         "later+open | no answer from DNS"},
        {"DNS fails for the record", "_dmarc.p.example TIMEOUT\n", "later+open | no answer from DNS about its record"},
        {"no record", "x.example A 192.0.2.1\n", "refused | it has no DMARC record now, or several"
         "; one v=DMARC1 record at _dmarc.p.example with rua=mailto:ADDRESS asks for them"},
        {"two records", RUA("mailto:r@p.example") RUA("mailto:s@p.example"),
         "refused | it has no DMARC record now, or several"
         "; one v=DMARC1 record at _dmarc.p.example with rua=mailto:ADDRESS asks for them"},
        {"one among other text", RUA("mailto:r@p.example") "_dmarc.p.example TXT \"v=spf1 -all\"\n", "send r@p.example"},
        {"no rua", "_dmarc.p.example TXT \"v=DMARC1; p=none\"\n", "refused | its DMARC record has no usable rua= now"
         "; one v=DMARC1 record at _dmarc.p.example with rua=mailto:ADDRESS asks for them"},
        {"ruf only", "_dmarc.p.example TXT \"v=DMARC1; p=none; ruf=mailto:f@p.example\"\n",
         "refused | its DMARC record has no usable rua= now"
         "; one v=DMARC1 record at _dmarc.p.example with rua=mailto:ADDRESS asks for them"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        const char *got = shown(a, row->zone, "p.example", false);

        if (strcmp(got, row->want) != 0)
            print_error("row \"%s\": %s\n", row->name, got);
        assert_string_equal(got, row->want);
        arena_free(a);
    }
}

static void failure_reports(void **state)
{
    static const struct { const char *name, *zone, *want; } rows[] = {
        {"ruf", "_dmarc.p.example TXT \"v=DMARC1; p=none; rua=mailto:r@p.example; ruf=mailto:f@p.example\"\n",
         "send f@p.example"},
        {"no ruf", RUA("mailto:r@p.example"), "refused | its DMARC record has no usable ruf= now"
         "; one v=DMARC1 record at _dmarc.p.example with ruf=mailto:ADDRESS asks for them"},
        {"a public suffix", "_dmarc.p.example TXT \"v=DMARC1; p=none; psd=y; ruf=mailto:f@p.example\"\n",
         "refused | its DMARC record says psd=y, and such domains get no failure reports"},
        {"its host's ruf counts", "_dmarc.p.example TXT \"v=DMARC1; p=none; ruf=mailto:f@t.example\"\n"
         LEAVE("t.example", "v=DMARC1; rua=mailto:a@t.example; ruf=mailto:g@t.example"), "send g@t.example"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);

        ASSERT_ROW(strcmp(shown(a, row->zone, "p.example", true), row->want) == 0, row);
        arena_free(a);
    }
}

static void opted_out_domains(void **state)
{
    struct arena *a = arena_new(1 << 20);

    (void)state;
    assert_string_equal(shown(a, "_dmarc.gone.example TXT \"v=DMARC1; p=none; rua=mailto:r@gone.example\"\n",
                              "gone.example", false), "refused | ReportOptOut names the domain");
    assert_true(destination_domain_opted_out(&config, "sub.gone.example"));
    assert_false(destination_domain_opted_out(&config, "notgone.example"));
    assert_false(destination_domain_opted_out(&config, "p.example"));
    assert_false(destination_address_opted_out(&config, "r@sub.host.example"));
    arena_free(a);
}

/* 500 addresses, as a hostile record may name: the first that ReportAddresses allows are written to. */
static void many(void **state)
{
    struct arena *a = arena_new(1 << 22);
    struct strbuf zone = strbuf_new(a, 100000);
    const char *want = "send r@p.example r0@p.example | ";

    (void)state;
    strbuf_puts(&zone, "_dmarc.p.example TXT ( \"v=DMARC1; p=none; rua=mailto:r@p.example\"");
    for (int i = 0; i < 500; i++)
        strbuf_putf(&zone, " \",mailto:r%d@p.example\"", i);
    strbuf_puts(&zone, " )\n");
    assert_true(str_starts_nocase(str_of(shown(a, zone.p, "p.example", false)), str_of(want)));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_to), cmocka_unit_test(failure_reports), cmocka_unit_test(opted_out_domains),
        cmocka_unit_test(many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
