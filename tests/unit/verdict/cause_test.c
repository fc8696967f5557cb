/*
 * Causes: what tests/causes does not come to, and the table of assay-milter(8).
 *
 * After a change of the table: make check TESTS=tests/unit/verdict/cause_test ASSAY_UPDATE=1
 * writes the manual page anew.
 */
#include "verdict/case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/relay.h"

static const struct sender mailchimp = {.name = "mailchimp", .title = "Mailchimp", .kind = SENDER_MARKETING,
    .include = "include:servers.mcsv.net", .setup_words = "Website > Domains", .setup = ""};
static const struct sender service = {.name = "esp", .title = "Esp", .kind = SENDER_TRANSACTIONAL,
    .include = "include:spf.esp.example", .setup_words = "", .setup = ""};
static const struct client acme = {.name = "acme", .title = "Acme Ltd"};

static struct finding find(struct verdict_case *k)
{
    struct finding f;

    assert_int_equal(relay_find(k->m.arena, &k->g, &k->v, &k->v.relay), RC_OK);
    assert_int_equal(cause_find(k->m.arena, &k->g, &k->v, &f), RC_OK);
    assert_non_null(f.detail);
    assert_non_null(f.next);
    return f;
}

/* ---- one thing changed at a time ---- */

static void spf_of_the_author(struct verdict_case *k, enum spf_result result, enum spf_trouble trouble)
{
    k->e.dkim.n = 0;
    k->e.spf.domain = "example.com";
    k->e.spf.result = result;
    k->e.spf.trouble = trouble;
    k->e.spf.trouble_domain = trouble == SPF_TROUBLE_NONE ? "" : "example.com";
    k->e.spf.problem = "a problem";
    k->e.spf.record = "v=spf1 ip4:192.0.2.1 ~all";
}

static void own(struct verdict_case *k, enum dkim_problem problem)
{
    k->sig[0] = k->sig[1];
    k->sig[0].problem = problem;
    k->sig[0].result = problem == DKIM_PROBLEM_NONE ? DKIM_PASS : DKIM_FAIL;
    k->e.dkim.n = 1;
    k->e.spf.result = SPF_FAIL;
}

static void as_it_is(struct verdict_case *k) { (void)k; }
static void passes(struct verdict_case *k) { k->v.dmarc.result = DMARC_PASS; k->v.dmarc.dkim_aligned = true; }
static void no_policy(struct verdict_case *k) { k->v.dmarc.result = DMARC_NONE; }
static void starved(struct verdict_case *k) { k->v.dmarc.result = DMARC_TEMPERROR; k->e.dmarc.starved = true; }
static void body(struct verdict_case *k) { own(k, DKIM_PROBLEM_BODY); }
static void headers(struct verdict_case *k) { own(k, DKIM_PROBLEM_HEADERS); }
static void no_key(struct verdict_case *k) { own(k, DKIM_PROBLEM_NO_KEY); }
static void revoked(struct verdict_case *k) { own(k, DKIM_PROBLEM_REVOKED); }
static void bad_key(struct verdict_case *k) { own(k, DKIM_PROBLEM_KEY); }
static void weak(struct verdict_case *k) { own(k, DKIM_PROBLEM_WEAK); }
static void expired(struct verdict_case *k) { own(k, DKIM_PROBLEM_EXPIRED); }
static void from_open(struct verdict_case *k) { own(k, DKIM_PROBLEM_FROM); }
static void unchecked(struct verdict_case *k) { own(k, DKIM_PROBLEM_UNCHECKED); }
static void several(struct verdict_case *k) { spf_of_the_author(k, SPF_PERMERROR, SPF_TROUBLE_MULTIPLE); }
static void absent(struct verdict_case *k) { spf_of_the_author(k, SPF_PERMERROR, SPF_TROUBLE_ABSENT); }
static void limit(struct verdict_case *k) { spf_of_the_author(k, SPF_PERMERROR, SPF_TROUBLE_LIMIT); }
static void ours(struct verdict_case *k) { spf_of_the_author(k, SPF_PERMERROR, SPF_TROUBLE_OURS); }

static void known(struct verdict_case *k)
{
    spf_of_the_author(k, SPF_SOFTFAIL, SPF_TROUBLE_NONE);
    k->v.source = (struct source){.name = "mailchimp", .sender = &mailchimp, .detail = ""};
}

