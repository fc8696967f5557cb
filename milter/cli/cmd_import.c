/* assay import - what another program recorded, into our records. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/report/report.h"
#include "formats/json.h"
#include "records/bulk.h"
#include "report/history.h"

enum {
    IMPORT_COMPLAINTS_MAX = 10,
    IMPORT_AHEAD_MAX_MS = 24 * 3600 * 1000, /* a message that came later than tomorrow came from a wrong clock */
    IMPORT_PROGRESS_MS = 5000
};

struct request {
    struct cli_common common;
    const char *database; /* NULL: not given */
    const char *file;
};

struct importing {
    struct bulk bulk;
    struct history *history;
    const char *file;
    uint64_t lines, added, present, bad; /* the last three: messages */
    int64_t now_ms, told_ms;             /* wall clock at the start; monotonic, of the last progress line */
};

static void import_complain(struct importing *im, const char *text)
{
    if (im->bad++ < IMPORT_COMPLAINTS_MAX)
        (void)cli_fail(&cmd_import, EX_OK, "%s: %s", im->file, text);
}

static void import_progress(struct importing *im)
{
    if (!isatty(STDERR_FILENO) || clock_mono_ms() - im->told_ms < IMPORT_PROGRESS_MS)
        return;
    im->told_ms = clock_mono_ms();
    (void)fprintf(stderr, "%s: line %" PRIu64 ", messages added %" PRIu64 "\n", im->file, im->lines, im->added);
}

static enum rc import_keep(struct importing *im, const struct record *r, struct err *e)
{
    char text[200];
    bool added = false;
    enum rc rc;

    if (r->time_ms > im->now_ms + IMPORT_AHEAD_MAX_MS) {
        (void)snprintf(text, sizeof text, "message %.100s was received in the future", r->queue_id);
        import_complain(im, text);
        return RC_OK;
    }
    rc = bulk_add(&im->bulk, r, &added, e);
    im->added += rc == RC_OK && added;
    im->present += rc == RC_OK && !added;
    import_progress(im);
    return rc;
}

/* A message we cannot use is said and passed over. */
static enum rc import_take(struct importing *im, enum rc read, const struct record *r, struct err *e)
{
    if (read == RC_BAD) {
        import_complain(im, e->text);
        return RC_OK;
    }
    return read == RC_OK && r != NULL ? import_keep(im, r, e) : read;
}

/* The next line without its end; what is beyond `max` bytes is skipped.  False at the end of the file. */
static bool import_line(FILE *f, char *line, size_t max, struct str *out)
{
    size_t n = 0;
    int c;

    while ((c = getc(f)) != EOF && c != '\n')
        if (n < max)
            line[n++] = (char)c;
    *out = (struct str){line, n};
    return c == '\n';
}

/* The last line has no end: it was cut off, and is not read. */
static void import_cut(struct importing *im)
{
    char text[80];

    (void)snprintf(text, sizeof text, "line %" PRIu64 ": the file is cut off here", ++im->lines);
    import_complain(im, text);
}

static enum rc import_lines(struct importing *im, FILE *f, struct err *e)
{
    char line[HISTORY_LINE_MAX];
    const struct record *done;
    struct str text;
    enum rc rc = RC_OK, read;

    while (rc == RC_OK && import_line(f, line, sizeof line, &text)) {
        im->lines++;
        read = history_line(im->history, text, &done, e);
        rc = import_take(im, read, done, e);
    }
    if (rc == RC_OK) {
        read = history_end(im->history, &done, e);
        rc = import_take(im, read, done, e);
        if (text.n > 0 && read == RC_OK) /* of a message that is not complete it was said */
            import_cut(im);
    }
    return rc == RC_OK ? bulk_finish(&im->bulk, e) : rc;
}

static void import_tell(const struct request *q, const struct importing *im)
{
    struct jnode *o;

    if (!q->common.json) {
        (void)printf("%s: messages added %" PRIu64 ", there already %" PRIu64 ", unusable %" PRIu64 "\n", q->file,
                     im->added, im->present, im->bad);
        return;
    }
    o = jnode_object();
    jnode_int(o, "added", (int64_t)im->added);
    jnode_int(o, "present", (int64_t)im->present);
    jnode_int(o, "unusable", (int64_t)im->bad);
    jnode_print(o, stdout);
}

/* What is said at the end, and the exit code. */
static int import_result(const struct request *q, const struct importing *im)
{
    import_tell(q, im);
    if (im->bad > 0)
        return cli_fail(&cmd_import, EX_DATAERR,
                        "%s: %" PRIu64 " messages were not added; import the whole file once more "
                        "when OpenDMARC has written it: what is there already is not added twice", q->file, im->bad);
    if (im->lines > 0 && im->added + im->present == 0)
        return cli_fail(&cmd_import, EX_DATAERR,
                        "%s: no line begins with \"job\": this is not a history file of OpenDMARC "
                        "(HistoryFile in opendmarc.conf)", q->file);
    return EX_OK;
}

static int cmd_import_file(const struct request *q, struct report_place *p, FILE *f)
{
    struct importing im = {.bulk.db = p->db, .file = q->file, .now_ms = clock_wall_ms(), .told_ms = clock_mono_ms()};
    struct err e = ERR_NONE;
    enum rc rc = history_open(&im.history, &e);

    if (rc == RC_OK)
        rc = import_lines(&im, f, &e);
    history_free(im.history);
    db_roll_back(p->db);
    if (rc != RC_OK)
        return cli_fail(&cmd_import, EX_TEMPFAIL, "%s; run it again: what is there already is not added twice", e.text);
    if (ferror(f))
        return cli_fail(&cmd_import, EX_IOERR, "%s: %s", q->file, strerror(errno));
    return import_result(q, &im);
}

static int cmd_import_answer(const struct request *q)
{
    struct report_place p = {.db = NULL};
    FILE *f = strcmp(q->file, "-") == 0 ? stdin : fopen(q->file, "r");
    int code;

    if (f == NULL)
        return cli_fail(&cmd_import, EX_NOINPUT, "%s: %s", q->file, strerror(errno));
    code = report_open(&cmd_import, &q->common, q->database, true, &p);
    if (code == EX_OK)
        code = cmd_import_file(q, &p, f);
    report_close(&p);
    if (f != stdin)
        (void)fclose(f);
    return code;
}

static int cmd_import_run(int argc, char **argv)
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
    return cmd_import_answer(&q);
}

const struct subcommand cmd_import = {
    .name = "import",
    .run = cmd_import_run,
    .usage = "opendmarc-history FILE",
    .summary = "Adds the messages of OpenDMARC's history file to the records, each once",
    .help = REPORT_HELP,
};
