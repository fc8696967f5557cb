#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalogue/clients.h"

static char path[] = "clients_test.XXXXXX";

static enum rc load(const char *text, struct clients **out, struct err *e)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
    *e = ERR_NONE;
    return clients_load(path, out, e);
}

static const char two[] =
    "client acme {\n"
    "  Title = \"Acme Ltd\"\n"
    "  Domains = {acme.example, mail.Parked.example}\n"
    "  Parked = {parked.example}\n"
    "  Lookalikes = {acrne.example}\n"
    "  Contacts = {\"Ann <ann@acme.example>\", \"+44 20 7946 0000\"}\n"
    "  DNSOwner = \"Acme IT\"\n"
    "  Note = \"pays late\"\n"
    "}\n"
    "client Bolt-2 { Domains = shop.acme.example }\n";

static void whose(void **state)
{
    static const struct { const char *name, *client; enum client_domain kind; } rows[] = {
        {"acme.example", "acme", CLIENT_DOMAIN_OWN},
        {"a.b.acme.example", "acme", CLIENT_DOMAIN_OWN},
        {"shop.acme.example", "Bolt-2", CLIENT_DOMAIN_OWN}, /* the longest name wins */
        {"x.shop.acme.example", "Bolt-2", CLIENT_DOMAIN_OWN},
        {"parked.example", "acme", CLIENT_DOMAIN_PARKED},
        {"www.parked.example", "acme", CLIENT_DOMAIN_PARKED},
        {"mail.parked.example", "acme", CLIENT_DOMAIN_OWN},
        {"acrne.example", "acme", CLIENT_DOMAIN_LOOKALIKE},
        {"evilacme.example", NULL, CLIENT_DOMAIN_NONE},
        {"acme.example.evil.test", NULL, CLIENT_DOMAIN_NONE},
        {"example", NULL, CLIENT_DOMAIN_NONE},
        {"", NULL, CLIENT_DOMAIN_NONE},
    };
    struct clients *c;
    struct err e;

    (void)state;
    if (load(two, &c, &e) != RC_OK)
        fail_msg("%s", e.text);
    FOR_ROWS(row, rows) {
        enum client_domain kind;
        const struct client *found = clients_of(c, row->name, &kind);

        ASSERT_ROW((found == NULL) == (row->client == NULL) && kind == row->kind, row);
        ASSERT_ROW(found == NULL || strcmp(found->name, row->client) == 0, row);
    }
    assert_int_equal(clients_count(c), 2);
    assert_string_equal(clients_at(c, 0)->title, "Acme Ltd");
    assert_string_equal(clients_at(c, 0)->dns_owner, "Acme IT");
    assert_string_equal(clients_at(c, 0)->note, "pays late");
    assert_int_equal(clients_at(c, 0)->contacts.n, 2);
    assert_string_equal(clients_at(c, 0)->contacts.item[1], "+44 20 7946 0000");
    assert_string_equal(clients_at(c, 1)->title, "Bolt-2");
    clients_free(c);
}

static void complaints(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"client 'a b' {}", ":1:8: this is no name for a client; write at most 40 letters, digits, hyphens, underscores "
                            "and dots, and the full name as Title"},
        {"client a { Domains = {x.example} }\nclient b {\n Parked = {y.example, X.example} }",
         ":3:23: Parked: x.example is in line 1 already, for a; a domain has one place, so take it out of one"},
        {"client a { Domains = {example} }", ":1:23: Domains: \"example\" is no domain; write it as example.com, without "
                                             "dots around it, and other alphabets as A-labels (xn--)"},
        {"client a { Domain = x.example }", ":1:12: a client has no field Domain; did you mean Domains?"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct clients *c;
        struct err e;

        ASSERT_ROW(load(row->name, &c, &e) == RC_BAD && c == NULL, row);
        assert_int_equal(strncmp(e.text, path, strlen(path)), 0);
        assert_string_equal(e.text + strlen(path), row->want);
    }
}

