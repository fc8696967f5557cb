/*
 * watch.h - what the subcommands of the watch share.
 */
#ifndef ASSAY_CLI_WATCH_WATCH_H
#define ASSAY_CLI_WATCH_WATCH_H

#include "cli/report/report.h"
#include "episodes/exceptions.h"
#include "formats/json.h"
#include "watch/round.h"

/* Each verb is a subcommand of its own, "episode VERB"; cmd_episode.c lists them. */
extern const struct subcommand episode_list, episode_show, episode_note, episode_ticket, episode_close;
extern const struct subcommand exception_add, exception_list, exception_remove; /* cmd_exception.c */

enum { WATCH_OPT_CLIENT = REPORT_OPT_OWN, WATCH_OPT_OWN };
#define WATCH_CLIENT_OPTION {"client", required_argument, NULL, WATCH_OPT_CLIENT}
#define WATCH_CLIENT_HELP "  --client CLIENT         this client of clients.conf alone\n"

/* EX_OK, or EX_USAGE after saying that clients.conf has no such client. */
int watch_check_client(const struct subcommand *cmd, const struct config *c, const char *client);

/* `assay client check`: the client's checklist.  EX_OK, 1 when something is missing, or what to exit with. */
int watch_client_check(struct report_place *place, bool json, const struct client *c);

/* A round over the place's database and clients, at this moment. */
struct watch_round watch_round_of(const struct report_place *p, const char *client);

/* Who acts, for the history of an episode: the login name. */
const char *watch_who(void);

/*
 * Whether a person's text is fit to be kept: at most `max` bytes, on one line, all of it to be seen.  `what` names it
 * ("--risk", "the note").  EX_OK, or EX_USAGE after saying why not.
 */
int watch_check_text(const struct subcommand *cmd, const char *what, const char *text, size_t max);

/* YYYY-MM-DD as a day counted from the epoch; false when it is none. */
bool watch_parse_day(const char *text, int64_t *day);

/* As an object. */
struct jnode *watch_exception_json(const struct exception *x);

/* An episode on two or three lines, or as an object. */
void watch_print(const struct episode *p);
struct jnode *watch_json(const struct episode *p);

/* All that the filter wants, at most `max`; `none` is said where there is none.  EX_OK, or what to exit with. */
int watch_list(const struct subcommand *cmd, struct report_place *place, const struct cli_common *common,
               const struct episode_filter *f, size_t max, const char *none);

#endif
