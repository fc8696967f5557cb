/* assay report show - a report of ours by its id, or one that others sent, out of a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/report.h"
#include "cli/report_show.h"
#include "report/archive.h"
#include "store/reports.h"

enum { OPT_XML = REPORT_OPT_OWN, FILE_MAX = 32 * 1024 * 1024, JSON_ROWS_MAX = 100000 };

struct request {
    struct cli_common common;
    const char *database; /* NULL: not given */
    const char *what;     /* FILE, number or Report-ID */
    bool xml;
};

/* ---- where its bytes come from ---- */

/* The whole of a file; `*mem` is the caller's to free. */
static int read_file(const char *path, char **mem, struct str *out)
{
    FILE *f = fopen(path, "rb");
    size_t n;
    bool bad;

    *mem = malloc(FILE_MAX + 1);
    if (f == NULL || *mem == NULL) {
        int code = errno;

        if (f != NULL)
            (void)fclose(f);
        return cli_fail(&report_show, EX_NOINPUT, "%s: %s", path, strerror(code));
    }
    n = fread(*mem, 1, FILE_MAX + 1, f);
    bad = ferror(f) != 0;
    (void)fclose(f);
    if (bad)
        return cli_fail(&report_show, EX_NOINPUT, "%s: cannot be read", path);
    if (n > FILE_MAX)
        return cli_fail(&report_show, EX_DATAERR, "%s: is larger than any report, which have %d bytes at most", path,
                        FILE_MAX);
    *out = (struct str){*mem, n};
    return EX_OK;
}

static int read_stored(const struct request *q, struct report_place *p, struct str *out)
{
    struct report r;
    struct err e = ERR_NONE;
    uint32_t id;
    int code = report_open(&report_show, &q->common, q->database, false, p);
    enum rc rc;

    if (code != EX_OK)
        return code;
    rc = str_to_u32(str_of(q->what), &id) ? reports_get(p->db, p->arena, id, &r, &e)
                                          : reports_find(p->db, p->arena, str_of(q->what), &r, &e);
    if (rc == RC_OK)
        rc = reports_body(p->db, p->arena, r.id, out, &e);
    if (rc == RC_NOTFOUND)
        return cli_fail(&report_show, EX_NOINPUT, "\"%s\" is neither a file nor the id of a report in %s", q->what,
                        db_path(p->db));
    return rc == RC_OK ? EX_OK : cli_fail(&report_show, EX_NOINPUT, "%s", e.text);
}

/* ---- showing it ---- */

struct printer {
    struct jnode *root, *rows; /* NULL: text */
    size_t n;
};

static void on_head(void *arg, const struct feedback_head *head, enum feedback_format format)
{
    const struct printer *p = arg;

    if (p->root != NULL)
        report_json_head(p->root, head, format);
    else
        report_show_head(head, format);
}

static void on_row(void *arg, const struct feedback_row *row)
{
    struct printer *p = arg;

    p->n++;
    if (p->rows == NULL)
        report_show_row(row);
    else if (p->n <= JSON_ROWS_MAX)
        jnode_append(p->rows, report_json_row(row));
}

static enum rc to_stdout(void *arg, struct str bytes, struct err *e)
{
    (void)arg;
    return fwrite(bytes.p, 1, bytes.n, stdout) == bytes.n ? RC_OK : err_set(e, RC_IO, "cannot be written out");
}

static int show(const struct request *q, struct str file)
{
    static const struct feedback_taker taker = {on_head, on_row};
    struct printer p = {.root = q->common.json ? jnode_object() : NULL, .rows = q->common.json ? jnode_array() : NULL};
    struct err e = ERR_NONE;
    enum rc rc = q->xml ? archive_unpack(file, FEEDBACK_READ_MAX, to_stdout, NULL, &e)
                        : feedback_read(file, &taker, &p, &e);

    if (p.root != NULL) {
        jnode_put(p.root, "records", p.rows);
        if (p.n > JSON_ROWS_MAX)
            jnode_int(p.root, "records_left_out", (int64_t)p.n - JSON_ROWS_MAX);
        if (rc != RC_OK)
            jnode_text(p.root, "fault", e.text);
        jnode_print(p.root, stdout);
    }
    return rc == RC_OK ? EX_OK : cli_fail(&report_show, EX_DATAERR, "%s: %s", q->what, e.text);
}

static int answer(const struct request *q)
{
    struct report_place p = {.db = NULL};
    char *mem = NULL;
    struct str file = STR_NONE;
    int code;

    code = access(q->what, F_OK) == 0 ? read_file(q->what, &mem, &file) : read_stored(q, &p, &file);
    if (code == EX_OK)
        code = show(q, file);
    report_close(&p);
    free(mem);
    return code;
}

static int run(int argc, char **argv)
{
    static const struct option options[] = {
        REPORT_LONG_OPTIONS, {"xml", no_argument, NULL, OPT_XML}, {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &report_show, opt))
            continue;
        if (opt == OPT_XML)
            q.xml = true;
        else
            q.database = optarg;
    }
    if (optind + 1 != argc || argv[optind][0] == '\0')
        return cli_usage(&report_show, "name one file or report");
    q.what = argv[optind];
    return answer(&q);
}

const struct subcommand report_show = {
    .name = "report show",
    .run = run,
    .usage = "FILE|ID",
    .summary = "A report in words: one of ours by its id, or one received, out of its .xml, .gz or .zip file",
    .help =
        "  --xml                   print its XML\n"
        REPORT_HELP,
};