/* What a runbook needs: all of it is read, and what is no such thing is refused where it stands. */
static void runbook(void **state)
{
    static const char text[] =
        "client acme {\n"
        "  Domains = acme.example\n  Sending = {Bounce.acme.example}\n  MailOwner = \"Acme IT\"\n  MarketingOwner = Mia\n"
        "  TicketingOwner = Tom\n  PortalsOwner = Pat\n  Approvers = {\"dmarc: Ann Smith\", \"any: Acme IT: the desk\"}\n"
        "  ReportEvery = monthly\n  ReportTo = {ann@acme.example}\n  Language = de\n  Escalation = {\"+44 20 7946 0001\"}\n"
        "  Success = \"p=reject by June\"\n  BandHealthy = 97.5\n  BandWatch = 92\n  SpikeFrom = 500\n}\n"
        "client bare { Domains = bare.example }\n";
    static const struct { const char *name, *want; } wrong[] = {
        {"client a { Approvers = {\"Ann Smith\"} }", "Approvers: \"Ann Smith\" does not tell what is agreed to"},
        {"client a { Approvers = {\"MX: Ann\"} }", "Approvers: \"MX: Ann\" does not tell"},
        {"client a { Approvers = {\"SPF: \"} }", "does not tell"},
        {"client a { Approvers = {\"SPF: Ann\", \"spf: Bob\"} }", "SPF stands here twice"},
        {"client a { ReportEvery = hourly }", "ReportEvery: \"hourly\" is no time"},
        {"client a { ReportTo = {\"Ann <ann@acme.example>\"} }", "is no plain address"},
        {"client a { ReportTo = {ann@acme} }", "is no plain address"},
        {"client a { Language = german }", "Language: \"german\" is none"},
        {"client a { BandHealthy = 101 }", "BandHealthy: \"101\" is none; write a percentage"},
        {"client a { BandWatch = 9.999 }", "write a percentage"},
        {"client a { SpikeFrom = 0 }", "SpikeFrom: \"0\" is none; write a whole number"},
        {"client a { Sending = {nowhere} }", "Sending: \"nowhere\" is no domain"},
    };
    const struct runbook *r;
    struct clients *c;
    struct err e;

    (void)state;
    if (load(text, &c, &e) != RC_OK)
        fail_msg("%s", e.text);
    r = &clients_at(c, 0)->runbook;
    assert_string_equal(r->sending.item[0], "bounce.acme.example");
    assert_string_equal(r->mail_owner, "Acme IT");
    assert_string_equal(r->marketing_owner, "Mia");
    assert_string_equal(r->ticketing_owner, "Tom");
    assert_string_equal(r->portals_owner, "Pat");
    assert_string_equal(runbook_approver(r, RUNBOOK_DMARC), "Ann Smith");
    assert_string_equal(runbook_approver(r, RUNBOOK_BIMI), "Acme IT: the desk");
    assert_int_equal(r->report_every, RUNBOOK_MONTHLY);
    assert_string_equal(r->report_to.item[0], "ann@acme.example");
    assert_string_equal(r->language, "de");
    assert_string_equal(r->escalation.item[0], "+44 20 7946 0001");
    assert_string_equal(r->success, "p=reject by June");
    assert_true(r->band_healthy == 9750 && r->band_watch == 9200 && r->band_ticket == 0 && r->spike_from == 500);
    r = &clients_at(c, 1)->runbook;
    assert_true(r->report_every == RUNBOOK_NEVER && r->report_to.n == 0 && r->band_healthy == 0);
    assert_string_equal(runbook_approver(r, RUNBOOK_SPF), "");
    clients_free(c);
    FOR_ROWS(row, wrong) {
        ASSERT_ROW(load(row->name, &c, &e) == RC_BAD, row);
        ASSERT_ROW(strstr(e.text, row->want) != NULL, row);
    }
}

/* The sample says nothing, and what it shows works once its marks are taken away. */
static void sample(void **state)
{
    static char text[8192];
    const char *srcdir = getenv("srcdir");
    char name[1024];
    struct clients *c;
    struct err e = ERR_NONE;
    FILE *f;
    size_t n;

    (void)state;
    (void)snprintf(name, sizeof name, "%s/conf/clients.conf", srcdir == NULL ? "." : srcdir);
    if (clients_load(name, &c, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_int_equal(clients_count(c), 0);
    clients_free(c);
    f = fopen(name, "r");
    assert_non_null(f);
    n = fread(text, 1, sizeof text - 1, f);
    assert_int_equal(fclose(f), 0);
    text[n] = '\0';
    for (char *p = strstr(text, "\n#client"); p != NULL; p = strstr(p + 1, "\n#"))
        p[1] = ' ';
    if (load(text, &c, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_int_equal(clients_count(c), 1);
    assert_true(clients_at(c, 0)->domains.n > 0 && clients_at(c, 0)->lookalikes.n > 0);
    clients_free(c);
}

static void none(void **state)
{
    struct clients *c;
    struct err e = ERR_NONE;
    enum client_domain kind;

    (void)state;
    assert_int_equal(clients_load("", &c, &e), RC_OK);
    assert_int_equal(clients_count(c), 0);
    assert_null(clients_of(c, "a.example", &kind));
    clients_free(c);
    clients_free(NULL);
    assert_int_equal(clients_load("/nowhere/clients.conf", &c, &e), RC_NOTFOUND);
}

static int make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(whose), cmocka_unit_test(complaints), cmocka_unit_test(runbook),
                                       cmocka_unit_test(sample),
                                       cmocka_unit_test(none)};
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
