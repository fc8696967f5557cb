/* Causes where the source is wanted by nobody known, and where only strictness is in the way. */
#include "verdict/case.h"

#include <string.h>

#include "verdict/relay.h"

static const struct sender mailchimp = {.name = "mailchimp", .title = "Mailchimp", .kind = SENDER_MARKETING,
    .include = "include:servers.mcsv.net", .setup_words = "Website > Domains", .setup = ""};

static struct finding find(struct verdict_case *k)
{
    struct finding f;

    assert_int_equal(relay_find(k->m.arena, &k->g, &k->v, &k->v.relay), RC_OK);
    assert_int_equal(cause_find(k->m.arena, &k->g, &k->v, &f), RC_OK);
    return f;
}

/* Mailchimp with the author's return path, and without its include. */
static void known(struct verdict_case *k)
{
    k->e.dkim.n = 0;
    k->e.spf.domain = "example.com";
    k->e.spf.result = SPF_FAIL;
    k->e.spf.record = "v=spf1 ip4:192.0.2.1 ~all";
    k->v.source = (struct source){.name = "mailchimp", .sender = &mailchimp, .proof = SOURCE_ADDRESS, .detail = ""};
}

static void passes(struct verdict_case *k)
{
    k->v.dmarc.result = DMARC_PASS;
    k->v.dmarc.dkim_aligned = true;
}

/* A source that nobody confirmed is asked about first; what it needs to pass is not what is done first. */
static void nobody_confirmed_it(void **state)
{
    static const char *who[] = {"Ann Smith", "Bob"};
    const struct client client = {.name = "acme", .title = "Acme Ltd", .contacts = {who, 2}};
    struct known_source source = {.ticket = "", .owner = "", .status = STATUS_RETIRED};
    struct verdict_case k;
    struct finding f;

    (void)state;
    case_begin(&k);
    known(&k);
    k.v.client = &client;
    f = find(&k);
    assert_int_equal(f.playbook, PLAYBOOK_NEW_SENDER);
    assert_ptr_equal(strstr(f.next, "first ask Ann Smith who uses Mailchimp for example.com; once"), f.next);
    k.e.spf.trouble = SPF_TROUBLE_LIMIT; /* a record that is void concerns all mail */
    k.e.spf.trouble_domain = "example.com";
    f = find(&k);
    assert_int_equal(f.playbook, PLAYBOOK_SPF_FAIL);
    assert_non_null(strstr(f.next, "; and ask Ann Smith who uses Mailchimp for example.com"));
    passes(&k);
    f = find(&k);
    assert_int_equal(f.playbook, PLAYBOOK_NEW_SENDER);
    assert_string_equal(f.next, "ask Ann Smith who uses Mailchimp for example.com: its mail passes, and nobody has confirmed "
                        "that it is wanted");
    k.v.known = &source;
    f = find(&k);
    assert_int_equal(f.playbook, PLAYBOOK_NEW_SENDER);
    assert_ptr_equal(strstr(f.next, "switch it off: Mailchimp is marked retired for example.com"), f.next);
    source.status = STATUS_MALICIOUS;
    assert_int_equal(find(&k).playbook, PLAYBOOK_SPOOFING);
    source.status = STATUS_APPROVED;
    assert_int_equal(find(&k).playbook, PLAYBOOK_NONE);
    k.v.known = NULL;
    k.v.client_domain = CLIENT_DOMAIN_PARKED;
    assert_null(strstr(find(&k).next, "who uses")); /* nobody here is asked about what is not theirs */
    case_end(&k);
}

/* adkim=s and aspf=s are named, not taken for a service's signature. */
static void strict_alignment(void **state)
{
    struct verdict_case k;
    struct finding f;

    (void)state;
    case_begin(&k);
    k.e.dkim.n = 1;
    k.v.dmarc.author_domain = "news.example.com";
    k.sig[0].domain = "example.com";
    f = find(&k);
    assert_int_equal(f.cause, CAUSE_DKIM_UNALIGNED);
    assert_string_equal(f.detail, "signed by example.com; the DMARC record demands news.example.com itself (adkim=s)");
    assert_non_null(strstr(f.next, "sign with news.example.com itself"));
    assert_non_null(strstr(f.next, "adkim=s demands the very domain in From"));
    assert_null(strstr(cause_about(f.cause)->meaning, "service that sent it"));
    k.e.dkim.n = 0;
    k.e.spf.domain = "example.com";
    f = find(&k);
    assert_int_equal(f.cause, CAUSE_SPF_UNALIGNED);
    assert_string_equal(f.detail, "return path of example.com; the DMARC record demands news.example.com itself (aspf=s)");
    case_end(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_confirmed_it), cmocka_unit_test(strict_alignment)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
