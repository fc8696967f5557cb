#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "desk/playbook.h"

#define EMPTY_TEXT(name) .name = "",
#define EMPTY_INT(name)
#define EMPTY(kind, name, help) EMPTY_##kind(name)

static const struct record empty = {RECORD_COLUMNS(EMPTY)};

static const struct sender sendgrid = {.name = "sendgrid", .title = "SendGrid", .include = "include:sendgrid.net",
    .setup = "https://sendgrid.example/setup", .setup_words = "Settings > Sender Authentication"};
static const char *people[] = {"Ann, help desk", "Bob"};
static const struct client acme = {.name = "acme", .title = "Acme Ltd", .dns_owner = "network team",
                                   .contacts = {people, 2}};

static struct record example(void)
{
    struct record r = empty;

    r.time_ms = INT64_C(1795300000000);
    r.ref = "K7Q2M4ZD";
    r.author_domain = "example.com";
    r.spf = "fail";
    r.spf_domain = "example.com";
    r.spf_record = "v=spf1 ip4:192.0.2.0/24 -all";
    r.policy_record = "v=DMARC1; p=none; rua=mailto:d@example.com";
    r.policy_domain = "example.com";
    r.source = "sendgrid";
    r.cause = "spf-no-include";
    r.secondary = "dkim-no-key,spf-unaligned";
    r.dkim = "pass sendgrid.net smtpapi rsa-sha256; permerror example.com s1 rsa-sha256";
    return r;
}

static void fills_in(void **state)
{
    static const struct { const char *text, *want; } rows[] = {
        {"", ""},
        {"# a note {{nonsense}}\nplain\n", "plain\n"},
        {"no newline", "no newline\n"},
        {"dos\r\n", "dos\n"},
        {"{{ref}} {{ domain }}!\n", "K7Q2M4ZD example.com!\n"},
        {"{{ticket}}\n", "none\n"},
        {"{{?ticket}}gone {{ref}}\nstays\n", "stays\n"},
        {"{{?ref}}  there {{ref}}\n", "  there K7Q2M4ZD\n"},
        {"{{source}}, {{client}}, {{dns_owner}}, {{contacts}}\n", "SendGrid, Acme Ltd, network team, Ann, help desk; Bob\n"},
        {"{{include}}: {{spf_record_new}}\n", "include:sendgrid.net: v=spf1 ip4:192.0.2.0/24 include:sendgrid.net -all\n"},
        {"{{selector}} {{key_name}}\n", "s1 s1._domainkey.example.com\n"},
        {"{{signing_domain}}\n", "example.com\n"},
        {"{{dmarc_name}}: {{dmarc_record_new}}\n", "_dmarc.example.com: none\n"},
        {"{{?cause=spf-limit}}no\n{{?cause=dkim-no-key, spf-limit}}{{?ref}}yes\n{{?ref}}{{?cause=parked}}no\n", "yes\n"},
        {"{{date}}\n", "2026-11-21 22:26 UTC\n"},
        {"a } b { c {x}\n", "a } b { c {x}\n"},
    };
    struct record r = example();
    struct playbook_subject s = {.record = &r, .sender = &sendgrid, .client = &acme};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *a = arena_new(1 << 20);
        struct err e = ERR_NONE;
        const char *out = NULL;

        assert_int_equal(playbook_fill(a, str_of(rows[i].text), "f", &s, &out, &e), RC_OK);
        assert_string_equal(out, rows[i].want);
        arena_free(a);
    }
}

static void names_the_place_of_a_mistake(void **state)
{
    static const struct { const char *text, *want; } rows[] = {
        {"one\ntwo {{sauce}}\n", "book.txt:2: there is no placeholder {{sauce}}; the head of the file as it was installed "
                                 "lists them all"},
        {"{{?sauce}}x\n", "book.txt:1: there is no placeholder {{sauce}}; the head of the file as it was installed "
                          "lists them all"},
        {"{{}}\n", "book.txt:1: there is no placeholder {{}}; the head of the file as it was installed lists them all"},
        {"a\nb\nc {{ref\n}}\n", "book.txt:3: {{ without }} in the same line; close it"},
        {"{{?cause=spf-typo}}x\n", "book.txt:1: there is no placeholder {{cause=spf-typo}}; the head of the file as it was "
                                   "installed lists them all"},
        {"{{?ticket}}left out, but {{sauce}}\n", "book.txt:1: there is no placeholder {{sauce}}; the head of the file "
                                                 "as it was installed lists them all"},
    };
    struct record r = example();
    struct playbook_subject s = {.record = &r};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *a = arena_new(1 << 20);
        struct err e = ERR_NONE;
        const char *out = NULL;

        assert_int_equal(playbook_fill(a, str_of(rows[i].text), "book.txt", &s, &out, &e), RC_BAD);
        assert_string_equal(e.text, rows[i].want);
        arena_free(a);
    }
}

