/* assay source: the program itself on a database of our own. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "records/store.h"

static char folder[] = "/tmp/assay-source-XXXXXX";

static int make_database(void **state)
{
    char path[64];
    struct store *s;
    struct err e = ERR_NONE;

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/assay.db", folder);
    if (store_open(path, STORE_WRITE, false, &s, &e) != RC_OK)
        return -1;
    store_close(s);
    (void)setenv("D", folder, 1);
    (void)setenv("DB", path, 1);
    (void)setenv("SUDO_USER", "ann", 1);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return system("rm -rf \"$D\"");
}

/* One line of a shell, with `assay source` for "S "; its exit code and what it said. */
static int said(const char *line, char *got, size_t size)
{
    char command[2000];
    size_t n;
    FILE *p;
    int status;

    (void)snprintf(command, sizeof command, "S() { ./assay source \"$@\" --database \"$DB\"; }; { %s; } 2>&1", line);
    p = popen(command, "r");
    assert_non_null(p);
    n = fread(got, 1, size - 1, p);
    got[n] = '\0';
    status = pclose(p);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void dialogue(void **state)
{
    static const struct { const char *name; int code; const char *want, *too; } rows[] = {
        {"S list", 0, "No such source is in the inventory.\n", ""},
        {"S set acme.example mailchimp", EX_USAGE, "say what to set", ""},
        {"S set acme.example mailchimp --status fine", EX_USAGE, "\"fine\" is not a status: approved, unknown, retired", ""},
        {"S set acme.example unknown --status approved", EX_USAGE, "a forger's too, and cannot be approved",
         "assay source set acme.example crm-server --network 203.0.113.0/28 --status approved"},
        {"S set acme.example Unknown --status malicious", EX_USAGE, "cannot be malicious", ""},
        {"printf 'domain,source,status\\na.example,unknown,approved\\n' | S import -", EX_DATAERR, "line 2: \"unknown\" is",
         "nothing was imported"},
        {"printf 'domain,source,status\\na.example,unknown,unknown\\n' | S import - --dry-run", 0, "1 entered", ""},
        {"S set 'a b' mailchimp --status pending", EX_USAGE, "\"a b\" is not a domain name", ""},
        {"S set acme.example 'x;y' --status pending", EX_USAGE, "\"x;y\" is not a name of a source", ""},
        {"S set acme.example x --note \"$(printf 'a\\nb')\"", EX_USAGE, "note holds control characters", ""},
        {"S set acme mailchimp --status pending", EX_USAGE, "\"acme\" is not a whole domain name", ""},
        {"printf 'SendersFile = senders.conf\\n' >$D/c; printf 'sender mailchimp {\\n Title = Mailchimp\\n Kind = marketing\\n"
         " DKIM = {mcsv.net}\\n}\\n' >$D/senders.conf; S set acme.example mailchmp --status pending -c $D/c", EX_USAGE,
         "senders.conf has no service named mailchmp; did you mean mailchimp?", ""},
        {"S set acme.example x --ticket HD-1 --dry-run", 0, "x for acme.example: entered (only tried", ""},
        {"S show acme.example x", EX_UNAVAILABLE, "acme.example has no entry for x", ""},
        {"S set ACME.example. MailChimp --status Pending --ticket HD-1042", 0, "mailchimp for acme.example: entered", ""},
        {"S set acme.example mailchimp --status pending", 0, "is so already", ""},
        {"S set acme.example mailchimp --status approved", 0, "mailchimp for acme.example is approved, but it has neither",
         "changed"},
        {"S set acme.example mailchimp --owner '=Marketing'", 0, "approved, but no message of it has passed", "changed"},
        {"S show acme.example mailchimp", 0, " ann: status from \"pending\" to \"approved\"", "ann: entered"},
        {"S show acme.example mailchimp --json", 0, "\"old\": \"pending\"", "\"owner\": \"=Marketing\""},
        {"S list --status approved", 0, "acme.example", "HD-1042"},
        {"S list --status pending", 0, "No such source", ""},
        {"S list --domain example --source mailchimp --json", 0, "\"count\": 1", ""},
        {"S export", 0, "domain,source,status,vendor", "'=Marketing"},
        /* out and in again: nothing has changed; into another database: all is there */
        {"S export >$D/a.csv && S import $D/a.csv", 0, "0 entered, 0 changed, 1 as they were", ""},
        {"cp $DB $D/b.db; DB=$D/b.db; sqlite3 $DB 'DELETE FROM source' && S import $D/a.csv && S export | cmp - $D/a.csv", 0,
         "1 entered, 0 changed, 0 as they were\n", ""},
        {"printf 'domain,source,status\\na.example,x,pending\\nb.example,y,nonsense\\n' | S import -", EX_DATAERR,
         "-: line 3: \"nonsense\" is not a status", "nothing was imported"},
        {"S list --domain a.example", 0, "No such source", ""},
        {"printf 'domain,source,colour\\n' | S import -", EX_DATAERR, "line 1: no column is called \"colour\"", ""},
        {"printf 'domain,status\\n' | S import -", EX_DATAERR, "\"domain\" and \"source\" among them", ""},
        {"printf 'domain,source,status\\na.example,x\\n' | S import -", EX_DATAERR, "line 2: has 2 cells where", ""},
        {"printf 'source,domain,owner\\nx,a.example,Bob\\n' | S import - --dry-run", 0, "1 entered, 0 changed", "only tried"},
        {"S list --domain a.example", 0, "No such source", ""},
        {"S import /nonexistent.csv", EX_NOINPUT, "cannot read /nonexistent.csv", ""},
        {"S list --since 1d", 0, "No such source", ""},
        {"S list --failing", 0, "No such source", ""},
        {"S list --since soon", EX_USAGE, "\"soon\" is not an age", ""},
        {"S set b.example gone --status retired && S remove b.example gone && S list --domain b.example", 0,
         "gone for b.example: removed;", "No such source"},
        {"S remove b.example gone", EX_UNAVAILABLE, "b.example has no entry for gone", ""},
        {"S set b.example gone --status retired && S show b.example gone", 0, ": removed\n", ": entered"},
        {"S remove b.example gone >$D/o && S frobnicate", EX_USAGE, "not one of list, show, set, remove, import, export", ""},
        {"S", EX_USAGE, "name a verb", ""}, {"S show acme.example", EX_USAGE, "name a domain and a source", ""},
        {"DB=$D/none.db; S set a.example x --status pending", EX_NOPERM, "none.db: No such file", ""},
        /* a name of its own, by its addresses */
        {"S set acme.example crm-server --network 203.0.113.5/28", EX_USAGE, "network: \"203.0.113.5/28\" has an address",
         "the network is 203.0.113.0/28"},
        {"S set acme.example crm-server --network 0.0.0.0/0 --status approved", EX_USAGE, "too wide for one service", "/16"},
        {"S set acme.example crm-server --network crm.example", EX_USAGE, "is not an address or a network", ""},
        {"S set acme.example unknown --network 203.0.113.0/28", EX_USAGE, "\"unknown\" is not a name of a service", ""},
        {"S set acme.example net:203.0.113.0/24 --network 203.0.113.0/28", EX_USAGE, "give its addresses a name of their own",
         "crm-server"},
        {"S set acme.example crm-server --network '203.0.113.0/28 2001:DB8:0::/48' --status approved --owner Sales -c $D/c", 0,
         "crm-server for acme.example: entered", ""},
        {"S show acme.example crm-server", 0, "  network         203.0.113.0/28, 2001:db8::/48", ""},
        {"S export | sed -n 's/.*crm-server.*\\(\"203.*48\"\\).*/\\1/p'", 0, "\"203.0.113.0/28, 2001:db8::/48\"", ""},
        /* what receivers report from there has that name; next door is nobody's */
        {"printf 'ClientsFile = clients.conf\\nSendersFile = senders.conf\\n' >$D/r; "
         "printf 'client acme { Domains = {acme.example} }\\n' >$D/clients.conf; "
         "printf '<feedback><report_metadata><org_name>R</org_name><email>r@r.example</email><report_id>1</report_id>"
         "<date_range><begin>1700000000</begin><end>1700086399</end></date_range></report_metadata><policy_published>"
         "<domain>acme.example</domain><p>none</p></policy_published>' >$D/x.xml; for n in 5 16; do "
         "printf '<record><row><source_ip>203.0.113.%d</source_ip><count>3</count><policy_evaluated><disposition>none"
         "</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>acme.example"
         "</header_from></identifiers><auth_results/></record>' $n; done >>$D/x.xml; printf '</feedback>' >>$D/x.xml; "
         "./assay received add --no-dns -c $D/r --database $DB $D/x.xml && sqlite3 $DB "
         "'SELECT source, messages FROM day_in ORDER BY source'", 0, "crm-server|3\nnet:203.0.113.0/24|3\n", "stored"},
        {"echo hello >$D/y.xml; ./assay received add --no-dns -c $D/r --database $DB $D/y.xml >$D/o; ./assay received retry"
         " --no-dns --json -c $D/r --database $DB", 0, "\"unchanged\": 1", "\"outcome\": \"not-a-report\""},
        {"./assay received retry --no-dns -c $D/r --database $DB 2", 0, "0 changed, 1 as they were\n", ""},
        {"S --help", 0, "usage: assay source", "--dry-run"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char got[8000];
        int code = said(row->name, got, sizeof got);

        if (code != row->code || strstr(got, row->want) == NULL || strstr(got, row->too) == NULL)
            print_error("exit %d: %s\n", code, got);
        ASSERT_ROW(code == row->code, row);
        ASSERT_ROW(strstr(got, row->want) != NULL && strstr(got, row->too) != NULL, row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dialogue)};

    return cmocka_run_group_tests(tests, make_database, remove_folder);
}
