/* assay received show - one mail or file that came in, with the reports in it, in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/terminal.h"
#include "cli/received/received_cli.h"
#include "desk/sheet.h"
#include "formats/archive.h"
#include "formats/json.h"
#include "received/addresses.h"
#include "received/reports.h"
#include "verdict/cause.h"
#include "verdict/source.h"

enum { OPT_ORIGINAL = RECEIVED_OPT_OWN, OPT_ROWS };
enum { ROWS = 200, LABEL_MAX = 200, ORIGINAL_MAX = 1024 * 1024 * 1024 };

struct request {
    struct cli_common common;
    const char *database;
    int64_t number;
    bool original;
    uint32_t rows;
    struct received_place p;
};

/* ---- rows ---- */

struct printing {
    const struct request *q;
    struct sheet sheet;
    struct jnode *list; /* JSON */
    uint32_t left;
    int64_t more;
};

static const char *passes(unsigned p)
{
    static const char *const words[] = {"nothing", "SPF", "DKIM", "SPF and DKIM"};

    return words[p & 3];
}

/* It passed by DKIM alone, from a host that nobody names and that sends for many: a mark, not a verdict. */
static bool is_perhaps_forwarded(const struct printing *p, const struct received_row *row)
{
    int clients = 0;

    return row->passes == RECEIVED_PASS_DKIM && (row->marks & RECEIVED_FORWARDED) == 0 &&
           source_is_group(row->source) &&
           received_address_clients(p->q->p.db, &row->address, RECEIVED_MANY_CLIENTS, &clients, NULL) == RC_OK &&
           clients >= RECEIVED_MANY_CLIENTS;
}

static void print_row(struct printing *p, const struct received_row *row)
{
    char address[IP_TEXT_MAX];

    (void)printf("  %8" PRId64 "  %-26s %-16s as %s: %s passes for the domain; %s",
                 row->messages, sheet_shown(&p->sheet, received_title(&p->q->p, row->source)),
                 ip_text(&row->address, address),
                 sheet_or(&p->sheet, row->header_from, "an unreadable author"), passes(row->passes),
                 strcmp(row->disposition, "none") == 0 || strcmp(row->disposition, "pass") == 0
                     ? "delivered"
                     : sheet_shown(&p->sheet, row->disposition));
    if (row->cause[0] != '\0')
        (void)printf("; %s", sheet_shown(&p->sheet, row->cause));
    if ((row->marks & RECEIVED_FORWARDED) != 0)
        (void)printf("; forwarded");
    if (is_perhaps_forwarded(p, row))
        (void)printf("; probably forwarded: its host sends for %d clients and more", RECEIVED_MANY_CLIENTS);
    if ((row->marks & RECEIVED_REPORTER_DIFFERS) != 0)
        (void)printf("; its results say otherwise");
    (void)putchar('\n');
    if (row->spf[0] != '\0')
        (void)printf("            SPF:  %s\n", sheet_shown(&p->sheet, row->spf));
    if (row->dkim[0] != '\0')
        (void)printf("            DKIM: %s\n", sheet_shown(&p->sheet, row->dkim));
    if (row->reasons[0] != '\0')
        (void)printf("            the receiver's reasons: %s\n", sheet_shown(&p->sheet, row->reasons));
}

static void received_show_json_row(struct printing *p, const struct received_row *row)
{
    struct jnode *o = jnode_object();
    char address[IP_TEXT_MAX];

    jnode_text(o, "address", row->address.family == IP_NONE ? "" : ip_text(&row->address, address));
    jnode_int(o, "messages", row->messages);
    jnode_text(o, "domain", row->domain);
    jnode_text(o, "header_from", row->header_from);
    jnode_text(o, "disposition", row->disposition);
    jnode_bool(o, "spf_passes", (row->passes & RECEIVED_PASS_SPF) != 0);
    jnode_bool(o, "dkim_passes", (row->passes & RECEIVED_PASS_DKIM) != 0);
    jnode_text(o, "envelope_from", row->envelope_from);
    jnode_text(o, "spf", row->spf);
    jnode_text(o, "dkim", row->dkim);
    jnode_text(o, "reasons", row->reasons);
    jnode_text(o, "source", row->source);
    jnode_text(o, "source_detail", row->detail);
    jnode_text(o, "cause", row->cause);
    jnode_bool(o, "forwarded", (row->marks & RECEIVED_FORWARDED) != 0);
    jnode_bool(o, "perhaps_forwarded", is_perhaps_forwarded(p, row));
    jnode_bool(o, "reporter_differs", (row->marks & RECEIVED_REPORTER_DIFFERS) != 0);
    jnode_append(p->list, o);
}

static enum rc received_show_on_row(void *arg, const struct received_row *row)
{
    struct printing *p = arg;

    if (p->left == 0) {
        p->more++;
        return RC_OK;
    }
    p->left--;
    if (p->list != NULL)
        received_show_json_row(p, row);
    else
        print_row(p, row);
    return RC_OK;
}

/* ---- a report ---- */