static void records_to_publish(void **state)
{
    static const struct { const char *now, *term, *want; } spf[] = {
        {"", "include:a.example", "v=spf1 include:a.example ~all"},
        {"v=spf1 mx -all", "include:a.example", "v=spf1 mx include:a.example -all"},
        {"v=spf1  mx", "include:a.example", "v=spf1 mx include:a.example"},
        {"v=spf1 redirect=b.example", "include:a.example", "v=spf1 include:a.example redirect=b.example"},
        {"v=spf1 ?ALL exp=x.example", "include:a.example", "v=spf1 include:a.example ?ALL exp=x.example"},
        {"v=spf1 a:all.example -all", "include:a.example", "v=spf1 a:all.example include:a.example -all"},
    };
    static const struct { const char *now, *want; } dmarc[] = {
        {"v=DMARC1;p=none", "v=DMARC1; p=reject"},
        {"v=DMARC1; p = quarantine; sp=none; t=y;", "v=DMARC1; p=reject; sp=reject"},
        {"v=DMARC1; p=reject", "v=DMARC1; p=reject"},
        {"v=DMARC1; p=none; rua=mailto:p@none.example", "v=DMARC1; p=reject; rua=mailto:p@none.example"},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof spf / sizeof spf[0]; i++)
        assert_string_equal(playbook_spf_with(a, spf[i].now, spf[i].term), spf[i].want);
    for (size_t i = 0; i < sizeof dmarc / sizeof dmarc[0]; i++)
        assert_string_equal(playbook_dmarc_reject(a, dmarc[i].now), dmarc[i].want);
    arena_free(a);
}

/* A record that was cut, or is another domain's, or was never seen, must not be published again. */
static void only_whole_records_are_changed(void **state)
{
    static char longest[RECORD_TEXT_MAX + 1];
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct record r = example();
    struct playbook_subject s = {.record = &r, .sender = &sendgrid};
    const char *out = NULL;

    (void)state;
    memset(longest, 'x', RECORD_TEXT_MAX);
    r.spf_record = longest;
    assert_int_equal(playbook_fill(a, STR("{{spf_record_new}}"), "f", &s, &out, &e), RC_OK);
    assert_string_equal(out, "none\n");
    r = example();
    r.spf_domain = "bounces.sendgrid.net";
    assert_int_equal(playbook_fill(a, STR("{{spf_record_new}}{{spf_record}}"), "f", &s, &out, &e), RC_OK);
    assert_string_equal(out, "nonenone\n");
    r.spf_domain = "example.com";
    r.spf_record = "";
    assert_int_equal(playbook_fill(a, STR("{{spf_record_new}}"), "f", &s, &out, &e), RC_OK);
    assert_string_equal(out, "none\n");
    r.spf = "none";
    assert_int_equal(playbook_fill(a, STR("{{spf_record_new}}"), "f", &s, &out, &e), RC_OK);
    assert_string_equal(out, "v=spf1 include:sendgrid.net ~all\n");
    arena_free(a);
}

/* A playbook that is followed to the letter must not make things worse. */
static void no_harm(void **state)
{
    static const char *const wrong[] = {"spf-limit", "spf-multiple", "spf-syntax", "dkim-absent"};
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct record r = example();
    struct playbook_subject s = {.record = &r, .sender = &sendgrid, .client = &acme};
    const char *out = NULL, *srcdir = getenv("srcdir");
    char folder[1024];

    (void)state;
    r.secondary = "";
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        r.cause = wrong[i];
        assert_int_equal(playbook_fill(a, STR("{{spf_record_new}}"), "f", &s, &out, &e), RC_OK);
        assert_string_equal(out, "none\n");
    }
    r.cause = "spf-no-include";
    r.spf_record = "v=spf1 include:sendgrid.net include:other.example -all"; /* it is there already */
    assert_int_equal(playbook_fill(a, STR("{{spf_record_new}}"), "f", &s, &out, &e), RC_OK);
    assert_string_equal(out, "none\n");
    (void)snprintf(folder, sizeof folder, "%s/conf/playbooks", srcdir == NULL ? "." : srcdir);
    r.cause = "unauthorized"; /* a domain that sends: nothing that forbids its mail, and no stricter policy unasked */
    assert_int_equal(playbook_read(a, folder, PLAYBOOK_SPOOFING, &s, &out, &e), RC_OK);
    assert_null(strstr(out, "v=spf1 -all"));
    assert_null(strstr(out, "p=reject"));
    assert_null(strstr(out, "p=quarantine"));
    r.cause = "parked";
    assert_int_equal(playbook_read(a, folder, PLAYBOOK_SPOOFING, &s, &out, &e), RC_OK);
    assert_non_null(strstr(out, "example.com  TXT  \"v=spf1 -all\""));
    assert_non_null(strstr(out, "v=DMARC1; p=reject; rua=mailto:d@example.com"));
    arena_free(a);
}

