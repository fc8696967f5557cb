/* Subcommands of verbs: assay report, received, episode. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* "report list" and `list`. */
static const char *verbs_word(const struct subcommand *cmd, const struct subcommand *verb)
{
    return verb->name + strlen(cmd->name) + 1;
}

static void verbs_help(const struct subcommand *cmd, const struct subcommand *const *verbs)
{
    (void)printf("usage: assay %s VERB [options]\n\n%s.\n\n", cmd->name, cmd->summary);
    for (size_t i = 0; verbs[i] != NULL; i++)
        (void)printf("  %-10s %s\n", verbs_word(cmd, verbs[i]), verbs[i]->summary);
    (void)printf("\n\"assay %s VERB --help\" lists its options; assay(1) documents all of them.\n", cmd->name);
}

int cli_verbs(const struct subcommand *cmd, const struct subcommand *const *verbs, int argc, char **argv)
{
    char name[60];

    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        verbs_help(cmd, verbs);
        return EX_OK;
    }
    if (argc < 2)
        return cli_usage(cmd, "name a verb");
    for (size_t i = 0; verbs[i] != NULL; i++)
        if (strcmp(verbs_word(cmd, verbs[i]), argv[1]) == 0) {
            (void)snprintf(name, sizeof name, "assay %s", verbs[i]->name);
            argv[1] = name; /* getopt complains in its name */
            return verbs[i]->run(argc - 1, argv + 1);
        }
    return cli_usage(cmd, "no verb \"%s\"", argv[1]);
}
