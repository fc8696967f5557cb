/* assay policy-stage - whether a domain's policy may become stricter, and by which record. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/watch/watch.h"
#include "dmarc/dmarc_record.h"
#include "episodes/approvals.h"
#include "mail/domain.h"
#include "watch/records.h"

enum { RECORD_MAX = 2048, STAGE_DAYS = 28, EX_NOT_READY = 1 };

struct stage {
    struct cli_common common;
    struct report_place place;
    const char *domain;
    struct watch_domain facts;
    struct watch_readiness r;
    const char *approve, *ticket, *day; /* --approve, --ticket, --day; "" none */
    struct exception *exception;
    struct approval *approval;  /* the newest first */
    size_t exceptions, approvals;
    bool by_record;             /* no report says which policy it has, DNS does */
    const char *record, *next; /* the one published last, as far as is known; "" none.  The one to publish */
};

/* ---- the record ---- */

/* A tag of the record as it stands, "name=value"; true for one that the next stage replaces. */
static bool stage_replaces(struct str tag)
{
    struct str name = str_trim(str_slice(tag, 0, str_find(tag, '=')));

    return str_eq_nocase(name, STR("v")) || str_eq_nocase(name, STR("p")) || str_eq_nocase(name, STR("t")) ||
           str_eq_nocase(name, STR("pct"));
}

/* What is published, with p and t of the next stage; pct is gone with RFC 9989. */
static const char *stage_record(struct arena *a, const char *record, enum watch_stage next)
{
    struct strbuf b = strbuf_new(a, RECORD_MAX);
    struct str rest = str_of(record);

    strbuf_putf(&b, "v=DMARC1; %s", enum_name(&watch_stage_names, (int)next));
    while (rest.n > 0) {
        size_t end = str_find(rest, ';');
        struct str tag = str_trim(str_slice(rest, 0, end));

        rest = str_slice(rest, end + 1, rest.n);
        if (tag.n > 0 && !stage_replaces(tag))
            strbuf_putf(&b, "; %.*s", STR_FMT(tag));
    }
    return b.over ? NULL : b.p;
}

/* ---- the answer ---- */

static bool stage_is_share(enum watch_condition c)
{
    return c == WATCH_EACH_PASSES || c == WATCH_TOGETHER_PASS;
}

/* What must not be is counted below zero. */
static int64_t stage_count(int64_t value)
{
    return value < 0 ? -value : value;
}

/* What there is of a condition, and what is wanted. */
static void stage_print_figures(const struct stage *s, enum watch_condition c)
{
    int64_t have = stage_count(s->r.condition[c].have), want = stage_count(s->r.condition[c].want);
    const char *which = s->r.condition[c].which;
    bool met = s->r.condition[c].met;

    switch (c) {
    case WATCH_EACH_PASSES:
    case WATCH_TOGETHER_PASS:
        if (s->r.condition[c].have < 0) {
            (void)printf(": none sent mail");
            break;
        }
        (void)printf(": %" PRId64 ".%" PRId64 " %%%s%s", have / 100, have % 100 / 10, which[0] == '\0' ? "" : ", ",
                     which);
        if (!met)
            (void)printf(" (%" PRId64 ".%" PRId64 " %% wanted)", want / 100, want % 100 / 10);
        break;
    case WATCH_NO_FAILURE_OPEN:
        if (!met)
            (void)printf(": %s fails", which);
        break;
    case WATCH_ALL_DECIDED:
    case WATCH_NOTHING_NEW:
        if (!met)
            (void)printf(": %" PRId64 " %s, such as %s", have,
                         c == WATCH_NOTHING_NEW ? "are there" : "wait for a decision", which);
        break;
    case WATCH_REST_IS_FORGED:
        if (!met)
            (void)printf(": %" PRId64 " messages are not, such as of %s (at most %" PRId64 ")", have, which, want);
        break;
    default:
        (void)printf(": %" PRId64, have);
        if (!met)
            (void)printf(" (%" PRId64 " wanted)", want);
        break;
    }
}

static void stage_print_condition(const struct stage *s, enum watch_condition c)
{
    (void)printf("  %-3s  %s", s->r.condition[c].met ? "yes" : "NO", enum_name(&watch_condition_names, (int)c));
    stage_print_figures(s, c);
    (void)puts("");
}

/* What would have been blocked, by source. */
static void stage_print_blocked(const struct stage *s, int64_t at)
{
    for (size_t i = 0; i < s->facts.sources; i++) {
        struct watch_sum sum = watch_sum_of(&s->facts.source[i], at, STAGE_DAYS);

        if (sum.messages > sum.passed)
            (void)printf("    %8" PRId64 "  %s (%s)\n", sum.messages - sum.passed, s->facts.source[i].name,
                         enum_name(&watch_status_names,
                                   (int)watch_status_on(&s->facts.source[i], s->facts.first_day + at)));
    }
}