static void print_report(const struct sheet *s, const struct received_report *r)
{
    char from[SHEET_TIME_MAX], to[SHEET_TIME_MAX];

    (void)printf("  %s reports on %s, %s to %s UTC\n", sheet_or(s, r->org_name, r->reporter),
                 sheet_shown(s, r->domain), received_minute(r->begin_s, from), received_minute(r->end_s, to));
    (void)printf("  %" PRId64 " messages in %" PRId64 " rows", r->messages, r->rows);
    if (r->refused > 0)
        (void)printf("; %" PRId64 " rows cannot be read and are not counted", r->refused);
    (void)printf("\n  it saw the policy p=%s%s%s%s%s; report-id %s of %s\n", sheet_shown(s, r->p),
                 r->sp[0] != '\0' ? " sp=" : "", sheet_shown(s, r->sp), r->np[0] != '\0' ? " np=" : "",
                 sheet_shown(s, r->np), sheet_or(s, r->report_id, "-"), sheet_shown(s, r->reporter));
    if (r->days > 1)
        (void)printf("  its period is %" PRId64 " days, over which its messages are spread evenly\n", r->days);
    else if (r->first_day == RECEIVED_NO_DAY)
        (void)puts("  its period is longer than 31 days: it counts in totals only");
    if (r->repairs[0] != '\0')
        (void)printf("  mended: %s\n", sheet_shown(s, r->repairs));
    if (r->notes[0] != '\0')
        (void)printf("  note: %s\n", sheet_shown(s, r->notes));
    if (r->errors[0] != '\0')
        (void)printf("  the receiver had trouble: %s\n", sheet_shown(s, r->errors));
    if (r->superseded_by > 0)
        (void)puts("  a later version has taken its place, and this one counts no longer");
    if (r->repeats > 0)
        (void)puts("  another report says exactly the same under another report-id; both count");
}

static struct jnode *json_report(const struct received_report *r)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "client", r->client);
    jnode_text(o, "domain", r->domain);
    jnode_text(o, "reporter", r->reporter);
    jnode_text(o, "org_name", r->org_name);
    jnode_text(o, "report_id", r->report_id);
    jnode_int(o, "begin", r->begin_s);
    jnode_int(o, "end", r->end_s);
    jnode_text(o, "trust", enum_name(&received_trust_names, (int)r->trust));
    jnode_text(o, "p", r->p);
    jnode_text(o, "sp", r->sp);
    jnode_text(o, "np", r->np);
    jnode_text(o, "adkim", r->adkim);
    jnode_text(o, "aspf", r->aspf);
    jnode_int(o, "messages", r->messages);
    jnode_int(o, "rows", r->rows);
    jnode_int(o, "refused", r->refused);
    jnode_int(o, "days", r->days);
    jnode_text(o, "repairs", r->repairs);
    jnode_text(o, "notes", r->notes);
    jnode_text(o, "errors", r->errors);
    jnode_int(o, "superseded_by", r->superseded_by);
    jnode_int(o, "repeats", r->repeats);
    return o;
}

static enum rc show_report(struct request *q, struct sheet s, int64_t id, struct jnode *part, struct err *e)
{
    struct printing p = {.q = q, .sheet = s, .left = q->rows};
    struct received_report r;
    struct jnode *o = NULL;
    enum rc rc = received_get(q->p.db, q->p.arena, id, &r, e);

    if (rc != RC_OK)
        return rc;
    if (part != NULL) {
        o = json_report(&r);
        p.list = jnode_array();
    } else {
        print_report(&s, &r);
    }
    rc = received_rows(q->p.db, &r, received_show_on_row, &p, e);
    if (part != NULL) {
        jnode_put(o, "rows_shown", p.list);
        jnode_int(o, "rows_left_out", p.more);
        jnode_put(part, "report", o);
    } else if (!r.rows_kept && r.superseded_by == 0) {
        (void)puts("  its rows are no longer kept; its sums are");
    } else if (p.more > 0) {
        (void)printf("  ... and %" PRId64 " more rows; --rows %" PRId64 " shows all\n", p.more, q->rows + p.more);
    }
    return rc;
}

/* ---- the item ---- */

static void print_item(const struct sheet *s, const struct received_item *item)
{
    char when[SHEET_TIME_MAX];

    (void)printf("Number %" PRId64 ": %s", item->id, enum_name(&received_outcome_names, (int)item->outcome));
    (void)printf("%s%s\n", item->reason[0] == '\0' ? "" : ", ", sheet_shown(s, item->reason));
    (void)printf("  came in %s by %s, %" PRId64 " bytes%s%s\n", sheet_time(item->time_ms, when),
                 sheet_shown(s, item->way), item->size, item->name[0] == '\0' ? "" : ", as ",
                 sheet_shown(s, item->name));
    if (item->sender[0] != '\0')
        (void)printf("  mail of %s, subject \"%s\", Message-ID %s\n", sheet_shown(s, item->sender),
                     sheet_shown(s, item->subject), sheet_or(s, item->message_id, "-"));
    (void)printf("  trust: %s\n", enum_name(&received_trust_names, (int)item->trust));
    if (item->trust == RECEIVED_UNPROVEN)
        (void)puts("  who sent it is not proven: it is shown separately and counts for nothing");
    (void)printf("  the original is %s\n", item->original ? "kept; --original prints it" : "no longer kept");
}

