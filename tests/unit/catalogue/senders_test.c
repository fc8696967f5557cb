#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalogue/senders.h"

static char root[] = "senders_test.XXXXXX";
static char file[60], folder[60];

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
}

static const char *local(const char *name)
{
    static char path[100];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char catalogue[] =
    "sender mailchimp {\n"
    "  Title = Mailchimp\n"
    "  Kind = marketing\n"
    "  SPF = {servers.mcsv.net}\n"
    "  DKIM = {mcsv.net, mailchimpapp.net}\n"
    "  Selectors = {k1, k2}\n"
    "  KeyCNAME = {dkim.mcsv.net}\n"
    "  ReturnPath = {mcsv.net}\n"
    "  PTR = {mcsv.net, rsgsv.net}\n"
    "  Networks = {198.2.128.0/18, 205.201.128.77/20, 2001:db8:1::/48}\n"
    "  Include = include:servers.mcsv.net\n"
    "  SetupWords = \"Settings, Domains, Authenticate\"\n"
    "  Setup = \"https://mailchimp.example/setup\"\n"
    "  Document = \"https://mailchimp.example/doc\"\n"
    "  DocumentDate = 2026-03-02\n"
    "  Unconfirmed = {PTR, networks, Setup}\n"
    "  Note = none\n"
    "}\n"
    "sender transactional {\n"
    "  Kind = transactional DKIM = {send.mcsv.net} Networks = {198.2.180.0/24, 198.2.180.7} Selectors = k1\n"
    "}\n";

static struct senders *load(const char *f, const char *d)
{
    struct senders *s;
    struct err e = ERR_NONE;

    if (senders_load(f, d, &s, &e) != RC_OK)
        fail_msg("%s", e.text);
    return s;
}

static void entry(void **state)
{
    struct senders *s;
    const struct sender *m;

    (void)state;
    put(file, catalogue);
    s = load(file, "");
    assert_int_equal(senders_count(s), 2);
    m = senders_find(s, STR("MailChimp"));
    assert_ptr_equal(m, senders_at(s, 0));
    assert_string_equal(m->name, "mailchimp");
    assert_string_equal(m->title, "Mailchimp");
    assert_int_equal(m->kind, SENDER_MARKETING);
    assert_int_equal(m->mark[SENDER_BY_SELECTOR].n, 2);
    assert_string_equal(m->mark[SENDER_BY_DKIM].item[1], "mailchimpapp.net");
    assert_int_equal(m->networks.n, 3);
    assert_string_equal(m->include, "include:servers.mcsv.net");
    assert_string_equal(m->setup_words, "Settings, Domains, Authenticate");
    assert_string_equal(m->setup, "https://mailchimp.example/setup");
    assert_string_equal(m->document_date, "2026-03-02");
    assert_int_equal(m->unconfirmed, 1u << SENDER_BY_PTR | 1u << SENDER_BY_NETWORK);
    assert_string_equal(senders_at(s, 1)->title, "transactional");
    assert_null(senders_find(s, STR("mail")));
    assert_null(senders_find(s, STR("a-name-that-is-much-longer-than-any-name-of-a-sender-may-be")));
    senders_free(s);
}

static void by_domain(void **state)
{
    static const struct { const char *name; enum sender_mark by; const char *want; bool confirmed; } rows[] = {
        {"mcsv.net", SENDER_BY_DKIM, "mailchimp", true},
        {"x.mcsv.net", SENDER_BY_DKIM, "mailchimp", true},
        {"send.mcsv.net", SENDER_BY_DKIM, "transactional", true}, /* the longer name wins */
        {"a.send.mcsv.net", SENDER_BY_DKIM, "transactional", true},
        {"mcsv.net.evil.example", SENDER_BY_DKIM, NULL, false},
        {"evilmcsv.net", SENDER_BY_DKIM, NULL, false},
        {"net", SENDER_BY_DKIM, NULL, false},
        {"", SENDER_BY_DKIM, NULL, false},
        {"mailchimpapp.net", SENDER_BY_SPF, NULL, false},
        {"servers.mcsv.net", SENDER_BY_SPF, "mailchimp", true},
        {"mcsv.net", SENDER_BY_SPF, NULL, false},
        {"mail7.rsgsv.net", SENDER_BY_PTR, "mailchimp", false},
        {"dkim.mcsv.net", SENDER_BY_KEY_CNAME, "mailchimp", true},
        {"mail.mcsv.net", SENDER_BY_RETURN_PATH, "mailchimp", true},
        {"k1", SENDER_BY_SELECTOR, NULL, false},
    };
    struct senders *s;

    (void)state;
    put(file, catalogue);
    s = load(file, "");
    FOR_ROWS(row, rows) {
        bool confirmed;
        const struct sender *found = senders_by_domain(s, row->by, row->name, &confirmed);

        ASSERT_ROW((found == NULL) == (row->want == NULL) && confirmed == row->confirmed, row);
        ASSERT_ROW(found == NULL || strcmp(found->name, row->want) == 0, row);
    }
    senders_free(s);
}

static void by_address(void **state)
{
    static const struct { const char *name, *want; bool confirmed; } rows[] = {
        {"198.2.127.255", NULL, false},
        {"198.2.128.0", "mailchimp", false},
        {"198.2.180.1", "transactional", true},
        {"198.2.180.7", "transactional", true},
        {"198.2.181.0", "mailchimp", false}, /* behind the network inside */
        {"198.2.191.255", "mailchimp", false},
        {"198.2.192.0", NULL, false},
        {"205.201.128.0", "mailchimp", false}, /* host bits in the file count for nothing */
        {"205.201.143.255", "mailchimp", false},
        {"205.201.144.0", NULL, false},
        {"255.255.255.255", NULL, false},
        {"0.0.0.0", NULL, false},
        {"2001:db8:1:ffff::1", "mailchimp", false},
        {"2001:db8:2::", NULL, false},
        {"c602:8000::", NULL, false}, /* the bytes of 198.2.128.0 */
    };
    struct senders *s;

    (void)state;
    put(file, catalogue);
    s = load(file, "");
    FOR_ROWS(row, rows) {
        struct ip ip;
        bool confirmed;
        const struct sender *found;

        assert_true(ip_parse(str_of(row->name), &ip));
        found = senders_by_address(s, &ip, &confirmed);
        ASSERT_ROW((found == NULL) == (row->want == NULL) && confirmed == row->confirmed, row);
        ASSERT_ROW(found == NULL || strcmp(found->name, row->want) == 0, row);
    }
    senders_free(s);
}

/* A local entry takes the place of the catalogue's, and marks that both claim are the local one's. */
static void overrides(void **state)
{
    struct senders *s;
    struct ip ip;
    bool confirmed;

    (void)state;
    put(file, catalogue);
    put(local("20-b.conf"), "sender mailchimp { Kind = list DKIM = {mc.example} }");
    put(local("10-a.conf"), "sender mailchimp { Kind = crm DKIM = {other.example} }\n"
                            "sender ours { Kind = billing DKIM = {send.mcsv.net} Networks = {198.2.180.0/24} }");
    put(local("ignored.conf~"), "nonsense");
    s = load(file, folder);
    assert_int_equal(senders_count(s), 3);
    assert_int_equal(senders_find(s, STR("mailchimp"))->kind, SENDER_LIST);
    assert_null(senders_by_domain(s, SENDER_BY_DKIM, "mcsv.net", &confirmed));
    assert_null(senders_by_domain(s, SENDER_BY_DKIM, "other.example", &confirmed));
    assert_string_equal(senders_by_domain(s, SENDER_BY_DKIM, "mc.example", &confirmed)->name, "mailchimp");
    assert_string_equal(senders_by_domain(s, SENDER_BY_DKIM, "send.mcsv.net", &confirmed)->name, "ours");
    assert_true(ip_parse(STR("198.2.180.9"), &ip));
    assert_string_equal(senders_by_address(s, &ip, &confirmed)->name, "ours");
    assert_true(ip_parse(STR("198.2.128.9"), &ip));
    assert_null(senders_by_address(s, &ip, &confirmed));
    senders_free(s);
    s = load("", folder);
    assert_int_equal(senders_count(s), 2);
    senders_free(s);
    assert_int_equal(unlink(local("20-b.conf")), 0);
    assert_int_equal(unlink(local("10-a.conf")), 0);
    assert_int_equal(unlink(local("ignored.conf~")), 0);
}

static void complaints(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"sender Mail { Kind = crm }", ":1:8: this is no name for a sender; write at most 40 small letters, digits and "
                                       "hyphens, and not \"unknown\""},
        {"sender unknown { Kind = crm }", ":1:8: this is no name for a sender; write at most 40 small letters, digits "
                                          "and hyphens, and not \"unknown\""},
        {"sender a { Title = x }", ":1:8: a has no Kind; say what it does, as Kind = marketing"},
        {"sender a { Kind = marketting }", ":1:19: Kind: there is no such kind; did you mean marketing?"},
        {"sender a { Kind = food }", ":1:19: Kind: there is no such kind; senders.conf(5) lists them all"},
        {"sender a { Kind = crm\n Unconfirmed = {SPF, PRT} }",
         ":2:22: Unconfirmed: there is no such field; did you mean PTR?"},
        {"sender a { Kind = crm PTR = {.mcsv.net} }", ":1:30: PTR: \".mcsv.net\" is no domain; write it as example.com, "
         "without dots around it, and other alphabets as A-labels (xn--)"},
        {"sender a { Kind = crm Networks = {192.0.2.0/33} }", ":1:35: Networks: \"192.0.2.0/33\" is no network; write it "
         "as 192.0.2.0/24 or 2001:db8::/32"},
        {"sender a { Kind = crm Networks = {10.0.0.0/7} }", ":1:35: Networks: \"10.0.0.0/7\" is more of the Internet than "
         "one sender has; write a longer prefix"},
        {"sender a { Kind = crm DKIM = {x.example} }\nsender b { Kind = crm DKIM = {y.example, x.example} }",
         ":2:42: DKIM: x.example tells a already (line 1); it can tell one sender only, so take it out of one"},
        {"sender a { Kind = crm Networks = 192.0.2.0/24 }\nsender b { Kind = crm Networks = 192.0.2.7/24 }",
         ":2:34: Networks: this one tells a already (line 1); it can tell one sender only, so take it out of one"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct senders *s;
        struct err e = ERR_NONE;

        put(file, row->name);
        ASSERT_ROW(senders_load(file, "", &s, &e) == RC_BAD && s == NULL, row);
        assert_int_equal(strncmp(e.text, file, strlen(file)), 0);
        assert_string_equal(e.text + strlen(file), row->want);
    }
}

