/* assay why: its words, and the program itself on a database of our own. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "desk/why.h"
#include "desk/why_list.h"
#include "records/store.h"

static char folder[] = "/tmp/assay-why-XXXXXX";
static char database[64];

/* A newsletter that passes SPF for its sender only. */
static struct record newsletter(void)
{
    struct record r = {.failure = NULL};

#define EMPTY_TEXT(name) r.name = "";
#define EMPTY_INT(name) r.name = 0;
#define EMPTY(kind, name, help) EMPTY_##kind(name)
    RECORD_COLUMNS(EMPTY)
    r.time_ms = 1795343400123;
    r.queue_id = "4XyZ1q2Rz7";
    r.message_id = "a1@mail.example";
    r.client_ip = "198.51.100.7";
    r.client_name = "mail7.mcsv.example";
    r.helo = "mail7.mcsv.example";
    r.tls = "TLSv1.3";
    r.mail_from = "bounce@bounces.mcsv.example";
    r.rcpt = "ann@example.net bob@example.net";
    r.rcpts = 2;
    r.header_from = "News <news@example.com>";
    r.author_domain = r.policy_domain = "example.com";
    r.spf = "pass";
    r.spf_domain = "bounces.mcsv.example";
    r.spf_mechanism = "ip4:198.51.100.0/24";
    r.dkim = "fail example.com s1 rsa-sha256; pass mcsv.example k1 ed25519-sha256";
    r.dkim_reasons = "body hash did not verify; -";
    r.arc = r.iprev = "none";
    r.dmarc = "fail";
    r.why = "SPF passes for bounces.mcsv.example; not aligned with example.com";
    r.policy_tag = "p";
    r.requested_policy = "reject";
    r.policy = "quarantine";
    r.disposition = "none";
    r.ref = "K7Q2M4ZD";
    r.source = "mailchimp";
    r.source_detail = "spf include:servers.mcsv.example";
    r.source_domain = "example.com";
    r.status = "pending";
    r.client = "acme";
    r.ticket = "HD-1042";
    r.cause = "dkim-unaligned";
    r.cause_detail = "mcsv.example";
    r.secondary = "spf-unaligned";
    r.playbook = "misalign";
    r.next = "turn on DKIM signing for example.com in Mailchimp";
    return r;
}

static char *text_of(const struct casefile *c)
{
    struct arena *a = arena_new(1 << 20);
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    assert_non_null(f);
    why_print_case(&(struct sheet){.a = a, .to = f}, c);
    assert_int_equal(fclose(f), 0);
    arena_free(a);
    return text;
}

static void whole_sheet(void **state)
{
    static const char want[] =
        "Reference K7Q2M4ZD: DMARC fail, nothing confirms that it is from example.com\n"
        "2026-11-22 10:30:00 UTC, queue id 4XyZ1q2Rz7\n"
        "\n"
        "What to do now\n"
        "  Turn on DKIM signing for example.com in Mailchimp.\n"
        "  Playbook: misalign (assay why --playbook K7Q2M4ZD prints it, filled in)\n"
        "\n"
        "What happened\n"
        "  A message with News <news@example.com> in its From line, to ann@example.net bob@example.net, was\n"
        "  passed on to the next filter or the mailbox.\n"
        "  It was sent by mailchimp (known by spf include:servers.mcsv.example).\n"
        "  The inventory listed this source as pending for example.com; ticket HD-1042.\n"
        "\n"
        "Why\n"
        "  The message is signed, but not by the domain in the From line (cause: dkim-unaligned, mcsv.example).\n"
        "  Also (spf-unaligned): SPF passes for the return path, which is not in the domain of the From line.\n"
        "\n"
        "How often\n"
        "  This is the first such message on record: same domain, same source, same cause.\n"
        "\n"
        "Evidence\n"
        "  From         News <news@example.com>\n"
        "  return path  <bounce@bounces.mcsv.example>\n"
        "  came from    198.51.100.7, which is mail7.mcsv.example, over TLSv1.3\n"
        "  to           ann@example.net bob@example.net (2 recipients)\n"
        "  message-id   <a1@mail.example>, 0 bytes\n"
        "\n"
        "  DMARC        fail: nothing confirms the domain in From\n"
        "               because SPF passes for bounces.mcsv.example; not aligned with example.com\n"
        "  SPF          pass: bounces.mcsv.example allows this address to send its mail\n"
        "               by its ip4:198.51.100.0/24\n"
        "               which does not count for example.com, the domain in From\n"
        "  DKIM         fail: signature of example.com (selector s1, rsa-sha256): body hash did not verify\n"
        "               pass: signature of mcsv.example (selector k1, ed25519-sha256)\n"
        "               which does not count for example.com, the domain in From\n"
        "  their policy refuse mail that fails (p=reject of example.com); testing (t=y) makes it quarantine\n"
        "  what we did  passed it on to the next filter or the mailbox\n"
        "\n"
        "Closure note, ready to paste\n"
        "  Source:                 mailchimp\n"
        "  Affected domain:        example.com\n"
        "  Root cause:             dkim-unaligned: mcsv.example\n"
        "  DNS or platform change: ____\n"
        "  Validation result:      a new message passes (dmarc=pass): ____\n"
        "  Inventory updated:      yes / no\n"
        "  Reference:              K7Q2M4ZD\n"
        "  Ticket:                 HD-1042\n";
    struct record r = newsletter();
    struct casefile c = {.record = &r};
    char *got = text_of(&c);

    (void)state;
    assert_string_equal(got, want);
    free(got);
}

