/* assay received retry - reads once more what was not read, by the reader and clients.conf of today. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "cli/received/received_cli.h"
#include "formats/archive.h"
#include "formats/json.h"
#include "incoming/incoming.h"

enum { OPT_NO_DNS = RECEIVED_OPT_OWN };
enum { ITEMS_MAX = 100000, ARENA_MAX = 64 * 1024 * 1024 };

struct request {
    struct cli_common common;
    const char *database;
    bool no_dns;
    struct intake *intake;
    struct config *config;
    struct arena *arena, *scratch;
    int64_t changed, same, gone;
    struct jnode *list; /* with --json: what was read again; else NULL */
};

/* ---- one ---- */

struct memory {
    char *p;
    size_t n, room;
};

static enum rc append(void *arg, struct str bytes, struct err *e)
{
    struct memory *m = arg;

    if (m->n + bytes.n > m->room) {
        size_t room = 2 * (m->n + bytes.n);
        char *more = realloc(m->p, room);

        if (more == NULL)
            return err_set(e, RC_NOMEM, "no memory for an original");
        m->p = more;
        m->room = room;
    }
    memcpy(m->p + m->n, bytes.p, bytes.n);
    m->n += bytes.n;
    return RC_OK;
}

static void received_retry_tell(struct request *q, const struct received_item *was, const struct intake_outcome *is)
{
    const char *now = enum_name(&received_outcome_names, (int)is->outcome);
    const char *before = enum_name(&received_outcome_names, (int)was->outcome);

    if (q->list != NULL) {
        struct jnode *o = jnode_object();

        jnode_int(o, "number", was->id);
        jnode_text(o, "outcome", now);
        jnode_text(o, "was", before);
        jnode_text(o, "reason", is->reason);
        jnode_int(o, "rows", is->rows);
        jnode_int(o, "messages", is->messages);
        jnode_append(q->list, o);
    } else if (is->outcome != was->outcome) {
        (void)printf("%" PRId64 ": %s, was %s%s%s\n", was->id, now, before, is->reason[0] == '\0' ? "" : ": ",
                     is->reason);
    }
}

static void tell_sums(struct request *q)
{
    struct jnode *root;

    if (q->list == NULL) {
        (void)printf("%" PRId64 " changed, %" PRId64 " as they were", q->changed, q->same);
        if (q->gone > 0)
            (void)printf("; of %" PRId64 " the original is no longer kept", q->gone);
        (void)putchar('\n');
        return;
    }
    root = jnode_object();
    jnode_int(root, "changed", q->changed);
    jnode_int(root, "unchanged", q->same);
    jnode_int(root, "not_kept", q->gone);
    jnode_put(root, "received", q->list);
    q->list = NULL;
    jnode_print(root, stdout);
}

static enum rc read_again(struct request *q, const struct received_item *item, struct err *e)
{
    struct intake_item again = {.name = item->name, .way = item->way, .again = item->id,
                                .by_operator = item->trust == RECEIVED_LOCAL, .arrival_ms = item->time_ms};
    struct memory m = {.p = NULL};
    struct intake_outcome out;
    struct str packed;
    enum rc rc = journal_original(intake_db(q->intake), q->scratch, item->id, &packed, e);

    if (rc == RC_NOTFOUND) {
        q->gone++;
        return RC_OK;
    }
    if (rc == RC_OK)
        rc = archive_unpack(packed, INCOMING_UNPACKED_MAX, append, &m, e);
    again.bytes = (struct str){m.p, m.n};
    if (rc == RC_OK)
        rc = intake_take(q->intake, &again, &out, e);
    free(m.p);
    if (rc != RC_OK)
        return rc;
    q->same += out.outcome == item->outcome;
    q->changed += out.outcome != item->outcome;
    received_retry_tell(q, item, &out);
    return RC_OK;
}

/* ---- all of them ---- */

static enum rc retry_unread(struct request *q, struct err *e)
{
    const struct journal_wanted w = {.unread = true, .outcome = "", .sender_domain = ""};
    struct received_item *item;
    size_t n;
    enum rc rc = journal_list(intake_db(q->intake), q->arena, &w, ITEMS_MAX, &item, &n, e);

    while (rc == RC_OK && n-- > 0) { /* the oldest first, as they came */
        arena_reset(q->scratch);
        rc = read_again(q, &item[n], e);
    }
    return rc;
}

static enum rc retry_one(struct request *q, const char *word, struct err *e)
{
    struct received_item item;
    struct received_part *part;
    uint32_t number;
    size_t n;
    enum rc rc = str_to_u32(str_of(word), &number)
                     ? journal_get(intake_db(q->intake), q->arena, number, &item, &part, &n, e)
                     : err_set(e, RC_BAD, "\"%s\" is not a number of \"assay received list\"", word);

    return rc == RC_OK ? read_again(q, &item, e) : rc;
}

static int retry(struct request *q, char **words, int n)
{
    struct err e = ERR_NONE;
    enum rc rc = n == 0 ? retry_unread(q, &e) : RC_OK;

    for (int i = 0; rc == RC_OK && i < n; i++)
        rc = retry_one(q, words[i], &e);
    tell_sums(q);
    if (rc != RC_OK)
        return cli_fail(&received_retry, rc == RC_NOTFOUND ? EX_UNAVAILABLE : rc == RC_BAD ? EX_USAGE : EX_TEMPFAIL,
                        "%s", e.text);
    return EX_OK;
}

static int received_retry_answer(struct request *q, char **words, int n)
{
    struct intake_settings s = {.config = q->config, .keep_originals = true};
    struct err e = ERR_NONE;
    struct dns *dns = NULL;
    int code = EX_CONFIG;

    s.database = received_database(&received_retry, q->config, q->database);
    if (s.database != NULL) {
        if (!q->no_dns && auth_init(&e) == RC_OK)
            s.dns = dns = cli_dns(&q->common, q->config);
        code = intake_open(&s, &q->intake, &e) == RC_OK ? retry(q, words, n)
                                                        : cli_fail(&received_retry, EX_TEMPFAIL, "%s", e.text);
    }
    intake_close(q->intake);
    dns_close(dns);
    auth_shutdown();
    return code;
}

static int received_retry_run(int argc, char **argv)
{
    static const struct option options[] = {
        RECEIVED_LONG_OPTIONS, CLI_DNS_OPTIONS, {"no-dns", no_argument, NULL, OPT_NO_DNS}, {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt, code;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &received_retry, opt))
            continue;
        if (opt == OPT_NO_DNS)
            q.no_dns = true;
        else
            q.database = optarg;
    }
    q.list = q.common.json ? jnode_array() : NULL;
    (void)signal(SIGPIPE, SIG_IGN); /* a process that reads may be killed by anybody */
    q.config = cli_config(&q.common);
    q.arena = arena_new(ARENA_MAX);
    q.scratch = arena_new(ARENA_MAX);
    code = q.config == NULL                        ? EX_CONFIG
           : q.arena == NULL || q.scratch == NULL ? cli_fail(&received_retry, EX_OSERR, "out of memory")
                                                   : received_retry_answer(&q, argv + optind, argc - optind);
    arena_free(q.arena);
    arena_free(q.scratch);
    config_free(q.config);
    return code;
}

const struct subcommand received_retry = {
    .name = "received retry",
    .run = received_retry_run,
    .asks_dns = true,
    .usage = "[NUMBER...]",
    .summary = "Reads again what was not read or not taken, or what is named",
    .help = "Without a NUMBER of \"assay received list\": all that \"list --unread\" shows.\n\n"
            "  --no-dns                ask DNS nothing\n"
            RECEIVED_HELP,
};
