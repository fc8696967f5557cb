/* assay episode note, ticket, close - what a person says of one. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/watch/watch.h"
#include "watch/closure.h"

enum { OPT_FORCE = WATCH_OPT_OWN };

/* What each verb was given. */
struct edit {
    const struct subcommand *cmd;
    struct cli_common common;
    struct report_place place;
    const char *database, *key, *text;
    bool force;
    struct episode episode;
};

typedef int edit_doer(struct edit *x);

static int edit_parse(struct edit *x, int argc, char **argv, bool text_needed)
{
    static const struct option plain[] = {REPORT_LONG_OPTIONS, {NULL, 0, NULL, 0}};
    static const struct option closing[] = {
        REPORT_LONG_OPTIONS, CLI_DNS_OPTIONS, {"force", no_argument, NULL, OPT_FORCE}, {NULL, 0, NULL, 0}};
    const struct option *options = x->cmd == &episode_close ? closing : plain;
    int opt, words;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&x->common, x->cmd, opt))
            continue;
        if (opt == REPORT_OPT_DATABASE)
            x->database = optarg;
        else
            x->force = true;
    }
    words = argc - optind;
    if (words < 1 + text_needed || words > 2)
        return cli_usage(x->cmd, "usage: assay %s %s", x->cmd->name, x->cmd->usage);
    x->key = argv[optind];
    x->text = words == 2 ? argv[optind + 1] : "";
    if (x->cmd == &episode_note && x->text[0] == '\0')
        return cli_usage(x->cmd, "the note says nothing");
    return watch_check_text(x->cmd, x->cmd == &episode_ticket ? "the ticket" : "the note", x->text, EPISODE_TEXT_MAX);
}

static int edit_fail(const struct edit *x, enum rc rc, const struct err *e)
{
    return cli_fail(x->cmd,
                    rc == RC_NOTFOUND || rc == RC_LIMIT ? EX_NOINPUT
                    : rc == RC_IO                       ? EX_NOPERM
                                                        : EX_TEMPFAIL,
                    "%s", e->text);
}

static int edit_run(struct edit *x, int argc, char **argv, bool text_needed, edit_doer *each)
{
    struct err e = ERR_NONE;
    enum rc rc;
    int code = edit_parse(x, argc, argv, text_needed);

    if (code != EX_OK)
        return code;
    code = report_open(x->cmd, &x->common, x->database, true, &x->place);
    if (code == EX_OK) {
        rc = episodes_get(x->place.db, x->place.arena, x->key, &x->episode, &e);
        code = rc == RC_OK ? each(x) : edit_fail(x, rc, &e);
    }
    report_close(&x->place);
    return code;
}

/* ---- note, ticket ---- */

static int note_do(struct edit *x)
{
    struct err e = ERR_NONE;
    enum rc rc = episodes_note(x->place.db, x->episode.id, watch_who(), x->text, clock_wall_ms(), &e);

    return rc == RC_OK ? EX_OK : edit_fail(x, rc, &e);
}

static int note_run(int argc, char **argv)
{
    struct edit x = {.cmd = &episode_note};

    return edit_run(&x, argc, argv, true, note_do);
}

static int ticket_do(struct edit *x)
{
    struct err e = ERR_NONE;
    enum rc rc = episodes_ticket(x->place.db, x->episode.id, watch_who(), x->text, clock_wall_ms(), &e);

    return rc == RC_OK ? EX_OK : edit_fail(x, rc, &e);
}

static int ticket_run(int argc, char **argv)
{
    struct edit x = {.cmd = &episode_ticket};

    return edit_run(&x, argc, argv, true, ticket_do);
}

/* ---- close ---- */

static enum rc close_look(struct edit *x, struct dns *dns, struct closure *k, struct err *e)
{
    struct watch_round round = watch_round_of(&x->place, "");
    struct dns_scope *scope = dns_scope_new(dns, (int)x->place.config->dns_timeout * 1000);
    bool parked = false;
    const struct client *client = clients_listing(x->place.config->clients, x->episode.domain, &parked);
    enum rc rc = scope == NULL ? err_set(e, RC_NOMEM, "no memory to ask DNS")
                               : closure_look(&round, client, parked, &x->episode, scope, x->place.arena, k, e);

    dns_scope_free(scope);
    return rc;
}

/* EX_OK when nothing speaks against it, or --force was given; else what to exit with, after saying why. */
static int close_may(const struct edit *x, const struct closure *k)
{
    if (x->force)
        return EX_OK;
    if (k->not_yet[0] != '\0')
        return cli_fail(x->cmd, 1, "not yet: %s; --force closes it all the same", k->not_yet);
    if (k->dns_failed)
        return cli_fail(x->cmd, EX_TEMPFAIL, "DNS does not answer what the records are now: try again later; --force "
                        "closes it all the same");
    return EX_OK;
}

static int close_do(struct edit *x)
{
    struct closure k;
    struct err e = ERR_NONE;
    struct dns *dns;
    const char *note;
    enum rc rc;
    int code;

    if (x->episode.state != EPISODE_OPEN)
        return cli_fail(x->cmd, EX_NOINPUT, "%s is %s already", x->episode.ref,
                        enum_name(&episode_state_names, (int)x->episode.state));
    dns = cli_dns(&x->common, x->place.config);
    if (dns == NULL)
        return EX_NOINPUT;
    rc = close_look(x, dns, &k, &e);
    dns_close(dns);
    if (rc != RC_OK)
        return edit_fail(x, rc, &e);
    code = close_may(x, &k);
    if (code != EX_OK)
        return code;
    note = closure_note(x->place.arena, &x->episode, &k, x->text);
    if (note == NULL)
        return cli_fail(x->cmd, EX_OSERR, "out of memory");
    rc = episodes_close(x->place.db, x->episode.id, watch_who(), note, clock_wall_ms() / CLOCK_DAY_MS,
                        clock_wall_ms(), &e);
    if (rc != RC_OK)
        return edit_fail(x, rc, &e);
    (void)printf("Closed %s, of %s%s.\n%s", x->episode.ref, x->episode.client[0] == '\0' ? "no client" : "client ",
                 x->episode.client, note);
    return EX_OK;
}

static int close_run(int argc, char **argv)
{
    struct edit x = {.cmd = &episode_close};

    return edit_run(&x, argc, argv, false, close_do);
}

const struct subcommand episode_note = {
    .name = "episode note",
    .run = note_run,
    .usage = "EPISODE TEXT",
    .summary = "Adds a note to its history",
    .help = REPORT_HELP,
};
const struct subcommand episode_ticket = {
    .name = "episode ticket",
    .run = ticket_run,
    .usage = "EPISODE TICKET",
    .summary = "Notes under which ticket it is handled; an empty one takes it out",
    .help = REPORT_HELP,
};
const struct subcommand episode_close = {
    .name = "episode close",
    .run = close_run,
    .usage = "EPISODE [NOTE]",
    .summary = "Ends it, when reports, newer mail and DNS bear that out",
    .help = "  --force                 also when they do not\n"
            REPORT_HELP,
    .asks_dns = true,
};