/* Each has all that a help desk needs, its head names every placeholder, and nothing in it is unknown. */
static void those_installed(void **state)
{
    static const char *const sections[] = {"What to do now:", "Detection criteria\n", "Evidence to attach\n",
        "First response\n", "Questions for the reporter\n", "Technical fix", "Validation method\n", "Escalation path\n",
        "Symptoms that lead here\n", "Closure note\n", "Source:", "Affected domain:", "Root cause:",
        "DNS or platform change:", "Validation result:", "Inventory updated:"};
    const char *srcdir = getenv("srcdir");
    struct record r = example();
    struct playbook_subject full = {.record = &r, .sender = &sendgrid, .client = &acme}, bare = {.record = &empty};

    (void)state;
    for (int which = PLAYBOOK_NEW_SENDER; which <= PLAYBOOK_SPOOFING; which++) {
        struct arena *a = arena_new(4 << 20);
        struct err e = ERR_NONE;
        struct strbuf folder = strbuf_new(a, 1000);
        const char *out = NULL;

        strbuf_putf(&folder, "%s/conf/playbooks", srcdir == NULL ? "." : srcdir);
        if (playbook_read(a, folder.p, (enum playbook)which, &full, &out, &e) != RC_OK)
            fail_msg("%s", e.text);
        for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
            if (strstr(out, sections[i]) == NULL)
                fail_msg("%s lacks \"%s\"", enum_name(&playbook_names, which), sections[i]);
        assert_null(strstr(out, "{{"));
        assert_int_equal(playbook_read(a, folder.p, (enum playbook)which, &bare, &out, &e), RC_OK);
        arena_free(a);
    }
}

static void their_heads(void **state)
{
    const char *srcdir = getenv("srcdir");

    (void)state;
    for (int which = PLAYBOOK_NEW_SENDER; which <= PLAYBOOK_SPOOFING; which++) {
        char path[1024], *text = calloc(1, PLAYBOOK_FILE_MAX);
        struct strbuf b = STRBUF_ON(path);
        FILE *f;

        strbuf_putf(&b, "%s/conf/playbooks/%s.txt", srcdir == NULL ? "." : srcdir, enum_name(&playbook_names, which));
        f = fopen(path, "r");
        assert_non_null(f);
        assert_true(fread(text, 1, PLAYBOOK_FILE_MAX - 1, f) > 0);
        (void)fclose(f);
        for (size_t i = 0; playbook_placeholder(i).name != NULL; i++) {
            char line[100];
            struct strbuf mark = STRBUF_ON(line);

            strbuf_putf(&mark, "\n#   {{%s}} ", playbook_placeholder(i).name);
            if (strstr(text, line) == NULL || strstr(text, playbook_placeholder(i).help) == NULL)
                fail_msg("%s: its head does not tell {{%s}}: %s", path, playbook_placeholder(i).name,
                         playbook_placeholder(i).help);
        }
        free(text);
    }
}

static void missing_folder(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct record r = example();
    struct playbook_subject s = {.record = &r};
    struct err e = ERR_NONE;
    const char *out = NULL;

    (void)state;
    assert_int_equal(playbook_read(a, "/nonexistent", PLAYBOOK_SPF_FAIL, &s, &out, &e), RC_NOTFOUND);
    assert_non_null(strstr(e.text, "/nonexistent/spf-fail.txt"));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fills_in), cmocka_unit_test(names_the_place_of_a_mistake), cmocka_unit_test(records_to_publish),
        cmocka_unit_test(only_whole_records_are_changed), cmocka_unit_test(no_harm),
        cmocka_unit_test(those_installed), cmocka_unit_test(their_heads), cmocka_unit_test(missing_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
