/* Standard output as a terminal: its width, whether it has colour, and the pager in front of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/terminal.h"
#include "cli/cli.h"

enum { WIDTH_MIN = 20, WIDTH_MAX = 1000 };

#define IN_USE "ASSAY_PAGER_IN_USE" /* tells a child that its pipe ends at a terminal */

/* less leaves at once where all fits on the screen (-F), passes colour on (-R) and leaves the text there (-X). */
#define PAGER "if command -v less >/dev/null 2>&1; then exec less; else exec cat; fi"

static const char *env(const char *name)
{
    const char *value = getenv(name);

    return value == NULL ? "" : value;
}

/* As COLUMNS says, or the terminal does. */
static int width_of(int fd)
{
    struct winsize size;
    uint32_t columns;

    if (str_to_u32(str_of(env("COLUMNS")), &columns) && columns >= WIDTH_MIN && columns <= WIDTH_MAX)
        return (int)columns;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_MIN && size.ws_col <= WIDTH_MAX)
        return size.ws_col;
    return 80;
}

struct sheet cli_sheet(const struct cli_common *c, struct arena *a)
{
    struct sheet s = {.a = a, .to = stdout};

    if (c->json || (isatty(STDOUT_FILENO) == 0 && env(IN_USE)[0] == '\0'))
        return s;
    s.width = width_of(STDOUT_FILENO);
    if (env("NO_COLOR")[0] == '\0' && strcmp(env("TERM"), "dumb") != 0)
        s.style = terminal_style;
    return s;
}

/* ---- the pager ---- */

static bool wants_pager(int argc, char **argv)
{
    const char *command = getenv("PAGER");

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-") == 0)
            return false; /* something is typed in */
    return isatty(STDOUT_FILENO) != 0 && isatty(STDIN_FILENO) != 0 && strcmp(env("TERM"), "dumb") != 0 &&
           (command == NULL || (command[0] != '\0' && strcmp(command, "cat") != 0));
}

_Noreturn static void become_pager(int from)
{
    const char *command = getenv("PAGER");

    (void)setenv("LESS", "FRX", 0);
    if (dup2(from, STDIN_FILENO) == -1)
        _exit(EX_OSERR);
    (void)close(from);
    (void)execl("/bin/sh", "sh", "-c", command == NULL ? PAGER : command, (char *)NULL);
    _exit(EX_UNAVAILABLE);
}

/* The exit code of a child; its own way of dying where a signal ended it (a pager that was left early). */
static int code_of(pid_t child)
{
    int status = 0;

    while (waitpid(child, &status, 0) == -1)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EX_OK;
}

/* Three processes: this one waits, one pages, and one goes on as if nothing had been. */
void cli_page(int argc, char **argv)
{
    char columns[16];
    int ends[2];
    pid_t answers, pages;

    if (!wants_pager(argc, argv) || pipe(ends) != 0)
        return;
    (void)snprintf(columns, sizeof columns, "%d", width_of(STDOUT_FILENO));
    answers = fork();
    if (answers == 0) {
        (void)setenv("COLUMNS", columns, 1);
        (void)setenv(IN_USE, "1", 1);
        (void)dup2(ends[1], STDOUT_FILENO);
    }
    if (answers <= 0) {
        (void)close(ends[0]);
        (void)close(ends[1]);
        return; /* without a second process, without a pager */
    }
    (void)close(ends[1]);
    pages = fork();
    if (pages == 0)
        become_pager(ends[0]);
    (void)close(ends[0]);
    if (pages > 0)
        (void)code_of(pages);
    _exit(code_of(answers));
}
