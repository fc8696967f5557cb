#include "verdict/case.h"

#include <string.h>

#include "dmarc/dmarc_opendmarc.h"
#include "catalogue.h"

/* "type:comment type" of the overrides, in order. */
static struct strbuf overrides(struct arena *a, const struct verdict *v)
{
    struct strbuf b = strbuf_new(a, 400);

    for (size_t i = 0; i < v->override_count; i++)
        strbuf_putf(&b, "%s%s%s%s", i > 0 ? " " : "", enum_name(&override_type_names, (int)v->override[i].type),
                    v->override[i].comment[0] == '\0' ? "" : ":", v->override[i].comment);
    return b;
}

/* RFC 9990 section 3.1.1.9: we enforce nothing, and every report says so. */
static void disposition_and_overrides(void **state)
{
    static const struct { const char *name, *tags; bool pass; enum dmarc_result result; const char *want; } rows[] = {
        {"pass", "p=reject", true, DMARC_PASS, ""},
        {"pass in test mode", "p=reject; t=y", true, DMARC_PASS, ""},
        {"fail, nothing asked", "p=none", false, DMARC_FAIL, ""},
        {"fail, reject asked", "p=reject", false, DMARC_FAIL, "local_policy:policies are not enforced here"},
        {"fail, quarantine asked", "p=quarantine", false, DMARC_FAIL, "local_policy:policies are not enforced here"},
        {"fail, reject in test mode", "p=reject; t=y", false, DMARC_FAIL,
         "policy_test_mode local_policy:policies are not enforced here"},
        {"fail, quarantine in test mode", "p=quarantine; t=y", false, DMARC_FAIL, "policy_test_mode"},
        {"fail, none in test mode", "p=none; t=y", false, DMARC_FAIL, ""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct verdict_case k;
        struct strbuf got;

        case_begin(&k);
        case_publish(&k, row->tags);
        k.e.spf.domain = row->pass ? "example.com" : "esp.example";
        (void)case_judge(&k);
        got = overrides(k.m.arena, &k.v);
        ASSERT_ROW(k.v.dmarc.result == row->result, row);
        ASSERT_ROW(k.v.disposition == DISPOSITION_NONE, row);
        if (strcmp(got.p, row->want) != 0)
            print_error("row \"%s\": got \"%s\"\n", row->name, got.p);
        assert_string_equal(got.p, row->want);
        case_end(&k);
    }
}

/* What DNS kept from us: reported as another fate than the policy's, if there was a policy. */
static void temperror(void **state)
{
    struct verdict_case k;

    (void)state;
    case_begin(&k);
    case_publish(&k, "p=reject");
    k.e.spf.result = SPF_TEMPERROR;
    k.e.spf.domain = "example.com";
    (void)case_judge(&k);
    assert_int_equal(k.v.dmarc.result, DMARC_TEMPERROR);
    assert_string_equal(overrides(k.m.arena, &k.v).p, "other:dmarc=temperror");
    k.e.dmarc.author[0].walk = (struct dmarc_walk){.start = "example.com", .n = 1};
    k.e.dmarc.author[0].walk.step[0] =
        (struct dmarc_step){.domain = "example.com", .temp = true, .text = "", .why = "SERVFAIL"};
    (void)case_judge(&k);
    assert_int_equal(k.v.dmarc.result, DMARC_TEMPERROR);
    assert_string_equal(overrides(k.m.arena, &k.v).p, "");
    case_end(&k);
}

/* RejectMalformedFrom is about fields that name no author, or more than the site reads. */
static void malformed_from(void **state)
{
    static const struct { const char *name; enum from_problem problem; int option, enforce; enum disposition want; } rows[] = {
        {"good", FROM_OK, CONFIG_YES, 0, DISPOSITION_NONE},
        {"missing", FROM_MISSING, CONFIG_YES, 0, DISPOSITION_REJECT},
        {"several fields", FROM_SEVERAL_FIELDS, CONFIG_YES, 0, DISPOSITION_REJECT},
        {"malformed", FROM_MALFORMED, CONFIG_YES, 0, DISPOSITION_REJECT},
        {"no domain", FROM_NO_DOMAIN, CONFIG_YES, 0, DISPOSITION_REJECT},
        {"too large", FROM_TOO_LARGE, CONFIG_YES, 0, DISPOSITION_REJECT},
        {"too many domains", FROM_TOO_MANY_DOMAINS, CONFIG_YES, 0, DISPOSITION_REJECT},
        {"missing, option off", FROM_MISSING, CONFIG_NO, 2, DISPOSITION_NONE},
        {"missing, enforced", FROM_MISSING, CONFIG_AUTO, 2, DISPOSITION_REJECT},
        {"two fields, enforced", FROM_SEVERAL_FIELDS, CONFIG_AUTO, 2, DISPOSITION_REJECT},
        {"too many domains, enforced", FROM_TOO_MANY_DOMAINS, CONFIG_AUTO, 2, DISPOSITION_REJECT},
        {"too many domains, rehearsed", FROM_TOO_MANY_DOMAINS, CONFIG_AUTO, 1, DISPOSITION_NONE},
        {"too many domains, looked at", FROM_TOO_MANY_DOMAINS, CONFIG_AUTO, 0, DISPOSITION_NONE},
        {"good, enforced", FROM_OK, CONFIG_AUTO, 2, DISPOSITION_QUARANTINE},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct verdict_case k;

        case_begin(&k);
        case_publish(&k, "p=reject");
        k.e.dmarc.problem = row->problem;
        k.c.reject_malformed_from = row->option;
        k.c.enforce = row->enforce;
        (void)case_judge(&k);
        ASSERT_ROW(k.v.disposition == row->want, row);
        ASSERT_ROW(row->problem == FROM_OK || k.v.dmarc.result == DMARC_PERMERROR, row);
        ASSERT_ROW(row->problem == FROM_OK || k.v.override_count == 0, row);
        ASSERT_ROW(k.v.enforcement != ENFORCEMENT_REHEARSE || k.v.action == POLICY_REJECT, row);
        k.e.dmarc.starved = true;
        (void)case_judge(&k);
        ASSERT_ROW(k.v.disposition == DISPOSITION_NONE, row);
        ASSERT_ROW(k.v.dmarc.result == DMARC_TEMPERROR, row);
        case_end(&k);
    }
}

/* What was found counts however little memory there was; what was not found may only have been lost. */
static void starved(void **state)
{
    struct verdict_case k;

    (void)state;
    case_begin(&k);
    case_publish(&k, "p=reject");
    k.e.dmarc.starved = true;
    (void)case_judge(&k);
    assert_int_equal(k.v.dmarc.result, DMARC_TEMPERROR);
    assert_string_equal(k.v.dmarc.why, "not evaluated: no memory left for this message");
    k.e.spf.domain = "example.com";
    (void)case_judge(&k);
    assert_int_equal(k.v.dmarc.result, DMARC_PASS);
    case_end(&k);
}

/* Under which domain the inventory has the source: never one that a sender invented. */
static void source_domains(void **state)
{
    static const char *domains[] = {"acme.example", "shop.acme.example"}, *parked[] = {"acme-parked.example"};
    static const struct client acme = {.name = "acme", .domains = {domains, 2}, .parked = {parked, 1}};
    static const struct known_source known = {.domain = "example", .ticket = "", .owner = ""};
    static const struct { const char *name, *author; const struct client *client; const struct known_source *known;
                          const char *want; } rows[] = {
        {"itself", "acme.example", &acme, NULL, "acme.example"},
        {"below", "x17.acme.example", &acme, NULL, "acme.example"},
        {"the longer name", "x.shop.acme.example", &acme, NULL, "shop.acme.example"},
        {"parked", "www.acme-parked.example", &acme, NULL, "acme-parked.example"},
        {"nobody's", "other.example", NULL, NULL, ""},
        {"nobody's, with an entry", "x.example", NULL, &known, "example"},
        {"an entry goes before", "acme.example", &acme, &known, "example"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct verdict v = {.client = row->client, .known = row->known, .dmarc = {.author_domain = row->author}};

        ASSERT_ROW(strcmp(verdict_source_domain(&v), row->want) == 0, row);
    }
}

/* The words of RFC 9990's schema, and ours. */
static void words(void **state)
{
    (void)state;
    assert_string_equal(enum_name(&override_type_names, OVERRIDE_LOCAL_POLICY), "local_policy");
    assert_string_equal(enum_name(&override_type_names, OVERRIDE_MAILING_LIST), "mailing_list");
    assert_string_equal(enum_name(&override_type_names, OVERRIDE_OTHER), "other");
    assert_string_equal(enum_name(&override_type_names, OVERRIDE_POLICY_TEST_MODE), "policy_test_mode");
    assert_string_equal(enum_name(&override_type_names, OVERRIDE_TRUSTED_FORWARDER), "trusted_forwarder");
    assert_string_equal(enum_name(&disposition_names, DISPOSITION_QUARANTINE), "quarantine");
    assert_string_equal(enum_name(&disposition_names, DISPOSITION_REJECT), "reject");
}

static int start(void **state)
{
    (void)state;
    return dmarc_opendmarc_init(NULL) == RC_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    dmarc_opendmarc_shutdown();
    return 0;
}

/* Whose the author's domain is and what is known of the source there. */
static void whose_and_known(void **state)
{
    static const struct {
        const char *name, *clients, *entry; /* entry: the domain the inventory has the source approved for */
        const char *client;
        enum client_domain kind;
        const char *status;
    } rows[] = {
        {"nobody's", "", NULL, "", CLIENT_DOMAIN_NONE, ""},
        {"a client's", "client acme { Domains = example.com }", NULL, "acme", CLIENT_DOMAIN_OWN, "unknown"},
        {"a client's, source known", "client acme { Domains = example.com }", "example.com", "acme", CLIENT_DOMAIN_OWN,
         "approved"},
        {"parked", "client acme { Parked = example.com }", NULL, "acme", CLIENT_DOMAIN_PARKED, "unknown"},
        {"lookalike", "client acme { Lookalikes = example.com }", NULL, "acme", CLIENT_DOMAIN_LOOKALIKE, "unknown"},
        {"nobody's, source known", "", "example.com", "", CLIENT_DOMAIN_NONE, "approved"},
        {"another's source", "client acme { Domains = example.com }", "example.net", "acme", CLIENT_DOMAIN_OWN, "unknown"},
    };
    const struct known_source approved = {.status = STATUS_APPROVED, .ticket = "HD-1", .owner = ""};
    struct senders *senders = catalogue_of("sender esp { Kind = marketing DKIM = esp.example }");

    (void)state;
    FOR_ROWS(row, rows) {
        struct background *b = background_new();
        struct clients *clients = clients_of_text(row->clients);
        struct verdict_case k;

        case_begin(&k);
        case_publish(&k, "p=reject");
        k.sig[0].key_host = k.sig[1].key_host = "";
        k.c.senders = senders;
        k.c.clients = clients;
        k.g.background = b;
        if (row->entry != NULL)
            assert_int_equal(background_add_source(b, row->entry, "esp", &approved), RC_OK);
        (void)case_judge(&k);
        assert_string_equal(k.v.source.name, "esp");
        ASSERT_ROW(strcmp(k.v.client == NULL ? "" : k.v.client->name, row->client) == 0, row);
        ASSERT_ROW(k.v.client_domain == row->kind, row);
        ASSERT_ROW(strcmp(verdict_status(&k.v), row->status) == 0, row);
        case_end(&k);
        clients_free(clients);
        background_release(b);
    }
    senders_free(senders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_and_known),
        cmocka_unit_test(disposition_and_overrides),
        cmocka_unit_test(temperror),
        cmocka_unit_test(malformed_from),
        cmocka_unit_test(starved),
        cmocka_unit_test(source_domains),
        cmocka_unit_test(words),
    };

    return cmocka_run_group_tests_name("verdict", tests, start, stop);
}
