/* assay - the command for the desk; one file a subcommand (cmd_*.c). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/terminal.h"
#include "cli/cli.h"
#include "records/centre.h"
#include "syntax/nearest.h"

static const struct subcommand *const subcommands[] = {
    &cmd_check, &cmd_spf, &cmd_dmarc, &cmd_domain, &cmd_why, &cmd_policy, &cmd_whatif, &cmd_source, &cmd_report,
    &cmd_received, &cmd_who, &cmd_watch, &cmd_today, &cmd_episode, &cmd_changes, &cmd_client, &cmd_policystage,
    &cmd_exception, &cmd_close, &cmd_reportclient, &cmd_import, &cmd_account, &cmd_fleet, NULL,
};

static void usage(FILE *to)
{
    (void)fputs("usage: assay SUBCOMMAND [options]\n\n", to);
    for (size_t i = 0; subcommands[i] != NULL; i++)
        (void)fprintf(to, "  %-13s %s\n", subcommands[i]->name, subcommands[i]->summary);
    (void)fputs("\n\"assay help SUBCOMMAND\" lists its options; assay(1) documents all of them.\n", to);
}

static const struct subcommand *find(const char *name)
{
    for (size_t i = 0; subcommands[i] != NULL; i++)
        if (strcmp(subcommands[i]->name, name) == 0)
            return subcommands[i];
    return NULL;
}

/* getopt complains in the name of argv[0], and shall do so as cli_fail does: "assay SUB: …". */
static int main_run_subcommand(const struct subcommand *cmd, int argc, char **argv)
{
    char name[40];
    int code;

    (void)snprintf(name, sizeof name, "assay %s", cmd->name);
    argv[0] = name;
    if (cmd->pages)
        cli_page(argc, argv);
    code = cmd->run(argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    return cli_fail(cmd, EX_IOERR, "the answer could not be written: %s", strerror(errno));
}

static int no_such(const char *name)
{
    struct nearest near = nearest_to(str_of(name));
    char text[160];
    struct strbuf shown = STRBUF_ON(text);

    for (size_t i = 0; subcommands[i] != NULL; i++)
        nearest_offer(&near, subcommands[i]->name);
    strbuf_put_clean(&shown, str_of(name), sizeof text - 1);
    if (near.best != NULL)
        (void)fprintf(stderr, "assay: there is no command \"%s\"; did you mean \"assay %s\"?\n", text, near.best);
    else
        (void)fprintf(stderr, "assay: there is no command \"%s\"; \"assay help\" lists them\n", text);
    return EX_USAGE;
}

/* "assay help why" is "assay why --help", "assay help fleet init" is "assay fleet init --help". */
static int assay_help(int argc, char **argv)
{
    static char option[] = "--help";
    char *words[] = {argv[1], option, NULL, NULL};
    const struct subcommand *cmd;

    if (argc == 2) {
        usage(stdout);
        return EX_OK;
    }
    if (argc > 3) {
        words[1] = argv[3];
        words[2] = option;
    }
    cmd = find(argv[2]);
    return cmd == NULL ? no_such(argv[2]) : main_run_subcommand(cmd, argc > 3 ? 3 : 2, words);
}

int main(int argc, char **argv)
{
    const struct subcommand *cmd;

    terminal_guard();
    store_engine_use(centre_engine);
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        usage(stdout);
        return EX_OK;
    }
    if (argc >= 2 && (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)) {
        (void)puts("assay " ASSAY_VERSION);
        return EX_OK;
    }
    if (argc < 2) {
        usage(stderr);
        return EX_USAGE;
    }
    if (strcmp(argv[1], "help") == 0)
        return assay_help(argc, argv);
    cmd = find(argv[1]);
    if (cmd == NULL)
        return no_such(argv[1]);
    return main_run_subcommand(cmd, argc - 1, argv + 1);
}
