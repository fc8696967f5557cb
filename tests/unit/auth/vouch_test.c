/* Whom a service's own SPF record is asked about, and when nobody is. */
#include "unit.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/vouch.h"
#include "dmarc/dmarc_gather.h"
#include "catalogue.h"
#include "dmarc_rig.h"

static const char catalogue[] =
    "sender one { Kind = marketing SPF = {_spf.one.example} DKIM = {one.example} ReturnPath = {one.example}\n"
    "  PTR = {one.example} KeyCNAME = {dkim.one.example} Networks = {203.0.113.0/24} }\n"
    "sender two { Kind = crm SPF = {a.two.example, b.two.example, c.two.example} PTR = {two.example}\n"
    "  ReturnPath = {two.example} }\n"
    "sender three { Kind = crm SPF = {_spf.three.example} DKIM = {three.example} }\n"
    "sender mute { Kind = hosting PTR = {mute.example} DKIM = {mute.example} }\n"
    "sender slow { Kind = crm SPF = {_spf.slow.example} PTR = {slow.example} }\n";

static const char zone[] =
    "_dmarc.customer.example TXT \"v=DMARC1; p=reject\"\n"
    "_dmarc.odd.example TXT \"v=DMARC1; p=odd\"\n"
    "_spf.one.example TXT \"v=spf1 include:net.one.example ~all\"\n"
    "net.one.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
    "a.two.example TXT \"v=spf1 ip4:198.51.100.1 -all\"\n"
    "b.two.example TXT \"v=spf1 ip4:198.51.100.2 -all\"\n"
    "c.two.example TXT \"v=spf1 ip4:198.51.100.3 -all\"\n"
    "_spf.three.example TXT \"v=spf1 ip4:198.51.100.9 -all\"\n"
    "_spf.slow.example SERVFAIL\n";

struct row {
    const char *name;
    const char *author;    /* customer.example unless told */
    const char *ids;       /* as rig_ids */
    const char *ip;
    const char *ptr, *iprev, *from, *helo; /* ptr: what the MTA says; iprev: what we found, not confirmed */
    const char *dkim;      /* d= of one that failed; "+" before it: passed */
    const char *host;      /* of its key */
    const char *want;
    unsigned questions;
};

static const struct row rows[] = {
    {"reverse name claimed", .ip = "192.0.2.1", .ptr = "mail.ONE.example.", .want = "one", .questions = 2},
    {"reverse name found, not confirmed", .ip = "192.0.2.1", .iprev = "mail.one.example", .want = "one", .questions = 2},
    {"return path", .ip = "192.0.2.1", .from = "b@x.one.example", .want = "one", .questions = 2},
    {"failed signature", .ip = "192.0.2.1", .dkim = "one.example", .want = "one", .questions = 2},
    {"failed signature's key", .ip = "192.0.2.1", .dkim = "customer.example", .host = "dkim.one.example", .want = "one",
     .questions = 2},
    {"HELO", .ip = "192.0.2.1", .helo = "mail.one.example", .want = "one", .questions = 2},
    {"second name of a service", .ip = "198.51.100.2", .helo = "two.example", .want = "two", .questions = 2},
    {"not asked: its third name", .ip = "198.51.100.3", .helo = "two.example", .want = "", .questions = 2},
    {"the second service", .ip = "198.51.100.1", .ptr = "one.example", .helo = "two.example", .want = "two",
     .questions = 3},
    {"not asked: a third service", .ip = "198.51.100.9", .ptr = "one.example", .from = "x@two.example",
     .dkim = "three.example", .want = "", .questions = 4},
    {"forged claim", .ip = "192.0.2.66", .ptr = "mail.one.example", .want = "", .questions = 2},
    {"DNS fails", .ip = "192.0.2.1", .ptr = "mail.slow.example", .want = "", .questions = 1},
    {"no SPF names", .ip = "192.0.2.1", .ptr = "mail.mute.example", .want = "", .questions = 0},
    {"no claim", .ip = "192.0.2.1", .ptr = "mail.nobody.example", .helo = "[192.0.2.1]", .want = "", .questions = 0},
    {"look-alikes", .ip = "192.0.2.1", .ptr = "evilone.example", .helo = "one.example.evil.test", .want = "",
     .questions = 0},
    {"odd bytes", .ip = "192.0.2.1", .ptr = "a b\xff.one.example", .helo = "one..example", .from = "@", .want = "",
     .questions = 0},
    {"passes DMARC", .ids = "s+customer.example", .ip = "192.0.2.1", .ptr = "mail.one.example", .want = "",
     .questions = 0},
    {"passes, not aligned", .ids = "s+other.test", .ip = "192.0.2.1", .ptr = "mail.one.example", .want = "one",
     .questions = 2},
    {"might pass", .ids = "s-customer.example", .ip = "192.0.2.1", .ptr = "mail.one.example", .want = "one",
     .questions = 2},
    {"no DMARC", .author = "plain.example", .ip = "192.0.2.1", .ptr = "mail.one.example", .want = "", .questions = 0},
    {"DMARC asks for nothing", .author = "odd.example", .ip = "192.0.2.1", .ptr = "mail.one.example", .want = "",
     .questions = 0},
    {"known by its signature", .ip = "192.0.2.1", .dkim = "+three.example", .ptr = "mail.one.example", .want = "",
     .questions = 0},
    {"known by its address", .ip = "203.0.113.5", .ptr = "mail.two.example", .want = "", .questions = 0},
};

