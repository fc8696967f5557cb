/* assay report bounce - takes one bounce from standard input, as an MTA's pipe delivers it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "formats/json.h"
#include "cli/report/report.h"
#include "post/bounce.h"

enum { OPT_RECIPIENT = REPORT_OPT_OWN };

struct request {
    struct cli_common common;
    const char *database, *recipient;
};

/*
 * All of standard input, of which the first MIME_BOUNCE_MAX bytes are kept: a
 * delivery report says what it has to say before it returns the message, and
 * an MTA whose pipe breaks would bounce the bounce.
 */
static char *read_message(size_t *n)
{
    char *bytes = malloc(MIME_BOUNCE_MAX), rest[4096];

    *n = bytes == NULL ? 0 : fread(bytes, 1, MIME_BOUNCE_MAX, stdin);
    while (fread(rest, 1, sizeof rest, stdin) > 0)
        ;
    return bytes;
}

static void report_bounce_print_text(const struct bounce *b)
{
    switch (b->kind) {
    case BOUNCE_DEAD:
        (void)printf("reports to %s bounced (%s%s%s); nothing more goes there for now\n", b->address,
                     b->status[0] == '\0' ? "no status" : b->status, b->diagnostic[0] == '\0' ? "" : ": ",
                     b->diagnostic);
        break;
    case BOUNCE_DELAYED: (void)printf("a report to %s is delayed; nothing to do\n", b->address); break;
    case BOUNCE_OTHER: (void)printf("an answer to a report to %s, but no bounce; nothing to do\n", b->address); break;
    case BOUNCE_UNKNOWN: (void)puts("not to the return path of a report that is known; nothing to do"); break;
    }
}

static void report_bounce_print_json(const struct bounce *b)
{
    struct jnode *root = jnode_object();

    jnode_text(root, "kind", enum_name(&bounce_kind_names, (int)b->kind));
    jnode_text(root, "address", b->address);
    jnode_text(root, "status", b->status);
    jnode_text(root, "diagnostic", b->diagnostic);
    jnode_int(root, "until_ms", b->until_ms);
    jnode_print(root, stdout);
}

/* EX_TEMPFAIL has the MTA try again; all else ends it, for a bounce of a bounce helps nobody. */
static int report_bounce_take(const struct request *q, struct report_place *p, struct str message)
{
    struct bounce b;
    struct err e = ERR_NONE;
    enum rc rc;

    mime_init();
    rc = bounce_take(p->db, p->arena, message, q->recipient, p->config, clock_wall_ms(), &b, &e);
    if (rc == RC_OK && q->common.json)
        report_bounce_print_json(&b);
    else if (rc == RC_OK)
        report_bounce_print_text(&b);
    return rc == RC_OK ? EX_OK : cli_fail(&report_bounce, EX_TEMPFAIL, "%s", e.text);
}

static int report_bounce_answer(const struct request *q)
{
    size_t n = 0;
    char *message = read_message(&n);
    struct report_place p = {.db = NULL};
    int code;

    if (message == NULL)
        return cli_fail(&report_bounce, EX_TEMPFAIL, "out of memory");
    if (ferror(stdin)) {
        free(message);
        return cli_fail(&report_bounce, EX_TEMPFAIL, "standard input: %s", strerror(errno));
    }
    code = report_open_outbox(&report_bounce, &q->common, q->database, true, &p);
    if (code == EX_OK)
        code = report_bounce_take(q, &p, (struct str){message, n});
    else if (code == EX_NOINPUT || code == EX_NOPERM)
        code = EX_TEMPFAIL; /* a database that is not there now, or lets nobody in */
    report_close(&p);
    free(message);
    return code;
}

static int report_bounce_run(int argc, char **argv)
{
    static const struct option options[] = {
        REPORT_LONG_OPTIONS, {"recipient", required_argument, NULL, OPT_RECIPIENT}, {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &report_bounce, opt))
            continue;
        if (opt == OPT_RECIPIENT)
            q.recipient = optarg;
        else
            q.database = optarg;
    }
    if (optind != argc)
        return cli_usage(&report_bounce, "takes no arguments; the message comes on standard input");
    return report_bounce_answer(&q);
}

const struct subcommand report_bounce = {
    .name = "report bounce",
    .run = report_bounce_run,
    .usage = "",
    .summary = "Take a bounce from standard input, and send no more to an address that is dead",
    .help =
        "  --recipient ADDRESS     the envelope recipient; default: as the header tells\n"
        REPORT_HELP,
};
