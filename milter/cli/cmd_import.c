/* assay import - what another program recorded, into our records. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"
#include "cli/report.h"
#include "report/history.h"
#include "store/messages.h"

enum { BATCH = 200, COMPLAINTS_MAX = 10 };

struct request {
    struct cli_common common;
    const char *database; /* NULL: not given */
    const char *file;
};

struct importing {
    struct db *db;
    const char *file;
    size_t in_transaction;
    uint64_t added, present, bad; /* messages */
};

/* One transaction for many, but never for long: the daemon waits for it. */
static enum rc step(struct importing *im, bool last, struct err *e)
{
    enum rc rc = RC_OK;

    if (im->in_transaction > 0 && (last || im->in_transaction == BATCH)) {
        rc = db_run(im->db, "COMMIT", e);
        im->in_transaction = 0;
    }
    if (rc == RC_OK && !last && im->in_transaction == 0)
        rc = db_run(im->db, "BEGIN IMMEDIATE", e);
    im->in_transaction += !last;
    return rc;
}

static enum rc keep(struct importing *im, const struct record *r, struct err *e)
{
    bool there = false;
    enum rc rc = step(im, false, e);

    if (rc == RC_OK)
        rc = messages_have(im->db, r->queue_id, r->time_ms, &there, e);
    if (rc == RC_OK && !there)
        rc = messages_insert(im->db, &r, 1, e);
    if (rc == RC_OK) {
        im->present += there;
        im->added += !there;
    }
    return rc;
}

/* A message we cannot use is said and passed over. */
static enum rc take(struct importing *im, enum rc read, const struct record *r, struct err *e)
{
    if (read == RC_BAD) {
        if (im->bad++ < COMPLAINTS_MAX)
            (void)cli_fail(&cmd_import, EX_OK, "%s: %s", im->file, e->text);
        return RC_OK;
    }
    return read == RC_OK && r != NULL ? keep(im, r, e) : read;
}

static enum rc import_lines(struct importing *im, struct history *h, FILE *f, struct err *e)
{
    char line[HISTORY_LINE_MAX + 2];
    const struct record *done;
    enum rc rc = RC_OK, read;

    while (rc == RC_OK && fgets(line, sizeof line, f) != NULL) {
        struct str text = str_of(line);

        if (text.n > 0 && text.p[text.n - 1] == '\n')
            text.n--;
        read = history_line(h, text, &done, e);
        rc = take(im, read, done, e);
    }
    if (rc == RC_OK) {
        read = history_end(h, &done, e);
        rc = take(im, read, done, e);
    }
    return rc == RC_OK ? step(im, true, e) : rc;
}

static int import(const struct request *q, struct report_place *p, FILE *f)
{
    struct importing im = {.db = p->db, .file = q->file};
    struct history *h = NULL;
    struct err e = ERR_NONE;
    enum rc rc = history_open(&h, &e);

    if (rc == RC_OK)
        rc = import_lines(&im, h, f, &e);
    history_free(h);
    db_roll_back(p->db);
    if (rc != RC_OK || ferror(f))
        return cli_fail(&cmd_import, EX_TEMPFAIL, "%s; run it again: what is there already is not added twice",
                        rc != RC_OK ? e.text : strerror(errno));
    if (q->common.json) {
        struct jnode *o = jnode_object();

        jnode_int(o, "added", (int64_t)im.added);
        jnode_int(o, "present", (int64_t)im.present);
        jnode_int(o, "unusable", (int64_t)im.bad);
        jnode_print(o, stdout);
    } else {
        (void)printf("%s: messages added %" PRIu64 ", there already %" PRIu64 ", unusable %" PRIu64 "\n", q->file,
                     im.added, im.present, im.bad);
    }
    return EX_OK;
}

static int answer(const struct request *q)
{
    struct report_place p = {.db = NULL};
    FILE *f = strcmp(q->file, "-") == 0 ? stdin : fopen(q->file, "r");
    int code;

    if (f == NULL)
        return cli_fail(&cmd_import, EX_NOINPUT, "%s: %s", q->file, strerror(errno));
    code = report_open(&cmd_import, &q->common, q->database, true, &p);
    if (code == EX_OK)
        code = import(q, &p, f);
    report_close(&p);
    if (f != stdin)
        (void)fclose(f);
    return code;
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {REPORT_LONG_OPTIONS, {NULL, 0, NULL, 0}};
    struct request q = {.database = NULL};
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cli_common_option(&q.common, &cmd_import, opt))
            q.database = optarg;
    if (optind + 2 != argc || strcmp(argv[optind], "opendmarc-history") != 0)
        return cli_usage(&cmd_import, "name a format and a file: opendmarc-history FILE");
    q.file = argv[optind + 1];
    return answer(&q);
}

const struct subcommand cmd_import = {
    .name = "import",
    .run = run,
    .usage = "opendmarc-history FILE",
    .summary = "Adds the messages of OpenDMARC's history file to the records, each once",
    .help = REPORT_HELP,
};