static void print_part(const struct sheet *s, const struct received_part *part)
{
    (void)printf("\n%s: %s%s%s\n", sheet_or(s, part->name, "-"), enum_name(&received_outcome_names, (int)part->outcome),
                 part->reason[0] == '\0' ? "" : ", ", sheet_shown(s, part->reason));
}

/* The report of a part, where there is one. */
static enum rc show_part(struct request *q, const struct sheet *s, const struct received_part *part, struct jnode *o,
                         struct err *e)
{
    enum rc rc;

    if (part->report == 0 || !(received_is_kept(part->outcome) || part->outcome == RECEIVED_EMPTY))
        return RC_OK;
    if (strcmp(part->kind, "failure") == 0)
        rc = received_show_failure(&q->p, s, part->report, o, e);
    else if (strcmp(part->kind, "tls") == 0)
        rc = received_show_tls(&q->p, s, part->report, q->rows, o, e);
    else
        return show_report(q, *s, part->report, o, e);
    if (rc == RC_NOTFOUND && o == NULL)
        (void)puts("  what it says is no longer kept");
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc show_all(struct request *q, struct err *e)
{
    const struct sheet s = {.a = q->p.arena, .to = stdout};
    struct jnode *root = NULL, *list = NULL;
    struct received_item item;
    struct received_part *part;
    size_t n;
    enum rc rc = journal_get(q->p.db, q->p.arena, q->number, &item, &part, &n, e);

    if (rc != RC_OK)
        return rc;
    if (q->common.json) {
        root = received_json(&item);
        jnode_bool(root, "original", item.original);
        list = jnode_array();
    } else {
        print_item(&s, &item);
    }
    for (size_t i = 0; rc == RC_OK && i < n; i++) {
        struct jnode *o = root == NULL ? NULL : jnode_object();

        if (o == NULL) {
            print_part(&s, &part[i]);
        } else {
            jnode_text(o, "name", part[i].name);
            jnode_text(o, "kind", part[i].kind);
            jnode_text(o, "outcome", enum_name(&received_outcome_names, (int)part[i].outcome));
            jnode_text(o, "reason", part[i].reason);
            jnode_append(list, o);
        }
        rc = show_part(q, &s, &part[i], o, e);
    }
    if (root != NULL) {
        jnode_put(root, "parts", list);
        jnode_print(root, stdout);
    }
    return rc;
}

static enum rc received_show_to_stdout(void *arg, struct str bytes, struct err *e)
{
    (void)arg;
    return terminal_copy(bytes.p, bytes.n) ? RC_OK : err_set(e, RC_IO, "cannot be written out");
}

static enum rc print_original(struct request *q, struct err *e)
{
    struct str packed;
    enum rc rc = journal_original(q->p.db, q->p.arena, q->number, &packed, e);

    return rc == RC_OK ? archive_unpack(packed, ORIGINAL_MAX, received_show_to_stdout, NULL, e) : rc;
}

static int received_show_answer(struct request *q)
{
    struct err e = ERR_NONE;
    int code = received_open(&received_show, &q->common, q->database, &q->p);
    enum rc rc = RC_OK;

    if (code == EX_OK)
        rc = q->original ? print_original(q, &e) : show_all(q, &e);
    if (rc != RC_OK)
        code = cli_fail(&received_show, rc == RC_NOTFOUND ? EX_UNAVAILABLE : EX_NOINPUT, "%s", e.text);
    received_close(&q->p);
    return code;
}

static int received_show_run(int argc, char **argv)
{
    static const struct option options[] = {
        RECEIVED_LONG_OPTIONS, {"original", no_argument, NULL, OPT_ORIGINAL},
        {"rows", required_argument, NULL, OPT_ROWS}, {NULL, 0, NULL, 0},
    };
    struct request q = {.rows = ROWS};
    uint32_t number;
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &received_show, opt))
            continue;
        if (opt == OPT_ORIGINAL)
            q.original = true;
        else if (opt == OPT_ROWS && !str_to_u32(str_of(optarg), &q.rows))
            return cli_usage(&received_show, "--rows \"%s\" is not a number", optarg);
        else if (opt == RECEIVED_OPT_DATABASE)
            q.database = optarg;
    }
    if (optind + 1 != argc || !str_to_u32(str_of(argv[optind]), &number))
        return cli_usage(&received_show, "name one number of \"assay received list\"");
    q.number = number;
    return received_show_answer(&q);
}

const struct subcommand received_show = {
    .name = "received show",
    .run = received_show_run,
    .usage = "NUMBER",
    .summary = "One mail or file that came in, with the reports in it, in words",
    .help = "  --rows N                at most N rows of each report, or policies and details (200)\n"
            "  --original              print what came in as it came, while it is kept\n"
            RECEIVED_HELP,
};