static void phrases(void **state)
{
    static const struct { const char *name, *spf, *dmarc, *disposition, *want; } rows[] = {
        {"refused", "fail", "fail", "reject", "what we did  refused it"},
        {"held", "softfail", "fail", "quarantine", "what we did  held it"},
        {"dns", "temperror", "temperror", "none", "SPF          temperror: bounces.mcsv.example could not"},
        {"not checked", "", "pass", "none", "SPF          not checked"},
        {"strange word", "odd", "odd", "none", "DMARC        odd: \n"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct record r = newsletter();
        const struct casefile c = {.record = &r};
        char *got;

        r.spf = row->spf;
        r.dmarc = row->dmarc;
        r.disposition = row->disposition;
        got = text_of(&c);
        ASSERT_ROW(strstr(got, row->want) != NULL, row);
        free(got);
    }
}

/* A look-alike is never said to be the client's, in the sheet and in the list. */
static void lookalike(void **state)
{
    struct record r = newsletter();
    char *contact[] = {"Ann Smith"};
    const struct client acme = {.title = "Acme Ltd", .dns_owner = "Acme network", .note = "",
                                .contacts = {.item = (const char **)contact, .n = 1}};
    const struct casefile c = {.record = &r, .client = &acme};
    struct arena *a = arena_new(1 << 20);
    char line[400] = "", *got;
    FILE *f = fmemopen(line, sizeof line, "w");

    (void)state;
    r.cause = "lookalike";
    r.dmarc = "pass";
    r.source = "unknown";
    r.author_domain = "examp1e.com";
    got = text_of(&c);
    assert_non_null(strstr(got, "LOOK-ALIKE of Acme Ltd, not theirs: DMARC pass"));
    assert_non_null(strstr(got, "examp1e.com is a LOOK-ALIKE of Acme Ltd, not theirs; tell Ann Smith."));
    assert_non_null(strstr(got, "(a LOOK-ALIKE of Acme Ltd)"));
    assert_null(strstr(got, "belongs to Acme"));
    assert_null(strstr(got, "Acme network"));
    assert_null(strstr(got, "The inventory listed"));
    why_print_line(&(struct sheet){.a = a, .to = f}, &r, NULL);
    assert_int_equal(fclose(f), 0);
    assert_non_null(strstr(line, "LOOK-ALIKE of acme, not theirs\n"));
    arena_free(a);
    free(got);
}

/* What the catalogue notes of a service stands beside the advice. */
static void note(void **state)
{
    struct record r = newsletter();
    const struct sender s = {.name = "mailchimp", .title = "Mailchimp", .setup = "", .setup_words = "",
                             .note = "there is nothing to set up"};
    const struct casefile c = {.record = &r, .sender = &s};
    char *got = text_of(&c);

    (void)state;
    assert_non_null(strstr(got, "Note on Mailchimp: there is nothing to set up."));
    free(got);
}

/* Whatever stands in the file: nothing drives the terminal. */
static void hostile(void **state)
{
    struct record r = {.failure = NULL};
    const struct casefile c = {.record = &r};
    char *got;

    (void)state;
#define NASTY_TEXT(name) r.name = "\x1b]0;x\x07\r\n\xff" #name;
#define NASTY_INT(name) r.name = INT64_MIN;
#define NASTY(kind, name, help) NASTY_##kind(name)
    RECORD_COLUMNS(NASTY)
    got = text_of(&c);
    for (const char *p = got; *p != '\0'; p++)
        assert_true((*p >= ' ' && *p < 0x7f) || *p == '\n');
    assert_non_null(strstr(got, "\\x1b]0;x\\x07\\x0d\\x0a\\xffheader_from"));
    free(got);
}

/* ---- the program ---- */

static int write_database(void **state)
{
    struct record r = newsletter();
    struct err e = ERR_NONE;
    struct store *s;
    char command[200];

    (void)state;
    (void)setenv("TZ", "UTC", 1);
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(database, sizeof database, "%s/assay.db", folder);
    if (store_open(database, STORE_WRITE, false, &s, &e) != RC_OK ||
        store_put(s, &(struct store_item){.record = &r}, 5000, &e) != RC_OK)
        return -1;
    r.time_ms += 60000;
    r.message_id = "second@mail.example";
    r.helo = "\x1b[2J";
    if (store_put(s, &(struct store_item){.record = &r}, 5000, &e) != RC_OK)
        return -1;
    store_close(s);
    (void)snprintf(command, sizeof command, "cd %s && : >assay.db.conf && mkdir playbooks && "
                   "echo 'beside the configuration' >playbooks/misalign.txt", folder);
    return system(command);
}

static int remove_database(void **state)
{
    static const char *const suffix[] = {"", "-wal", "-shm"};
    char path[80];

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", database, suffix[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "rm -rf %s", folder);
    return system(path);
}

static void program(void **state)
{
    static const struct { const char *name; int code; const char *want, *second; } rows[] = {
        /* newest first */
        {"4XyZ1q2Rz7 --database $DB", 0, "2026-11-22 10:31:00 UTC", "2026-11-22 10:30:00 UTC"},
        {"--database $DB '<a1@mail.example>'", 0, "2026-11-22 10:30:00 UTC", "<a1@mail.example>"},
        {"a1@mail.example -o Database=$DB", 0, "2026-11-22 10:30:00 UTC", ""},
        {"4XyZ1q2Rz7 --json --database $DB", 0, "\"count\": 2", "\"selector\": \"k1\""},
        {"4XyZ1q2Rz7 --json --database $DB", 0, "\"helo\": \"\\u001B[2J\"", "\"time\": \"2026-11-22T10:30:00Z\""},
        {"second@mail.example --database $DB", 0, "calling itself \\x1b[2J", ""},
        {"nobody --database $DB", EX_UNAVAILABLE, "no message with \"nobody\" in", ""},
        {"nobody --json --database $DB", EX_UNAVAILABLE, "\"messages\": []", ""},
        /* the folder of playbooks is beside the configuration, wherever one stands */
        {"4XyZ1q2Rz7 --playbook --database $DB -c $DB.conf", 0, "beside the configuration", ""},
        {"x --database $DB.missing", EX_NOINPUT, "assay.db.missing: No such file or directory;", ""},
        {"x --database /etc/passwd", EX_NOINPUT, "/etc/passwd: is not an SQLite database", ""},
        {"x -o Database=", EX_CONFIG, "no records are kept", ""},
        {"</dev/null", EX_USAGE, "name a key", ""}, {"a b --database $DB", EX_UNAVAILABLE, "one of the keys in that text", ""},
        {"''", EX_USAGE, "name a key", ""}, {"x --since soon", EX_USAGE, "is not an age (90m", ""},
        {"4XyZ1q2Rz7 --until 2026-11-22 --database $DB", EX_UNAVAILABLE, "in that time", "goes back to 2026-11-22 10:30"},
        {"--nonsense", EX_USAGE, "--help", ""},
        {"--help", 0, "usage: assay why", "--database FILE"},
    };

    (void)state;
    assert_int_equal(setenv("DB", database, 1), 0);
    FOR_ROWS(row, rows) {
        char command[200], got[30000];
        const char *at;
        FILE *p;
        size_t n;
        int status;

        (void)snprintf(command, sizeof command, "./assay why %s 2>&1", row->name);
        p = popen(command, "r");
        ASSERT_ROW(p != NULL, row);
        n = fread(got, 1, sizeof got - 1, p);
        got[n] = '\0';
        status = pclose(p);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != row->code)
            fail_msg("\"%s\" exits with %d: %s", command, status, got);
        at = strstr(got, row->want);
        if (at == NULL || strstr(at, row->second) == NULL || strchr(got, '\x1b') != NULL)
            fail_msg("\"%s\" says: %s", command, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_sheet), cmocka_unit_test(phrases), cmocka_unit_test(lookalike),
        cmocka_unit_test(note), cmocka_unit_test(hostile),
        cmocka_unit_test_setup_teardown(program, write_database, remove_database),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