/* The catalogue that comes with the program: read whole, and each entry told by what it says of itself. */
static void shipped(void **state)
{
    const char *srcdir = getenv("srcdir");
    char name[1024];
    struct senders *s;

    (void)state;
    (void)snprintf(name, sizeof name, "%s/conf/senders.conf", srcdir == NULL ? "." : srcdir);
    if (access(name, F_OK) != 0)
        skip();
    s = load(name, "");
    assert_true(senders_count(s) >= 150);
    for (size_t i = 0; i < senders_count(s); i++) {
        const struct sender *one = senders_at(s, i);

        for (int by = 0; by < SENDER_MARK_COUNT; by++)
            for (size_t j = 0; by != SENDER_BY_SELECTOR && j < one->mark[by].n; j++) {
                bool confirmed;

                assert_ptr_equal(senders_by_domain(s, (enum sender_mark)by, one->mark[by].item[j], &confirmed), one);
            }
    }
    senders_free(s);
}

static void none(void **state)
{
    struct senders *s;
    struct err e = ERR_NONE;
    struct ip ip = {.family = IP_V4};
    bool confirmed;

    (void)state;
    s = load("", "");
    assert_int_equal(senders_count(s), 0);
    assert_null(senders_find(s, STR("a")));
    assert_null(senders_by_domain(s, SENDER_BY_DKIM, "a.example", &confirmed));
    assert_null(senders_by_address(s, &ip, &confirmed));
    senders_free(s);
    senders_free(NULL);
    assert_int_equal(senders_load("/nowhere/senders.conf", "", &s, &e), RC_NOTFOUND);
    assert_int_equal(senders_load("", "/nowhere/senders.d", &s, &e), RC_NOTFOUND);
}

static int make_root(void **state)
{
    (void)state;
    if (mkdtemp(root) == NULL)
        return -1;
    (void)snprintf(file, sizeof file, "%s/senders.conf", root);
    (void)snprintf(folder, sizeof folder, "%s/senders.d", root);
    return mkdir(folder, 0700);
}

static int remove_root(void **state)
{
    (void)state;
    return unlink(file) == 0 && rmdir(folder) == 0 ? rmdir(root) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entry), cmocka_unit_test(by_domain), cmocka_unit_test(by_address),
        cmocka_unit_test(overrides), cmocka_unit_test(complaints), cmocka_unit_test(shipped), cmocka_unit_test(none),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
