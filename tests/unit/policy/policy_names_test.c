/* Rules that name services and clients which do not exist: said before they are put in force, by both programs. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

static char folder[] = "/tmp/assay-names-XXXXXX";

/* One rule with `field` in a folder with two catalogues; what `program` says and exits with. */
static int said(const char *field, const char *program, char *got, size_t size)
{
    char command[1000];
    size_t n;
    FILE *p;
    int status;

    (void)snprintf(command, sizeof command,
                   "cd %s && printf 'sender mailchimp {\\n Kind = marketing\\n DKIM = m.example\\n}\\n' >senders.conf"
                   " && printf 'client acme {\\n Domains = acme.example\\n}\\n' >clients.conf && : >assay.conf"
                   " && printf 'rule r {\\n %s\\n Action = none\\n}\\n' >policy.conf && cd - >/dev/null"
                   " && ./%s -o SendersFile=%s/senders.conf -o SendersFolder= -o ClientsFile=%s/clients.conf"
                   " -o PolicyFile=%s/policy.conf -o Database= 2>&1", folder, field, program, folder, folder, folder);
    p = popen(command, "r");
    assert_non_null(p);
    n = fread(got, 1, size - 1, p);
    got[n] = '\0';
    status = pclose(p);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void names(void **state)
{
    static const struct { const char *name; bool good; const char *want; } rows[] = {
        {"Source = {mailchimp, unknown}", true, ""},
        {"Client = {acme, \"*\"}", true, ""},
        {"Source = {mailchmp}", false,
         "policy.conf:1: rule r: Source: \"mailchmp\" is not in senders.conf; did you mean mailchimp?"},
        {"Source = {Mailchimp}", false, "\"Mailchimp\" is not in senders.conf; did you mean mailchimp?"},
        {"Source = {mailchimp, something-else}", false, "\"something-else\" is not in senders.conf; enter it there"},
        {"Client = {acne}", false, "Client: \"acne\" is not in clients.conf; did you mean acme?"},
    };
    static const char *const programs[] = {"assay policy test -c /dev/null", "assay-milter -n -c /dev/null"};

    (void)state;
    FOR_ROWS(row, rows) {
        for (size_t i = 0; i < 2; i++) {
            char got[4000];
            int code = said(row->name, programs[i], got, sizeof got);

            if ((code == EX_CONFIG) == row->good || strstr(got, row->want) == NULL)
                print_error("%s: exit %d: %s\n", programs[i], code, got);
            ASSERT_ROW(row->good ? strstr(got, "is not in") == NULL : code == EX_CONFIG, row);
            ASSERT_ROW(strstr(got, row->want) != NULL, row);
        }
    }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    char command[80];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names)};

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