/* What the client decided of it so far. */
static void stage_print_decisions(const struct stage *s)
{
    char day[11];

    for (size_t i = 0; i < s->exceptions; i++) {
        const struct exception *x = &s->exception[i];

        watch_day_text(x->until_day, day);
        (void)printf("\n  Exception%s%s until %s, of %s: %s\n    risk: %s\n",
                     x->source[0] == '\0' ? "" : " for ", x->source, day, x->owner, x->reason, x->risk);
    }
    for (size_t i = 0; i < s->approvals; i++) {
        const struct approval *x = &s->approval[i];

        watch_day_text(x->day, day);
        (void)printf("%s  %s agreed to %s on %s%s%s\n", i == 0 ? "\n" : "", x->approver, x->stage, day,
                     x->ticket[0] == '\0' ? "" : ", ticket ", x->ticket);
    }
}

static void stage_print(const struct stage *s, int64_t at)
{
    (void)printf("%s: now %s%s%s", s->domain, s->facts.policy[0] == '\0' ? "not known, taken as " : "",
                 enum_name(&watch_stage_names, (int)s->r.now), s->by_record ? " (by its record; no report says)" : "");
    if (s->r.now == s->r.next) {
        (void)puts(", which is the strictest: nothing is left to do.");
        stage_print_decisions(s);
        return;
    }
    (void)printf(", next %s: %s\n\n", enum_name(&watch_stage_names, (int)s->r.next),
                 s->r.ready ? "READY" : "not ready");
    for (int c = 0; c < WATCH_CONDITION_COUNT; c++)
        stage_print_condition(s, (enum watch_condition)c);
    (void)printf("\n  By reports of 28 days it would have blocked %" PRId64 " messages%s\n", s->r.blocked,
                 s->r.blocked > 0 ? ", by source:" : "; of mail that came in here assay what-if tells.");
    stage_print_blocked(s, at);
    (void)printf("\n  To publish at _dmarc.%s:\n    %s\n", s->domain, s->next);
    if (s->record[0] == '\0')
        (void)puts(
            "  The record published now is not known here: keep its other tags (rua, ruf, adkim, aspf, sp, np).");
    if (s->r.next == WATCH_STAGE_TESTING)
        (void)puts("  Receivers that do not know t=y yet quarantine all of it; pct=0 in its place asks those of "
                   "RFC 7489 to wait.");
    stage_print_decisions(s);
}

static struct jnode *stage_approval_json(const struct approval *x)
{
    struct jnode *o = jnode_object();
    char day[11];

    watch_day_text(x->day, day);
    jnode_text(o, "stage", x->stage);
    jnode_text(o, "approver", x->approver);
    jnode_text(o, "day", day);
    jnode_text(o, "ticket", x->ticket);
    jnode_text(o, "who", x->who);
    return o;
}

static void stage_print_json(const struct stage *s)
{
    struct jnode *o = jnode_object(), *list = jnode_array();

    jnode_text(o, "domain", s->domain);
    jnode_text(o, "now", enum_name(&watch_stage_names, (int)s->r.now));
    jnode_text(o, "next", enum_name(&watch_stage_names, (int)s->r.next));
    jnode_bool(o, "ready", s->r.ready);
    for (int c = 0; c < WATCH_CONDITION_COUNT; c++) {
        struct jnode *one = jnode_object();

        jnode_text(one, "condition", enum_name(&watch_condition_names, c));
        jnode_bool(one, "met", s->r.condition[c].met);
        if (stage_is_share((enum watch_condition)c) && s->r.condition[c].have < 0)
            jnode_text(one, "have", NULL); /* of nothing there is no share */
        else
            jnode_int(one, "have", stage_count(s->r.condition[c].have));
        jnode_int(one, "want", stage_count(s->r.condition[c].want));
        jnode_text(one, "source", s->r.condition[c].which);
        jnode_append(list, one);
    }
    jnode_put(o, "conditions", list);
    jnode_int(o, "blocked", s->r.blocked);
    jnode_text(o, "record", s->next);
    list = jnode_array();
    for (size_t i = 0; i < s->exceptions; i++)
        jnode_append(list, watch_exception_json(&s->exception[i]));
    jnode_put(o, "exceptions", list);
    list = jnode_array();
    for (size_t i = 0; i < s->approvals; i++)
        jnode_append(list, stage_approval_json(&s->approval[i]));
    jnode_put(o, "approvals", list);
    jnode_print(o, stdout);
}

/* Exceptions in force and who agreed; with --approve one more of these, to the next stage. */
static enum rc stage_decisions(struct stage *s, const struct client *client, struct err *e)
{
    enum { APPROVALS_SHOWN = 20 };
    const struct exception_filter f = {.client = client->name, .domain = s->domain, .source = "", .any_source = true};
    struct approval x = {.client = client->name, .domain = s->domain, .approver = s->approve, .ticket = s->ticket,
                         .stage = enum_name(&watch_stage_names, (int)s->r.next), .time_ms = clock_wall_ms(),
                         .who = watch_who()};
    enum rc rc = RC_OK;

