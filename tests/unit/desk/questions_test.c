/*
 * The questions of a help desk, each answered by one command: golden/NAME.txt has the whole answer.
 *
 * make check TESTS=tests/unit/desk/questions_test ASSAY_UPDATE=1 writes them anew.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "records/store.h"

static char folder[] = "/tmp/assay-questions-XXXXXX";

/* 2026-11-22 10:30 UTC, a Sunday */
static const int64_t NOON = INT64_C(1795343400000), MINUTE = 60000;

static struct record record(const char *queue_id, const char *ref, int64_t minutes)
{
    struct record r;

    record_blank(&r);
    r.time_ms = NOON + minutes * MINUTE;
    r.queue_id = queue_id;
    r.ref = ref;
    r.message_id = "1@acme.example";
    r.client_ip = "198.51.100.7";
    r.client_name = r.helo = "o1.sendgrid.net";
    r.tls = "TLSv1.3";
    r.mail_from = "bounce@sendgrid.net";
    r.mail_from_domain = "sendgrid.net";
    r.rcpt = "desk@partner.example";
    r.rcpt_domain = "partner.example";
    r.rcpts = 1;
    r.size = 4321;
    r.header_from = "Ann <ann@acme.example>";
    r.author_domain = r.org_domain = r.policy_domain = "acme.example";
    r.spf = "pass";
    r.spf_domain = "sendgrid.net";
    r.spf_mechanism = "ip4:198.51.100.0/24";
    r.dkim = "pass sendgrid.net s1 rsa-sha256";
    r.dkim_reasons = "-";
    r.arc = "none";
    r.dmarc = "fail";
    r.why = "SPF passes for sendgrid.net, DKIM passes for sendgrid.net; not aligned with acme.example";
    r.policy_tag = "p";
    r.policy_record = "v=DMARC1; p=reject";
    r.requested_policy = r.policy = "reject";
    r.disposition = "none";
    r.source = "sendgrid";
    r.source_proof = "dkim";
    r.source_detail = "d=sendgrid.net";
    r.source_domain = "acme.example";
    r.status = "approved";
    r.client = "acme";
    r.cause = "dkim-unaligned";
    r.cause_detail = "signed by sendgrid.net";
    r.playbook = "misalign";
    r.next = "set up DKIM for acme.example in SendGrid: now sendgrid.net signs";
    return r;
}

static struct record passed(const char *queue_id, int64_t minutes)
{
    struct record r = record(queue_id, "", minutes);

    r.dkim = "pass acme.example s1 rsa-sha256";
    r.dkim_aligned = 1;
    r.dmarc = "pass";
    r.why = "DKIM passes for acme.example";
    r.cause = r.cause_detail = r.playbook = r.next = "";
    r.risk = "dkim-only";
    return r;
}

static void keep(struct store *s, const struct record *r)
{
    struct err e = ERR_NONE;

    if (store_put(s, &(struct store_item){.record = r}, 10000, &e) != RC_OK)
        fail_msg("%s", e.text);
}

/* What came in two days, of Acme through SendGrid, and of others. */
static void fill(struct store *s)
{
    struct record r = record("4Refused11", "K7Q2M4ZD", 0);

    r.disposition = "reject";
    keep(s, &r);
    r = record("4PutOff222", "PPP22222", 10);
    r.message_id = "2@acme.example";
    r.disposition = "tempfail";
    keep(s, &r);
    r = passed("4Again3333", 105);
    r.message_id = "2@acme.example";
    keep(s, &r);
    r = record("4Held44444", "HHH44444", 200);
    r.message_id = "3@acme.example";
    r.disposition = "quarantine";
    keep(s, &r);
    r = record("4Repaired1", "RRR55555", -1440);
    r.author_domain = r.policy_domain = r.source_domain = "shop.acme.example";
    r.header_from = "Shop <shop@shop.acme.example>";
    keep(s, &r);
    r = passed("4Repaired2", 1000);
    r.author_domain = r.policy_domain = r.source_domain = "shop.acme.example";
    r.header_from = "Shop <shop@shop.acme.example>";
    keep(s, &r);
    r = record("4Reply6666", "", 300); /* to Ann */
    r.header_from = "Bob <bob@partner.example>";
    r.author_domain = r.org_domain = r.policy_domain = "partner.example";
    r.rcpt = "ann@acme.example";
    r.rcpt_domain = "acme.example";
    r.source = "unknown";
    r.client = r.status = r.source_domain = r.source_detail = r.cause = r.cause_detail = r.playbook = r.next = "";
    r.dmarc = "pass";
    keep(s, &r);
}

