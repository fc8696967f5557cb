/* assay - the command for the desk; one file a subcommand (cmd_*.c). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const struct subcommand *const subcommands[] = {
    &cmd_check, &cmd_spf, &cmd_dmarc, &cmd_why, &cmd_policy, &cmd_whatif, &cmd_source, &cmd_report, &cmd_import, NULL,
};

static void usage(FILE *to)
{
    (void)fputs("usage: assay SUBCOMMAND [options]\n\n", to);
    for (size_t i = 0; subcommands[i] != NULL; i++)
        (void)fprintf(to, "  %-10s %s\n", subcommands[i]->name, subcommands[i]->summary);
    (void)fputs("\n\"assay SUBCOMMAND --help\" tells its options; assay(1) has it all.\n", to);
}

static const struct subcommand *find(const char *name)
{
    for (size_t i = 0; subcommands[i] != NULL; i++)
        if (strcmp(subcommands[i]->name, name) == 0)
            return subcommands[i];
    return NULL;
}

/* getopt complains in the name of argv[0], and shall do so as cli_fail does: "assay SUB: …". */
static int run(const struct subcommand *cmd, int argc, char **argv)
{
    char name[40];
    int code;

    (void)snprintf(name, sizeof name, "assay %s", cmd->name);
    argv[0] = name;
    code = cmd->run(argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    return cli_fail(cmd, EX_IOERR, "the answer could not be written: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    const struct subcommand *cmd;

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
    cmd = find(argv[1]);
    if (cmd == NULL) {
        (void)fprintf(stderr, "assay: no subcommand \"%s\"; \"assay --help\" lists them\n", argv[1]);
        return EX_USAGE;
    }
    return run(cmd, argc - 1, argv + 1);
}