static void known_and_included(struct verdict_case *k)
{
    known(k);
    k->e.spf.record = "v=spf1 ip4:192.0.2.1 ?INCLUDE:servers.mcsv.net ~all";
}

static void known_with_a_longer_name(struct verdict_case *k)
{
    known(k);
    k->e.spf.record = "v=spf1 include:servers.mcsv.net.example ~all";
}

/* Some services want two terms. */
static void known_with_half(struct verdict_case *k)
{
    static const struct sender two = {.name = "two", .title = "Two", .kind = SENDER_CRM, .setup_words = "", .setup = "",
                                      .include = "include:a.esp.example include:b.esp.example"};

    known(k);
    k->v.source.sender = &two;
    k->e.spf.record = "v=spf1 include:a.esp.example -all";
}

static void known_with_both(struct verdict_case *k)
{
    known_with_half(k);
    k->e.spf.record = "v=spf1 include:b.esp.example include:a.esp.example -all";
}

/* RFC 7208 checks names that DMARC knows nothing of; they are nobody's. */
static void odd_name(struct verdict_case *k)
{
    spf_of_the_author(k, SPF_FAIL, SPF_TROUBLE_NONE);
    k->e.spf.domain = "a+b.example.com";
    k->v.source = (struct source){.name = "mailchimp", .sender = &mailchimp, .detail = ""};
}

static void parent_is_no_organization(struct verdict_case *k)
{
    own(k, DKIM_PROBLEM_BODY);
    k->sig[0].domain = "com";
    k->v.dmarc.org_domain = "";
}

static void one_click_newsletter(struct verdict_case *k)
{
    case_header(k, "List-Id", " News <news.esp.example>");
    case_header(k, "List-Unsubscribe-Post", " List-Unsubscribe=One-Click");
    k->sig[1].problem = DKIM_PROBLEM_HEADERS;
}

static void list_that_changed_it(struct verdict_case *k)
{
    case_header(k, "List-Id", " News <news.esp.example>");
    k->sig[1].problem = DKIM_PROBLEM_BODY;
}

static void list_of_a_sending_service(struct verdict_case *k)
{
    list_that_changed_it(k);
    k->v.source = (struct source){.name = "esp", .sender = &service, .detail = ""};
}

static void changed_by_another_hop(struct verdict_case *k) { k->sig[1].problem = DKIM_PROBLEM_BODY; }

static void hop_that_signed_half(struct verdict_case *k)
{
    k->sig[1].problem = DKIM_PROBLEM_BODY;
    k->sig[0].unsigned_bytes = 20;
    k->e.spf.result = SPF_FAIL;
}

static void rewritten(struct verdict_case *k)
{
    k->e.dkim.n = 0;
    k->m.mail_from = STR("srs1+x=fwd.example==XX=YY=example.com=a@bounces.esp.example");
}

static void rewritten_unproven(struct verdict_case *k)
{
    rewritten(k);
    k->e.spf.result = SPF_SOFTFAIL;
}

static void srs_in_the_name(struct verdict_case *k)
{
    k->e.dkim.n = 0;
    k->m.mail_from = STR("SRS0@bounces.esp.example");
}