static int start(void **state)
{
    static const char prepare[] =
        "cd \"$D\" && mkdir -p playbooks && echo 'AuthservID = mx.receiver.example' >assay.conf && "
        "echo 'Database = assay.db' >>assay.conf && "
        "printf 'client acme {\\n Title = \"Acme Ltd\"\\n Domains = {acme.example}\\n"
        "Contacts = {\"Ann Smith\"}\\n}\\n' >clients.conf && "
        "printf 'sender sendgrid {\\n Title = SendGrid\\n Kind = transactional\\n DKIM = {sendgrid.net}\\n}\\n' >senders.conf && "
        "printf '_dmarc.shop.acme.example. TXT \"v=DMARC1; p=none\"\\n' >zone && "
        "echo 'fix alignment of {{domain}} ({{cause}})' >playbooks/misalign.txt && "
        "printf 'SendersFile = senders.conf\\nSendersFolder = \"\"\\nClientsFile = clients.conf\\nPlaybookFolder = playbooks\\n' "
        ">>assay.conf && "
        "sed -i \"s|assay.db|$D/assay.db|\" assay.conf";
    char path[80];
    struct store *s;
    struct err e = ERR_NONE;

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)setenv("D", folder, 1);
    (void)setenv("TZ", "CET-1", 1);
    (void)setenv("SUDO_USER", "eve", 1);
    (void)snprintf(path, sizeof path, "%s/assay.db", folder);
    if (system(prepare) != 0 || store_open(path, STORE_WRITE, false, &s, &e) != RC_OK)
        return -1;
    fill(s);
    store_close(s);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return system("rm -rf \"$D\"");
}

/* The whole answer of one shell line; the host's name and the folder are masked. */
static char *answer(const char *line)
{
    enum { ANSWER_MAX = 60000 };
    char command[3000], *got = calloc(1, ANSWER_MAX);
    FILE *p;
    size_t n;

    assert_non_null(got);
    (void)snprintf(command, sizeof command, "A() { v=$1; shift; ./assay $v -c \"$D/assay.conf\" \"$@\"; }; "
                   "{ %s; echo \"exit $?\"; } 2>&1 | sed \"s|$D|FOLDER|g; s| on $(hostname) | on HOST |\"", line);
    p = popen(command, "r");
    assert_non_null(p);
    n = fread(got, 1, ANSWER_MAX - 1, p);
    got[n] = '\0';
    (void)pclose(p);
    return got;
}

static void compare(const char *name, const char *got)
{
    const char *srcdir = getenv("srcdir");
    char path[1024], *want = calloc(1, 60000);
    FILE *f;

    assert_non_null(want);
    (void)snprintf(path, sizeof path, "%s/tests/unit/desk/golden/%s.txt", srcdir == NULL ? "." : srcdir, name);
    if (getenv("ASSAY_UPDATE") != NULL) {
        f = fopen(path, "w");
        assert_non_null(f);
        assert_true(fputs(got, f) >= 0);
        assert_int_equal(fclose(f), 0);
    }
    f = fopen(path, "r");
    if (f != NULL) {
        assert_true(fread(want, 1, 59999, f) > 0);
        (void)fclose(f);
    }
    if (strcmp(got, want) != 0)
        fail_msg("%s.txt is otherwise; now it is:\n%s", path, got);
    free(want);
}

static void questions(void **state)
{
    static const struct { const char *name, *line; } rows[] = {
        {"our-bounce-pasted", "A why \"550 5.7.22 acme.example's DMARC policy rejects it: sent through SendGrid, which does not "
         "sign for acme.example; reference K7Q2M4ZD; see https://help.example/\""},
        {"bounce-of-microsoft", "echo '550 5.7.515 Access denied, sending domain ACME.EXAMPLE does not meet the required "
         "authentication level. Spf= Pass , Dkim= Pass , DMARC= Fail' | A why -"},
        {"playbook-of-that-bounce", "echo '550 5.7.515 Access denied, sending domain ACME.EXAMPLE does not meet the required "
         "authentication level. Spf= Pass , Dkim= Pass , DMARC= Fail' | A why --playbook"},
        {"header-of-google", "printf 'Authentication-Results: mx.google.com;\\n dkim=pass header.i=@sendgrid.net header.s=s1;\\n"
         " spf=pass smtp.mailfrom=b@sendgrid.net;\\n dmarc=fail (p=REJECT) header.from=acme.example\\n"
         "From: Ann <ann@acme.example>\\n' | A why"},
        {"what-about-ann", "A why ann@acme.example --since 2026-11-22 --until '2026-11-23'"},
        {"what-failed-at-acme-on-sunday", "A why --client acme --failed --on 2026-11-22"},
        {"put-off-and-delivered", "A why 4PutOff222"},
        {"held", "A why HHH44444"},
        {"not-here", "A why nobody@nowhere.example"},
        {"may-i-close-it-no", "A why --close K7Q2M4ZD --zone $D/zone"},
        {"may-i-close-it-yes", "A why --close RRR55555 --zone $D/zone"},
        {"ticket-of-a-source", "A source set acme.example sendgrid --status approved --ticket HD-2000 && A why hd-2000"},
        {"misspelt-source", "A source set acme.example sendgird --status approved"},
        {"which-domains-of-this-address", "A why 198.51.100.7"},
        {"misspelt", "./assay wyh K7Q2M4ZD"},
        {"as-json", "A why RRR55555 --json"},
        {"check-password-file", "printf 'root:x:0:0:root:/root:/bin/sh\\nbin:x:1:1::/:/bin/false\\n' | A check - --zone $D/zone"},
        {"check-binary", "head -c 300 /bin/sh | A check - --zone $D/zone"},
        {"check-without-header", "echo hello | A check - --zone $D/zone"},
        {"check-mbox-and-bom", "printf '\\357\\273\\277>From a Mon\\nFrom: ann@acme.example\\nno colon\\n' | A check - "
         "--at 2026-11-22 --zone $D/zone"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char *got = answer(row->line);

        compare(row->name, got);
        free(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(questions)};

    return cmocka_run_group_tests(tests, start, stop);
}
