/* assay domain beside a store: sources and selectors of real mail, runs kept and compared, all clients' domains. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "records/store.h"

static char folder[] = "/tmp/assay-domain-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[100];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* Mail of two sources yesterday; one signs with a selector that has no key. */
static void put_mail(struct store *s)
{
    struct err e = ERR_NONE;

    for (int i = 0; i < 120; i++) {
        struct record r;
        struct store_item item = {.record = &r};

        record_blank(&r);
        r.time_ms = clock_wall_ms() - 24 * 3600 * 1000 - i;
        r.author_domain = r.org_domain = "acme.example";
        r.client_ip = i % 2 == 0 ? "192.0.2.25" : "203.0.113.9";
        r.spf = i % 2 == 0 ? "pass" : "softfail";
        r.spf_domain = "acme.example";
        r.spf_scope = "mfrom";
        r.source = i % 2 == 0 ? "own-servers" : "freshdesk";
        r.dkim = i % 2 == 0 ? "pass acme.example s1 rsa-sha256" : "permerror acme.example fd1 rsa-sha256";
        assert_int_equal(store_put(s, &item, 10000, &e), RC_OK);
    }
}

static int make_site(void **state)
{
    struct store *s;
    struct err e = ERR_NONE;
    char path[64];

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/assay.db", folder);
    if (store_open(path, STORE_WRITE, false, &s, &e) != RC_OK)
        return -1;
    put_mail(s);
    store_close(s);
    write_file("bad.zone", "acme.example. TXT \"v=spf1 mx ~all\"\nacme.example. MX 10 mx.acme.example.\n"
               "mx.acme.example. A 192.0.2.25\n25.2.0.192.in-addr.arpa. PTR mx.acme.example.\n"
               "_dmarc.acme.example. TXT \"v=DMARC1; p=reject; rua=mailto:d@acme.example\"\n"
               "s1._domainkey.acme.example. TXT \"v=DKIM1; k=ed25519; p=rUppR4TIBKO7rqoX8hXYMlgtjpHmz88avKZRUc5kGws=\"\n"
               "email.freshdesk.com. TXT \"v=spf1 ip4:203.0.113.0/24 ~all\"\n"
               "parked.example. TXT \"v=spf1 -all\"\nparked.example. MX 0 .\n"
               "_dmarc.parked.example. TXT \"v=DMARC1; p=reject; rua=mailto:d@acme.example\"\n"
               "parked.example._report._dmarc.acme.example. TXT \"v=DMARC1\"\n");
    write_file("clients.conf", "client acme {\n Domains = {acme.example}\n Parked = {parked.example}\n}\n");
    (void)setenv("D", folder, 1);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return system("rm -rf \"$D\"");
}

static int said(const char *line, char *got, size_t size)
{
    char command[900];
    const char *srcdir = getenv("srcdir");
    size_t n;
    FILE *p;
    int status;

    (void)snprintf(command, sizeof command,
                   "S() { ./assay source \"$@\" --database \"$D/assay.db\"; }; "
                   "A() { ./assay domain -c /dev/null -o SendersFile=$(realpath %s/conf/senders.conf) "
                   "-o ClientsFile=$D/clients.conf -o Database=$D/assay.db \"$@\"; }; { %s; } 2>&1",
                   srcdir == NULL ? "." : srcdir, line);
    p = popen(command, "r");
    assert_non_null(p);
    n = fread(got, 1, size - 1, p);
    got[n] = '\0';
    status = pclose(p);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In the order they are said; each line of output must hold what is wanted, and not what is not. */
static const struct {
    const char *line;
    int code;
    const char *want, *too, *not;
} rows[] = {
    /* the selector of real mail is known, and what nobody decided is advice */
    {"A --zone $D/bad.zone acme.example", 0, "dkim-missing  fd1._domainkey.acme.example", "advice     spf-missing",
     "include:email.freshdesk.com"},
    {"S set acme.example freshdesk --status approved --owner desk", 0, "freshdesk", "", "no such"},
    /* once it is approved, the record that lets it in is proposed, and the word is escalate */
    {"A --zone $D/bad.zone acme.example", 0, "escalate", "\"v=spf1 mx include:email.freshdesk.com ~all\"", "dkim-none"},
    {"A --zone $D/bad.zone --fail-on escalate acme.example", 1, "escalate", "", "usage"},
    /* only the record, in a form that is published as it is */
    {"A --zone $D/bad.zone --records acme.example", 0,
     "acme.example. 3600 TXT \"v=spf1 mx include:email.freshdesk.com ~all\"\n", "", "Found"},
    /* the table of all clients' domains; nothing to compare with at first */
    {"A --zone $D/bad.zone --all --keep", 0, "escalate    acme.example", "healthy     parked.example", "new:"},
    {"A --zone $D/bad.zone --client acme --keep", 0, "escalate    acme.example", "", "new:"},
    {"A --zone $D/bad.zone --client nobody", EX_NOINPUT, "has no such domain", "", "healthy"},
    /* what was published since mends one and breaks another */
    {"sed -e 's/mx ~all/mx include:email.freshdesk.com include:gone.example ~all/' $D/bad.zone >$D/new.zone; "
     "A --zone $D/new.zone --all", 0, "new: spf-include-none", "gone: spf-missing", "new: dkim-missing"},
    {"A --zone $D/new.zone --json --all", 0, "\"new\": [\n", "\"id\": \"spf-include-none\"", "not known"},
    {"A --zone $D/new.zone --since 1h --json acme.example", 0, "\"since\": {}", "", "\"new\""},
    {"A --all acme.example", EX_USAGE, "only one of these", "", "healthy"},
    {"A", EX_USAGE, "a domain is needed", "", "healthy"},
};

static void dialogue(void **state)
{
    static char got[200000];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int code = said(rows[i].line, got, sizeof got);

        if (code != rows[i].code || strstr(got, rows[i].want) == NULL || strstr(got, rows[i].too) == NULL ||
            strstr(got, rows[i].not) != NULL)
            fail_msg("%s: exit %d\n%s", rows[i].line, code, got);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(dialogue)};

    return cmocka_run_group_tests(tests, make_site, remove_folder);
}
