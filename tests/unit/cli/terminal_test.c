/* assay at a terminal: colour, width, the pager, and the exit code behind it; completion for bash. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "records/store.h"

static char folder[] = "/tmp/assay-terminal-XXXXXX";

static int start(void **state)
{
    char path[80];
    struct store *s;
    struct record r;
    struct err e = ERR_NONE;

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/assay.db", folder);
    (void)setenv("DB", path, 1);
    (void)setenv("TZ", "UTC", 1);
    record_blank(&r);
    r.time_ms = INT64_C(1795343400000);
    r.queue_id = "4Queue1";
    r.dmarc = "fail";
    r.author_domain = "acme.example";
    r.header_from = "Ann <ann@acme.example>";
    r.rcpt = "desk@partner.example";
    r.client_ip = "192.0.2.1";
    r.next = "a long sentence of many short words that has to be folded somewhere and goes on for a good while after that";
    if (store_open(path, STORE_WRITE, false, &s, &e) != RC_OK ||
        store_put(s, &(struct store_item){.record = &r}, 10000, &e) != RC_OK)
        return -1;
    store_close(s);
    return 0;
}

static int stop(void **state)
{
    char command[100];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* Runs a line of shell with a terminal for all three descriptors; its exit code, and what the terminal showed. */
static int at_terminal(const char *line, char *shown, size_t size)
{
    int outside = posix_openpt(O_RDWR | O_NOCTTY), status = 0;
    size_t n = 0;
    ssize_t got;
    pid_t child;

    assert_true(outside >= 0 && grantpt(outside) == 0 && unlockpt(outside) == 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int inside;

        (void)setsid();
        inside = open(ptsname(outside), O_RDWR);
        (void)dup2(inside, 0);
        (void)dup2(inside, 1);
        (void)dup2(inside, 2);
        (void)close(outside);
        (void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    while (n + 1 < size && (got = read(outside, shown + n, size - 1 - n)) > 0)
        n += (size_t)got;
    shown[n] = '\0';
    (void)close(outside);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The longest line that was shown, escapes not counted. */
static size_t widest(const char *text)
{
    size_t n = 0, most = 0;

    for (; *text != '\0'; text++) {
        if (*text == '\x1b') {
            while (*text != '\0' && *text != 'm')
                text++;
        } else if (*text == '\n' || *text == '\r') {
            n = 0;
        } else if (++n > most) {
            most = n;
        }
        if (*text == '\0')
            break;
    }
    return most;
}

#define WHY "./assay why 4Queue1 --database $DB"
#define NEXT "sed -n '/What to do/,/What happened/p'"

static void terminal(void **state)
{
    static const struct { const char *name; int code; bool bold; const char *want; size_t width; } rows[] = {
        {"TERM=xterm PAGER=cat " WHY, 0, true, "DMARC fail", 1000},
        {"TERM=xterm PAGER= " WHY, 0, true, "What happened", 1000},
        {"TERM=xterm NO_COLOR=1 PAGER=cat " WHY, 0, false, "What happened", 1000},
        {"TERM=dumb " WHY, 0, false, "What happened", 1000},
        {"TERM=xterm PAGER=\"" NEXT "\" COLUMNS=50 " WHY, 0, true, "What to do now", 50},
        {"TERM=xterm PAGER='sed s/Ann/PAGED/' " WHY, 0, true, "PAGED", 1000},
        {"TERM=xterm PAGER='sed s/x/y/' ./assay why nobody --database $DB", 69, false, "no message with \"nobody\"", 1000},
        {"TERM=xterm PAGER='exit 3' " WHY, 0, false, "", 1000},
        {"TERM=xterm PAGER='sed s/Ann/PAGED/' " WHY " --json", 0, false, "\"queue_id\": \"4Queue1\"", 100000},
        {"TERM=xterm PAGER='sed s/Ann/PAGED/' sh -c '" WHY " | cat'", 0, false, "Ann", 1000},
        {"PAGER=cat ./assay help why", 0, false, "usage: assay why", 1000},
        {"./assay help wyh", 64, false, "did you mean \"assay why\"?", 1000},
        {"./assay help", 0, false, "usage: assay SUBCOMMAND", 1000},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char shown[60000];
        int code = at_terminal(row->name, shown, sizeof shown);

        if (code != row->code || strstr(shown, row->want) == NULL || widest(shown) > row->width)
            print_error("exit %d, %zu wide: %s\n", code, widest(shown), shown);
        ASSERT_ROW(code == row->code && strstr(shown, row->want) != NULL, row);
        ASSERT_ROW((strstr(shown, "\x1b[1") != NULL) == row->bold, row);
        ASSERT_ROW(widest(shown) <= row->width, row);
    }
}

/* What bash offers for a line that stops at its last word. */
static void completion(void **state)
{
    static const struct { const char *name, *want, *not; } rows[] = {
        {"assay w", "why", "source"}, {"assay so", "source", "why"}, {"assay help do", "domain", "why"},
        {"assay why --cl", "--close", "--failed"}, {"assay source re", "remove", "list"},
        {"assay source set a b --status ret", "retired", "approved"}, {"assay why x --since yes", "yesterday", "today"},
    };
    const char *srcdir = getenv("srcdir");

    (void)state;
    if (access("/bin/bash", X_OK) != 0)
        skip();
    FOR_ROWS(row, rows) {
        char command[1000], got[4000];
        size_t n;
        FILE *p;

        (void)snprintf(command, sizeof command,
                       "PATH=$PWD:$PATH bash -c '. %s/conf/assay.bash-completion; COMP_WORDS=(%s); "
                       "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _assay; echo \"${COMPREPLY[@]}\"' 2>&1",
                       srcdir == NULL ? "." : srcdir, row->name);
        p = popen(command, "r");
        assert_non_null(p);
        n = fread(got, 1, sizeof got - 1, p);
        got[n] = '\0';
        (void)pclose(p);
        if (strstr(got, row->want) == NULL || strstr(got, row->not) != NULL)
            fail_msg("%s: %s", row->name, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(terminal), cmocka_unit_test(completion)};

    return cmocka_run_group_tests(tests, start, stop);
}