static void rules(void **state)
{
    static const struct { const char *name; void (*change)(struct verdict_case *); enum cause cause; unsigned also; } rows[] = {
        {"signed and bounced by a stranger", as_it_is, CAUSE_DKIM_UNALIGNED, 1u << CAUSE_SPF_UNALIGNED},
        {"passes", passes, CAUSE_NONE, 0},
        {"no policy", no_policy, CAUSE_NONE, 0},
        {"no memory", starved, CAUSE_NONE, 0},
        {"body", body, CAUSE_DKIM_BROKEN, 0},
        {"headers", headers, CAUSE_DKIM_BROKEN, 0},
        {"no key", no_key, CAUSE_DKIM_NO_KEY, 0},
        {"revoked", revoked, CAUSE_DKIM_NO_KEY, 0},
        {"malformed key", bad_key, CAUSE_DKIM_NO_KEY, 0},
        {"weak", weak, CAUSE_DKIM_WEAK_KEY, 0},
        {"expired", expired, CAUSE_DKIM_INVALID, 0},
        {"From unsigned", from_open, CAUSE_DKIM_INVALID, 0},
        {"not checked is no fault", unchecked, CAUSE_UNAUTHORIZED, 0},
        {"several SPF records", several, CAUSE_SPF_MULTIPLE, 0},
        {"include of nothing", absent, CAUSE_SPF_SYNTAX, 0},
        {"lookups", limit, CAUSE_SPF_LIMIT, 0},
        {"a limit of ours is no fault of theirs", ours, CAUSE_UNAUTHORIZED, 0},
        {"include missing", known, CAUSE_SPF_NO_INCLUDE, 1u << CAUSE_DKIM_ABSENT},
        {"include there", known_and_included, CAUSE_DKIM_ABSENT, 0},
        {"include of a longer name", known_with_a_longer_name, CAUSE_SPF_NO_INCLUDE, 1u << CAUSE_DKIM_ABSENT},
        {"one of two includes", known_with_half, CAUSE_SPF_NO_INCLUDE, 1u << CAUSE_DKIM_ABSENT},
        {"both includes", known_with_both, CAUSE_DKIM_ABSENT, 0},
        {"a name that is none", odd_name, CAUSE_DKIM_ABSENT, 0},
        {"a top-level domain signs", parent_is_no_organization, CAUSE_UNAUTHORIZED, 0},
        {"newsletter", one_click_newsletter, CAUSE_DKIM_BROKEN, 1u << CAUSE_DKIM_UNALIGNED | 1u << CAUSE_SPF_UNALIGNED},
        {"list", list_that_changed_it, CAUSE_MAILING_LIST,
         1u << CAUSE_DKIM_BROKEN | 1u << CAUSE_DKIM_UNALIGNED | 1u << CAUSE_SPF_UNALIGNED},
        {"list of a service", list_of_a_sending_service, CAUSE_DKIM_BROKEN,
         1u << CAUSE_DKIM_UNALIGNED | 1u << CAUSE_SPF_UNALIGNED},
        {"another hop", changed_by_another_hop, CAUSE_FORWARDED,
         1u << CAUSE_DKIM_BROKEN | 1u << CAUSE_DKIM_UNALIGNED | 1u << CAUSE_SPF_UNALIGNED},
        {"another hop that signed half", hop_that_signed_half, CAUSE_DKIM_BROKEN, 1u << CAUSE_DKIM_UNALIGNED},
        {"SRS1", rewritten, CAUSE_FORWARDED, 1u << CAUSE_SPF_UNALIGNED},
        {"SRS1 without SPF", rewritten_unproven, CAUSE_UNAUTHORIZED, 0},
        {"SRS0 as a name", srs_in_the_name, CAUSE_SPF_UNALIGNED, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct verdict_case k;
        struct finding f;

        case_begin(&k);
        k.sig[1].problem = DKIM_PROBLEM_NO_KEY; /* that of the case is out of the way: */
        k.e.dkim.n = 1;
        if (rows[i].change == one_click_newsletter || rows[i].change == list_that_changed_it ||
            rows[i].change == list_of_a_sending_service || rows[i].change == changed_by_another_hop ||
            rows[i].change == hop_that_signed_half)
            k.e.dkim.n = 2;
        rows[i].change(&k);
        f = find(&k);
        if (f.cause != rows[i].cause || f.secondary != rows[i].also)
            fail_msg("%s: cause %s, secondary %#x", rows[i].name, enum_name(&cause_names, (int)f.cause), f.secondary);
        assert_true((f.cause == CAUSE_NONE) == (f.next[0] == '\0') || f.risk != RISK_NONE);
        case_end(&k);
    }
}

/* Of our own domains: what to do; of others: whom to ask. */
static void whose_it_is(void **state)
{
    const struct known_source approved = {.ticket = "", .owner = "", .status = STATUS_APPROVED};
    struct verdict_case k;

    (void)state;
    case_begin(&k);
    known(&k);
    assert_string_equal(find(&k).next, "ask the postmaster of example.com to add include:servers.mcsv.net to the SPF record "
                        "of example.com");
    k.v.client = &acme;
    k.v.known = &approved;
    k.v.client_domain = CLIENT_DOMAIN_OWN;
    assert_string_equal(find(&k).next, "add include:servers.mcsv.net to the SPF record of example.com");
    k.e.spf.record = "";
    k.e.spf.result = SPF_NONE;
    assert_string_equal(find(&k).next, "publish an SPF record for example.com: v=spf1 include:servers.mcsv.net ~all");
    case_end(&k);
}

/* How long to wait is told from arrival, change and time to live; no clock is read. */
static void waiting(void **state)
{
    static const struct { int64_t ago_s; uint32_t ttl; const char *next; } rows[] = {
        {40 * 60, 3600, "wait until 22:46 UTC: the DKIM key s1._domainkey.example.com changed 40 minutes ago and its old "
                        "record may be cached for 1 hour"},
        {60, 86400, "wait until 22:25 UTC on 2026-11-22: the DKIM key s1._domainkey.example.com changed 1 minute ago and "
                    "its old record may be cached for 24 hours"},
        {0, 300, "wait until 22:31 UTC: the DKIM key s1._domainkey.example.com changed 0 minutes ago and its old record may "
                 "be cached for 5 minutes"},
        {7200, 300, "ask the postmaster of example.com to check the last change: the DKIM key s1._domainkey.example.com "
                    "changed 2 hours ago, and mail fails with the new one"},
        {48 * 3600, 300, "ask the postmaster of example.com to check the last change: the DKIM key "
                         "s1._domainkey.example.com changed 2 days ago, and mail fails with the new one"},
        {48 * 3600 + 1, 300, "ask the postmaster of example.com to publish the DKIM key at s1._domainkey.example.com, or "
                             "correct the selector (s1) where the mail is signed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct verdict_case k;
        struct background *b = background_new();

        case_begin(&k);
        no_key(&k);
        assert_int_equal(background_add_change(b, "s1._domainkey.example.com", DNS_KIND_DKIM,
                                               &(struct known_change){k.m.arrival_ms - rows[i].ago_s * 1000, rows[i].ttl}),
                         RC_OK);
        k.g.background = b;
        assert_string_equal(find(&k).next, rows[i].next);
        background_release(b);
        case_end(&k);
    }
}

/* A key withdrawn ten minutes ago is withdrawn: there is nothing to wait for. */
static void withdrawn_key(void **state)
{
    struct verdict_case k;
    struct background *b = background_new();

    (void)state;
    case_begin(&k);
    assert_int_equal(background_add_change(b, "s1._domainkey.example.com", DNS_KIND_DKIM,
                                           &(struct known_change){k.m.arrival_ms - 600 * 1000, 86400}), RC_OK);
    k.g.background = b;
    no_key(&k);
    assert_int_equal(find(&k).cause, CAUSE_DNS_CHANGED);
    revoked(&k);
    assert_int_equal(find(&k).cause, CAUSE_DKIM_NO_KEY);
    assert_null(strstr(find(&k).next, "wait"));
    background_release(b);
    case_end(&k);
}

/* The inventory's word changes what is done, not what happened. */
static void statuses(void **state)
{
    struct verdict_case k;
    struct known_source source = {.ticket = "", .owner = "Eve"};

    (void)state;
    case_begin(&k);
    known(&k);
    k.v.known = &source;
    source.status = STATUS_RETIRED;
    assert_int_equal(find(&k).playbook, PLAYBOOK_NEW_SENDER);
    assert_string_equal(find(&k).next, "ask Eve why mailchimp, marked retired, still sends for example.com; repair nothing "
                        "before that");
    source.status = STATUS_MALICIOUS;
    assert_int_equal(find(&k).playbook, PLAYBOOK_SPOOFING);
    assert_int_equal(find(&k).cause, CAUSE_SPF_NO_INCLUDE);
    source.status = STATUS_APPROVED;
    assert_int_equal(find(&k).playbook, PLAYBOOK_SPF_FAIL);
    source.status = STATUS_PENDING;
    assert_int_equal(find(&k).playbook, PLAYBOOK_NEW_SENDER);
    assert_string_equal(find(&k).next, "first ask Eve who uses Mailchimp for example.com; once that is confirmed, ask the "
                        "postmaster of example.com to add include:servers.mcsv.net to the SPF record of example.com");
    case_end(&k);
}

/* Whatever a header holds, the words stay short and printable. */
static void hostile_fields(void **state)
{
    static const char *const values[] = {" <", " <>", " <a@b>", " <\x01\x1b[31m.example>", " <@@@@>>><<<", "",
                                         " <mailto:x@y.example?a@b.example>"};
    char longest[70000];

    (void)state;
    memset(longest, '<', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    for (size_t i = 0; i <= sizeof values / sizeof values[0]; i++) {
        const char *value = i == sizeof values / sizeof values[0] ? longest : values[i];
        struct verdict_case k;
        struct finding f;

        case_begin(&k);
        k.sig[1].problem = DKIM_PROBLEM_BODY;
        case_header(&k, "List-Id", value);
        case_header(&k, "List-Post", value);
        k.m.mail_from = str_of(value);
        f = find(&k);
        assert_true(strlen(f.next) <= 400 && strlen(f.detail) <= 200);
        for (const char *p = f.next; *p != '\0'; p++)
            assert_in_range(*p, 0x20, 0x7e);
        case_end(&k);
    }
}

/* ---- the manual page ---- */

static const char begin_mark[] = ".\\\" BEGIN CAUSES: generated from verdict/cause_about.c\n";
static const char end_mark[] = ".\\\" END CAUSES\n";

/* A sentence in lines of at most 78 columns. */
static void put_wrapped(FILE *to, const char *text, char end)
{
    size_t column = 0;

    while (*text != '\0') {
        size_t n = strcspn(text, " ");

        if (column > 0 && column + 1 + n > 78) {
            (void)fputc('\n', to);
            column = 0;
        }
        column += (size_t)fprintf(to, "%s%.*s", column > 0 ? " " : "", (int)n, text);
        text += n + (text[n] == ' ');
    }
    (void)fprintf(to, "%c\n", end);
}

static char *table(void)
{
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    (void)fputs(begin_mark, f);
    (void)fputs(".Bl -tag -width Ds\n", f);
    for (int c = CAUSE_NONE + 1; c < CAUSE_COUNT; c++) {
        const struct cause_about *about = cause_about((enum cause)c);

        (void)fprintf(f, ".It Li %s", enum_name(&cause_names, c));
        if (about->playbook != PLAYBOOK_NONE)
            (void)fprintf(f, " Pq playbook %s", enum_name(&playbook_names, (int)about->playbook));
        (void)fputc('\n', f);
        put_wrapped(f, about->meaning, '.');
        (void)fputs(".Em Next :\n", f);
        put_wrapped(f, about->step, '.');
        (void)fputs(".Em Rule :\n", f);
        put_wrapped(f, about->rule, '.');
    }
    (void)fputs(".El\n", f);
    (void)fputs(end_mark, f);
    assert_int_equal(fclose(f), 0);
    return text;
}

static char *page_path(void)
{
    const char *srcdir = getenv("srcdir");
    char *path;

    assert_true(asprintf(&path, "%s/man/assay-milter.8", srcdir == NULL ? "." : srcdir) > 0);
    return path;
}

enum { PAGE_MAX = 256 * 1024 };

static char *read_page(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, PAGE_MAX);

    assert_true(f != NULL && text != NULL);
    assert_in_range(fread(text, 1, PAGE_MAX, f), 1, PAGE_MAX - 1);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void manual_page(void **state)
{
    char *path = page_path(), *page = read_page(path), *want = table(), *from, *to;

    (void)state;
    from = strstr(page, begin_mark);
    to = strstr(page, end_mark);
    assert_true(from != NULL && to != NULL);
    if (getenv("ASSAY_UPDATE") != NULL) {
        FILE *f = fopen(path, "w");

        assert_non_null(f);
        (void)fprintf(f, "%.*s%s%s", (int)(from - page), page, want, to + strlen(end_mark));
        assert_int_equal(fclose(f), 0);
    } else {
        to[strlen(end_mark)] = '\0';
        assert_string_equal(from, want);
    }
    free(want);
    free(page);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules), cmocka_unit_test(whose_it_is), cmocka_unit_test(waiting), cmocka_unit_test(withdrawn_key),
        cmocka_unit_test(statuses), cmocka_unit_test(hostile_fields), cmocka_unit_test(manual_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
