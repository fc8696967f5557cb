#include "unit.h"

#include <string.h>

#include "auth/evidence.h"

/* "d=pass:a.example" and so on, joined by blanks, as what evidence_identifiers made of them. */
static struct strbuf identifiers(struct arena *a, const struct evidence *e)
{
    struct strbuf b = strbuf_new(a, 400);
    struct dmarc_identifier *ids = NULL;
    size_t n = 0;

    assert_int_equal(evidence_identifiers(a, e, &ids, &n), RC_OK);
    for (size_t i = 0; i < n; i++)
        strbuf_putf(&b, "%s%s%s:%s", i > 0 ? " " : "", ids[i].dkim ? "dkim" : "spf", ids[i].pass ? "+" : "?",
                    ids[i].domain);
    return b;
}

/* RFC 9989 section 3.2.1: what authenticated, or might have. */
static void which_count(void **state)
{
    static const struct {
        const char *name;
        struct spf_evidence spf;
        struct dkim_signature sig[3];
        size_t n;
        const char *want;
    } rows[] = {
        {"nothing", {.domain = ""}, {{0}}, 0, ""},
        {"spf not checked", {.result = SPF_PASS, .domain = "a.example"}, {{0}}, 0, ""},
        {"spf pass", {.checked = true, .result = SPF_PASS, .domain = "a.example"}, {{0}}, 0, "spf+:a.example"},
        {"spf softfail", {.checked = true, .result = SPF_SOFTFAIL, .domain = "a.example"}, {{0}}, 0, ""},
        {"spf temperror", {.checked = true, .result = SPF_TEMPERROR, .domain = "a.example"}, {{0}}, 0,
         "spf?:a.example"},
        {"spf permerror", {.checked = true, .result = SPF_PERMERROR, .domain = "a.example"}, {{0}}, 0, ""},
        {"spf domain is made normal", {.checked = true, .result = SPF_PASS, .domain = "A.Example."}, {{0}}, 0,
         "spf+:a.example"},
        {"spf domain that is no name", {.checked = true, .result = SPF_PASS, .domain = "a+b.example"}, {{0}}, 0, ""},
        {"each result of DKIM", {.domain = ""},
         {{.result = DKIM_PASS, .domain = "a.example"}, {.result = DKIM_POLICY, .domain = "b.example"},
          {.result = DKIM_TEMPERROR, .domain = "c.example"}}, 3, "dkim+:a.example dkim?:c.example"},
        {"DKIM that does not count", {.domain = ""},
         {{.result = DKIM_FAIL, .domain = "a.example"}, {.result = DKIM_NEUTRAL, .domain = "b.example"},
          {.result = DKIM_PERMERROR, .domain = "c.example"}}, 3, ""},
        {"DKIM without d=", {.domain = ""}, {{.result = DKIM_TEMPERROR, .domain = ""}}, 1, ""},
        {"one domain, two signatures", {.domain = ""},
         {{.result = DKIM_PASS, .domain = "a.example"}, {.result = DKIM_PASS, .domain = "a.example"}}, 2,
         "dkim+:a.example"},
        {"a pass outweighs a temperror before it", {.domain = ""},
         {{.result = DKIM_TEMPERROR, .domain = "a.example"}, {.result = DKIM_PASS, .domain = "a.example"}}, 2,
         "dkim+:a.example"},
        {"a pass outweighs a temperror after it", {.domain = ""},
         {{.result = DKIM_PASS, .domain = "a.example"}, {.result = DKIM_TEMPERROR, .domain = "a.example"}}, 2,
         "dkim+:a.example"},
        {"methods apart", {.checked = true, .result = SPF_TEMPERROR, .domain = "a.example"},
         {{.result = DKIM_PASS, .domain = "a.example"}}, 1, "spf?:a.example dkim+:a.example"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 16);
        struct dkim_signature sig[3];
        struct evidence e = {.spf = row->spf, .dkim = {.n = row->n, .sig = sig}};
        struct strbuf got;

        memcpy(sig, row->sig, sizeof sig);
        got = identifiers(a, &e);
        if (strcmp(got.p, row->want) != 0)
            print_error("row \"%s\": got \"%s\"\n", row->name, got.p);
        assert_string_equal(got.p, row->want);
        arena_free(a);
    }
}

