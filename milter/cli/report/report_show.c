/* assay report show - a report of ours by its id, or one that others sent, out of a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/terminal.h"
#include "cli/report/report.h"
#include "cli/report/report_show.h"
#include "formats/archive.h"
#include "outbox/reports.h"

enum { OPT_XML = REPORT_OPT_OWN, JSON_ROWS_MAX = 100000 };

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
    size_t room = 0, n = 0, got = 1;
    bool bad = f == NULL;

    while (!bad && got > 0 && n <= INCOMING_UNPACKED_MAX) {
        if (n == room) {
            char *more = realloc(*mem, room += room + (1 << 20));

            bad = more == NULL;
            *mem = bad ? *mem : more;
        }
        got = bad ? 0 : fread(*mem + n, 1, room - n, f);
        n += got;
    }
    bad = bad || ferror(f) != 0;
    if (bad) {
        int code = errno;

        if (f != NULL)
            (void)fclose(f);
        return cli_fail(&report_show, EX_NOINPUT, "%s: %s", path, strerror(code));
    }
    (void)fclose(f);
    if (n > INCOMING_UNPACKED_MAX)
        return cli_fail(&report_show, EX_DATAERR, "%s: is larger than a report may be (%d bytes)", path,
                        INCOMING_UNPACKED_MAX);
    *out = (struct str){*mem, n};
    return EX_OK;
}

static int read_stored(const struct request *q, struct report_place *p, struct str *out)
{
    struct report r;
    struct err e = ERR_NONE;
    uint32_t id;
    int code = report_open_outbox(&report_show, &q->common, q->database, false, p);
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
    bool json;
    struct jnode *all, *one, *rows, *details; /* JSON: the reports before, this one, its records or policies … */
    size_t reports, n;
    struct err fault; /* of the last that cannot be shown whole */
    bool faulty;
};

static bool is_fault(enum incoming_outcome outcome)
{
    return outcome != INCOMING_READ && outcome != INCOMING_REPAIRED && outcome != INCOMING_EMPTY;
}

static enum incoming_wish on_begin(void *arg, const struct incoming_report *r)
{
    struct printer *p = arg;

    p->reports++;
    p->n = 0;
    if (is_fault(r->outcome)) {
        p->faulty = true;
        (void)err_set(&p->fault, RC_BAD, "%s: %s", enum_name(&incoming_outcomes, (int)r->outcome), r->reason);
    }
    if (!p->json) {
        report_show_begin(r);
        return INCOMING_GO_ON;
    }
    if (p->one != NULL)
        jnode_append(p->all, p->one);
    p->one = report_json_begin(r);
    p->rows = jnode_array();
    jnode_put(p->one, r->kind == INCOMING_TLS ? "policies" : "records", p->rows);
    return INCOMING_GO_ON;
}

static enum incoming_wish report_show_on_row(void *arg, const struct incoming_row *row)
{
    struct printer *p = arg;

    p->n++;
    if (!p->json)
        report_show_row(row);
    else if (p->n <= JSON_ROWS_MAX)
        jnode_append(p->rows, report_json_row(row));
    return INCOMING_GO_ON;
}

static enum incoming_wish on_policy(void *arg, const struct incoming_tls_policy *policy)
{
    struct printer *p = arg;
    struct jnode *o;

    if (!p->json) {
        report_show_policy(policy);
        return INCOMING_GO_ON;
    }
    o = report_json_policy(policy);
    p->details = jnode_array();
    jnode_put(o, "failure_details", p->details);
    jnode_append(p->rows, o);
    return INCOMING_GO_ON;
}

static enum incoming_wish on_detail(void *arg, const struct incoming_tls_detail *detail)
{
    struct printer *p = arg;

    if (!p->json)
        report_show_detail(detail);
    else
        jnode_append(p->details, report_json_detail(detail));
    return INCOMING_GO_ON;
}

static enum incoming_wish on_end(void *arg, bool whole, const char *why)
{
    struct printer *p = arg;

    if (p->json && p->n > JSON_ROWS_MAX)
        jnode_int(p->one, "records_left_out", (int64_t)p->n - JSON_ROWS_MAX);
    if (!whole) {
        p->faulty = true;
        (void)err_set(&p->fault, RC_LIMIT, "%s", why);
    }
    return INCOMING_GO_ON;
}

static enum rc report_show_to_stdout(void *arg, struct str bytes, struct err *e)
{
    (void)arg;
    return terminal_copy(bytes.p, bytes.n) ? RC_OK : err_set(e, RC_IO, "cannot be written out");
}

static int show_xml(const struct request *q, struct str file)
{
    struct err e = ERR_NONE;

    if (archive_unpack(file, INCOMING_UNPACKED_MAX, report_show_to_stdout, NULL, &e) == RC_OK)
        return EX_OK;
    return cli_fail(&report_show, EX_DATAERR, "%s: %s", q->what, e.text);
}

/* One report is an object, several are a list of them under "reports". */
static void report_show_print_json(struct printer *p)
{
    struct jnode *root = p->one;

    if (p->reports > 1) {
        root = jnode_object();
        jnode_append(p->all, p->one);
        jnode_put(root, "reports", p->all);
    }
    jnode_print(root, stdout);
}

static int report_show_file(const struct request *q, struct str file)
{
    static const struct incoming_taker taker = {on_begin, report_show_on_row, on_policy, on_detail, on_end};
    const char *slash = strrchr(q->what, '/');
    struct incoming_request request = {.bytes = file, .name = slash == NULL ? q->what : slash + 1};
    struct printer p = {.json = q->common.json, .fault = ERR_NONE};
    struct err e = ERR_NONE;
    enum rc rc;

    request.arrival_s = clock_wall_ms() / 1000;
    p.all = p.json ? jnode_array() : NULL;
    rc = incoming_read(&request, &taker, &p, &e);
    if (rc != RC_OK)
        return cli_fail(&report_show, EX_TEMPFAIL, "%s: %s", q->what, e.text);
    if (p.json)
        report_show_print_json(&p);
    return p.faulty ? cli_fail(&report_show, EX_DATAERR, "%s: %s", q->what, p.fault.text) : EX_OK;
}

static int report_show_answer(const struct request *q)
{
    struct report_place p = {.db = NULL};
    char *mem = NULL;
    struct str file = STR_NONE;
    int code;

    code = access(q->what, F_OK) == 0 ? read_file(q->what, &mem, &file) : read_stored(q, &p, &file);
    if (code == EX_OK)
        code = q->xml ? show_xml(q, file) : report_show_file(q, file);
    report_close(&p);
    free(mem);
    return code;
}

static int report_show_run(int argc, char **argv)
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
    return report_show_answer(&q);
}

const struct subcommand report_show = {
    .name = "report show",
    .run = report_show_run,
    .usage = "FILE|ID",
    .summary = "A report in words: one of ours by its id, or those received in a file or mail",
    .help =
        "  --xml                   print its XML\n"
        REPORT_HELP,
};