    x.day = x.time_ms / CLOCK_DAY_MS;
    if (s->day[0] != '\0')
        (void)watch_parse_day(s->day, &x.day); /* it was looked at before */
    if (s->approve[0] != '\0')
        rc = approvals_add(s->place.db, &x, e);
    if (rc == RC_OK)
        rc = exceptions_list(s->place.db, s->place.arena, &f, EXCEPTIONS_MAX, &s->exception, &s->exceptions, e);
    return rc == RC_OK ? approvals_list(s->place.db, s->place.arena, s->domain, APPROVALS_SHOWN, &s->approval,
                                        &s->approvals, e)
                       : rc;
}

static int stage_answer(struct stage *s)
{
    struct watch_round round = watch_round_of(&s->place, "");
    struct watch_episode *found;
    bool parked;
    const struct client *client = clients_listing(s->place.config->clients, s->domain, &parked);
    struct err e = ERR_NONE;
    int64_t at = WATCH_USUAL_DAYS - 1 - WATCH_LAG_DAYS;
    size_t n;
    enum rc rc;

    if (client == NULL)
        return cli_fail(&cmd_policystage, EX_NOINPUT, "%s: ClientsFile has no client with this domain", s->domain);
    rc = watch_look(&round, client, s->domain, parked, s->place.arena, &s->facts, &found, &n, &e);
    if (rc == RC_OK) {
        bool told = s->facts.policy[0] != '\0';

        rc = records_policy(s->place.db, s->place.arena, &s->facts, &s->record, &e);
        s->by_record = !told && s->facts.policy[0] != '\0';
    }
    if (rc == RC_OK) {
        watch_readiness_of(&s->facts, found, n, at, &s->r);
        if (s->approve[0] != '\0' && s->r.next == s->r.now)
            return cli_usage(&cmd_policystage, "there is no stricter stage to approve");
        s->next = stage_record(s->place.arena, s->record, s->r.next);
        if (s->next == NULL)
            rc = err_set(&e, RC_NOMEM, "no memory for a record");
    }
    if (rc == RC_OK)
        rc = stage_decisions(s, client, &e);
    if (rc != RC_OK)
        return cli_fail(&cmd_policystage, rc == RC_IO ? EX_NOPERM : EX_TEMPFAIL, "%s", e.text);
    if (s->common.json)
        stage_print_json(s);
    else
        stage_print(s, at);
    return s->r.ready || s->r.now == s->r.next ? EX_OK : EX_NOT_READY;
}

static int stage_check(const struct stage *s)
{
    int64_t day;

    if (s->approve[0] == '\0' && (s->ticket[0] != '\0' || s->day[0] != '\0'))
        return cli_usage(&cmd_policystage, "--ticket and --day are for --approve");
    if (watch_check_text(&cmd_policystage, "--approve", s->approve, APPROVAL_TEXT_MAX) != EX_OK ||
        watch_check_text(&cmd_policystage, "--ticket", s->ticket, APPROVAL_TEXT_MAX) != EX_OK)
        return EX_USAGE;
    if (s->day[0] != '\0' && (!watch_parse_day(s->day, &day) || day > clock_wall_ms() / CLOCK_DAY_MS))
        return cli_usage(&cmd_policystage, "--day \"%s\" is not a day that was; write YYYY-MM-DD", s->day);
    return EX_OK;
}

static int cmd_policystage_run(int argc, char **argv)
{
    enum { OPT_APPROVE = WATCH_OPT_OWN, OPT_TICKET, OPT_DAY };
    static const struct option options[] = {REPORT_LONG_OPTIONS, {"approve", required_argument, NULL, OPT_APPROVE},
                                            {"ticket", required_argument, NULL, OPT_TICKET},
                                            {"day", required_argument, NULL, OPT_DAY}, {NULL, 0, NULL, 0}};
    struct stage s = {.domain = "", .approve = "", .ticket = "", .day = ""};
    const char *database = NULL;
    int opt, code;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&s.common, &cmd_policystage, opt))
            continue;
        switch (opt) {
        case OPT_APPROVE:
            if (optarg[0] == '\0')
                return cli_usage(&cmd_policystage, "--approve names nobody");
            s.approve = optarg;
            break;
        case OPT_TICKET: s.ticket = optarg; break;
        case OPT_DAY: s.day = optarg; break;
        default: database = optarg; break;
        }
    }
    if (optind + 1 != argc)
        return cli_usage(&cmd_policystage, "name a domain");
    code = stage_check(&s);
    if (code == EX_OK)
        code = report_open(&cmd_policystage, &s.common, database, s.approve[0] != '\0', &s.place);
    if (code == EX_OK && domain_normalize(s.place.arena, str_of(argv[optind]), &s.domain) != RC_OK)
        code = cli_usage(&cmd_policystage, "\"%s\" is not a domain name", argv[optind]);
    if (code == EX_OK)
        code = stage_answer(&s);
    report_close(&s.place);
    return code;
}

const struct subcommand cmd_policystage = {
    .name = "policy-stage",
    .run = cmd_policystage_run,
    .usage = "DOMAIN",
    .summary = "Whether a domain's DMARC policy may become stricter, why not, and by which record",
    .help = "  --approve WHO           notes that WHO agreed to the next stage\n"
            "  --day DAY               on which it was agreed to, YYYY-MM-DD; today when it is not given\n"
            "  --ticket TICKET         under which it was agreed to\n"
            REPORT_HELP,
};