static void no_memory(void **state)
{
    struct evidence e = {.spf = {.checked = true, .result = SPF_PASS, .domain = "a.example"}};

    (void)state;
    for (size_t limit = 0; limit < 64; limit += 16) {
        struct arena *a = arena_new(limit);
        struct dmarc_identifier *ids = NULL;
        size_t n = 7;
        enum rc rc = evidence_identifiers(a, &e, &ids, &n);

        assert_true(rc == RC_NOMEM ? n == 0 : rc == RC_OK && n == 1);
        arena_free(a);
    }
}

/* Each record once, with its place and text; what DNS did not tell is not among them. */
static void seen(void **state)
{
    static const struct dmarc_record policy = {.psd = DMARC_PSD_U};
    struct arena *a = arena_new(1 << 16);
    struct dkim_signature sig[30];
    struct evidence e = {
        .spf = {.checked = true, .domain = "b.example", .record = "v=spf1 -all", .record_known = true, .record_ttl = 60},
        .dkim = {.n = 5, .sig = sig},
        .dmarc = {.author_count = 1, .author = {{.domain = "a.example", .walk = {.start = "a.example", .n = 1}}}},
    };
    static const struct dns_seen want[] = {
        {DNS_KIND_SPF, "b.example", "v=spf1 -all", 60},
        {DNS_KIND_DMARC, "_dmarc.a.example", "v=DMARC1; p=none", 300},
        {DNS_KIND_DKIM, "s1._domainkey.a.example", "p=AAAA", 600},
        {DNS_KIND_DKIM, "s2._domainkey.a.example", "", 30},
    };

    (void)state;
    e.dmarc.author[0].walk.step[0] =
        (struct dmarc_step){.domain = "a.example", .record = &policy, .text = "v=DMARC1; p=none", .ttl = 300};
    for (size_t i = 0; i < 30; i++)
        sig[i] = (struct dkim_signature){.domain = "a.example", .selector = "s1", .key_record = "p=AAAA", .key_ttl = 600,
                                         .key_known = true};
    sig[2].key_known = false;
    sig[2].selector = "s9";
    sig[3] = (struct dkim_signature){.domain = "a.example", .selector = "s2", .key_record = "", .key_ttl = 30, .key_known = true};
    sig[4].selector = "a-selector-of-sixty-bytes-so-that-the-name-of-the-key-is-too-long.a-selector-of-sixty-bytes-so-that-"
                      "the-name-of-the-key-is-too-long.a-selector-of-sixty-bytes-so-that-the-name-of-the-key-is-too-long."
                      "a-selector-of-sixty-bytes-so-that-the-name-of-the-key";
    assert_int_equal(evidence_note_seen(a, &e), RC_OK);
    assert_int_equal(e.seen_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(e.seen[i].kind, want[i].kind);
        assert_string_equal(e.seen[i].name, want[i].name);
        assert_string_equal(e.seen[i].text, want[i].text);
        assert_int_equal(e.seen[i].ttl, want[i].ttl);
    }
    for (size_t i = 0; i < 30; i++) {
        char *selector = arena_alloc(a, 8);
        struct strbuf b = strbuf_on(selector, 8);

        strbuf_putf(&b, "k%zu", i);
        sig[i] = (struct dkim_signature){.domain = "a.example", .selector = selector, .key_record = "", .key_known = true};
    }
    e.dkim.n = 30;
    assert_int_equal(evidence_note_seen(a, &e), RC_OK);
    assert_int_equal(e.seen_count, DNS_SEEN_MAX);
    arena_free(a);
}

/* The words stand in RFC 8601 section 2.7 and are an interface. */
static void words(void **state)
{
    (void)state;
    assert_string_equal(enum_name(&spf_result_names, SPF_SOFTFAIL), "softfail");
    assert_string_equal(enum_name(&spf_result_names, SPF_PERMERROR), "permerror");
    assert_string_equal(enum_name(&dkim_result_names, DKIM_POLICY), "policy");
    assert_string_equal(enum_name(&dkim_result_names, DKIM_PERMERROR), "permerror");
    assert_string_equal(enum_name(&arc_result_names, ARC_FAIL), "fail");
    assert_string_equal(enum_name(&iprev_result_names, IPREV_PERMERROR), "permerror");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_count),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(seen),
        cmocka_unit_test(words),
    };

    return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