static struct str text_of(const char *text)
{
    return text == NULL ? STR_NONE : str_of(text);
}

/* The evidence up to DMARC's, as auth_finish has it. */
static size_t gather(struct arena *a, const struct row *row, struct dns_scope *scope, struct evidence *e,
                     struct dmarc_identifier *ids)
{
    struct from_domains from = {.n = 1};
    struct dmarc_request request = {.from = &from, .max_authors = 1, .ids = ids};

    from.domain[0] = row->author == NULL ? "customer.example" : row->author;
    if (row->ids != NULL)
        request.id_count = rig_ids(a, row->ids, ids, 4);
    assert_int_equal(dmarc_gather(a, &request, scope, &e->dmarc), RC_OK);
    return request.id_count;
}

static void run(const struct row *row, struct dns *dns, const struct senders *s)
{
    struct arena *a = arena_new(1 << 20);
    struct dns_scope *scope = dns_scope_new(dns, 1000);
    struct conn conn = {.ptr = row->ptr, .helo = row->helo};
    struct message m = {.arena = a, .conn = &conn, .mail_from = text_of(row->from)};
    struct dkim_signature sig = {.result = DKIM_FAIL, .domain = row->dkim, .key_host = row->host == NULL ? "" : row->host};
    struct evidence e = {
        .spf = {.mechanism = "", .leaf = "", .leaf_domain = "", .mechanism_domain = ""},
        .iprev = {.result = IPREV_FAIL, .name = row->iprev == NULL ? "" : row->iprev},
        .dkim = {.n = row->dkim != NULL, .sig = &sig},
    };
    struct dmarc_identifier ids[4];
    const char *got;
    unsigned before;
    size_t n;

    if (row->dkim != NULL && row->dkim[0] == '+') {
        sig.domain++;
        sig.result = DKIM_PASS;
    }
    assert_true(ip_parse(str_of(row->ip), &conn.ip));
    n = gather(a, row, scope, &e, ids);
    before = dns_scope_questions(scope);
    got = vouch_ask(&m, &e, ids, n, s, scope);
    if (strcmp(got, row->want) != 0 || dns_scope_questions(scope) - before != row->questions)
        fail_msg("%s: \"%s\", %u questions", row->name, got, dns_scope_questions(scope) - before);
    assert_string_equal(vouch_ask(&m, &e, ids, n, NULL, scope), "");
    dns_scope_free(scope);
    arena_free(a);
}

static void who_is_asked(void **state)
{
    struct senders *s = catalogue_of(catalogue);
    struct dns *dns = rig_zone(zone);
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(auth_init(&e), RC_OK);
    FOR_ROWS(row, rows)
        run(row, dns, s);
    dns_close(dns);
    senders_free(s);
    auth_shutdown();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_is_asked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
