/* assay episode - what the watch found, one by one; one file a group of verbs. */

#include "cli/watch/watch.h"

static const struct subcommand *const verbs[] = {&episode_list, &episode_show, &episode_note, &episode_ticket,
                                                 &episode_close, NULL};

static int cmd_episode_run(int argc, char **argv)
{
    return cli_verbs(&cmd_episode, verbs, argc, argv);
}

const struct subcommand cmd_episode = {
    .name = "episode",
    .run = cmd_episode_run,
    .usage = "VERB",
    .summary = "What the watch found: listed, shown, noted, closed",
    .help = "",
};
