/* assay dmarc - a DMARC evaluation step by step; also how a record is read, and where reports may go. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/dmarc/dmarc_show.h"
#include "dmarc/dmarc_gather.h"
#include "dmarc/dmarc_opendmarc.h"
#include "mail/domain.h"

enum { ARENA_MAX = 16 * 1024 * 1024 };

enum { OPT_FROM = CLI_OPT_OWN, OPT_SPF, OPT_DKIM, OPT_RECORD, OPT_EXTERNAL, OPT_POLICY_DOMAIN, OPT_TAG };

static const struct option options[] = {
    CLI_LONG_OPTIONS, CLI_DNS_OPTIONS,
    {"header-from", required_argument, NULL, OPT_FROM},
    {"spf", required_argument, NULL, OPT_SPF},
    {"dkim", required_argument, NULL, OPT_DKIM},
    {"record", required_argument, NULL, OPT_RECORD},
    {"external", required_argument, NULL, OPT_EXTERNAL},
    {"policy-domain", required_argument, NULL, OPT_POLICY_DOMAIN},
    {"tag", required_argument, NULL, OPT_TAG},
    {NULL, 0, NULL, 0},
};

/* What the command line asks. */
struct question {
    struct cli_common common;
    struct arena *arena;
    struct str *from;          /* From field bodies */
    size_t from_count;
    struct evidence found;     /* the spf and dkim results given; then what DNS has */
    struct dmarc_identifier *ids; /* made of them */
    size_t id_count;
    const char *record;        /* --record */
    const char *external;      /* --external, with the two below */
    const char *policy_domain;
    bool ruf;
};

/* RESULT[:DOMAIN]; false after saying why. */
static bool read_result(struct question *q, const char *option, const struct enum_names *names, int *result,
                        const char **domain)
{
    struct str text = str_of(optarg);
    size_t colon = str_find(text, ':');
    struct str name = str_slice(text, colon + 1, text.n);

    *domain = "";
    if (!enum_value(names, str_slice(text, 0, colon), result)) {
        (void)cli_usage(&cmd_dmarc, "%s takes RESULT:DOMAIN, and \"%s\" does not begin with a result", option, optarg);
        return false;
    }
    if (name.n > 0 && domain_normalize(q->arena, name, domain) != RC_OK) {
        (void)cli_usage(&cmd_dmarc, "\"%s\" after %s does not end in a domain name", optarg, option);
        return false;
    }
    return true;
}

static bool take_spf(struct question *q)
{
    int result = SPF_NONE;

    if (!read_result(q, "--spf", &spf_result_names, &result, &q->found.spf.domain))
        return false;
    q->found.spf.checked = true;
    q->found.spf.result = (enum spf_result)result;
    return true;
}

static bool take_dkim(struct question *q)
{
    struct dkim_signature *s = &q->found.dkim.sig[q->found.dkim.n];
    int result = DKIM_NONE;

    if (!read_result(q, "--dkim", &dkim_result_names, &result, &s->domain))
        return false;
    s->result = (enum dkim_result)result;
    q->found.dkim.n++;
    return true;
}

static bool take_tag(struct question *q)
{
    q->ruf = strcmp(optarg, "ruf") == 0;
    if (q->ruf || strcmp(optarg, "rua") == 0)
        return true;
    (void)cli_usage(&cmd_dmarc, "--tag is rua or ruf, not \"%s\"", optarg);
    return false;
}

static bool take_policy_domain(struct question *q)
{
    if (domain_normalize(q->arena, str_of(optarg), &q->policy_domain) == RC_OK)
        return true;
    (void)cli_usage(&cmd_dmarc, "--policy-domain \"%s\" is not a domain name", optarg);
    return false;
}

static bool cmd_dmarc_take_option(struct question *q, int opt)
{
    switch (opt) {
    case OPT_FROM: q->from[q->from_count++] = str_of(optarg); return true;
    case OPT_SPF: return take_spf(q);
    case OPT_DKIM: return take_dkim(q);
    case OPT_RECORD: q->record = optarg; return true;
    case OPT_EXTERNAL: q->external = optarg; return true;
    case OPT_POLICY_DOMAIN: return take_policy_domain(q);
    case OPT_TAG: return take_tag(q);
    default: return cli_common_option(&q->common, &cmd_dmarc, opt);
    }
}

/* ---- the three questions; each answers a sysexits code ---- */

static int internal(enum rc rc)
{
    return rc == RC_OK ? EX_OK : cli_fail(&cmd_dmarc, EX_SOFTWARE, "the input is beyond what fits in memory");
}

static int answer_record(struct question *q)
{
    struct dmarc_record record;
    enum rc rc = dmarc_record_parse(q->arena, str_of(q->record), &record);
    const struct dmarc_record *found = rc == RC_OK ? &record : NULL;

    if (rc == RC_LIMIT)
        return cli_fail(&cmd_dmarc, EX_DATAERR, "the record is longer than %d bytes", DMARC_RECORD_MAX);
    if (rc == RC_NOMEM)
        return internal(rc);
    if (q->common.json)
        jnode_print(dmarc_record_json(found), stdout);
    else
        dmarc_record_explain(found);
    return EX_OK;
}

static int answer_external(struct question *q, struct dns_scope *dns)
{
    struct dmarc_external x;
    enum rc rc = dmarc_external_check(q->arena, q->policy_domain, q->external, q->ruf, dns, &x);

    if (rc != RC_OK)
        return internal(rc);
    if (q->common.json)
        jnode_print(dmarc_external_json(&x), stdout);
    else
        dmarc_external_explain(&x);
    return EX_OK;
}

static enum rc cmd_dmarc_evaluate(struct question *q, const struct config *c, struct dns_scope *dns,
                                  struct dmarc_verdict *v)
{
    struct from_domains from;
    struct dmarc_request r = {.from = &from, .max_authors = c->max_author_domains, .whole_walk = true};
    enum rc rc = from_read(q->arena, q->from, q->from_count, &from);

    if (rc == RC_OK)
        rc = evidence_identifiers(q->arena, &q->found, &q->ids, &q->id_count);
    if (rc != RC_OK)
        return rc;
    r.ids = q->ids;
    r.id_count = q->id_count;
    rc = dmarc_gather(q->arena, &r, dns, &q->found.dmarc);
    if (rc != RC_OK)
        return rc;
    return dmarc_evaluate(q->arena, &q->found.dmarc, q->ids, q->id_count, c, v);
}

static int answer_message(struct question *q, const struct config *c, struct dns_scope *dns)
{
    struct dmarc_verdict v;
    enum rc rc = cmd_dmarc_evaluate(q, c, dns, &v);
    struct dmarc_shown s = {.evidence = &q->found.dmarc, .verdict = &v, .ids = q->ids, .id_count = q->id_count};

    if (rc != RC_OK)
        return internal(rc);
    if (q->common.json)
        jnode_print(dmarc_json(&s), stdout);
    else
        dmarc_explain(q->arena, &s);
    return EX_OK;
}

static int answer_with_dns(struct question *q, const struct config *c, struct dns *dns)
{
    struct dns_scope *scope = dns_scope_new(dns, (int)c->dns_timeout * 1000);
    int code;

    if (scope == NULL)
        return internal(RC_NOMEM);
    code = q->external != NULL ? answer_external(q, scope) : answer_message(q, c, scope);
    dns_scope_free(scope);
    return code;
}

static int cmd_dmarc_answer(struct question *q)
{
    struct config *c;
    struct dns *dns;
    int code = EX_NOINPUT;

    if (q->record != NULL)
        return answer_record(q);
    c = cli_config(&q->common);
    if (c == NULL)
        return EX_CONFIG;
    dns = cli_dns(&q->common, c);
    if (dns != NULL)
        code = answer_with_dns(q, c, dns);
    dns_close(dns);
    config_free(c);
    return code;
}

static int cmd_dmarc_ask(struct question *q, int argc, char **argv)
{
    struct err e = ERR_NONE;
    int opt;

    q->from = arena_array(q->arena, (size_t)argc, sizeof *q->from);
    q->found.dkim.sig = arena_array(q->arena, (size_t)argc, sizeof *q->found.dkim.sig);
    if (q->from == NULL || q->found.dkim.sig == NULL)
        return internal(RC_NOMEM);
    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        if (!cmd_dmarc_take_option(q, opt))
            return EX_USAGE;
    if (argc == 1)
        return cli_usage(&cmd_dmarc, "name a From field (--header-from), a --record or an --external address");
    if (optind < argc)
        return cli_usage(&cmd_dmarc, "\"%s\" is not an option", argv[optind]);
    if ((q->external != NULL) != (q->policy_domain != NULL))
        return cli_usage(&cmd_dmarc, "--external and --policy-domain go together");
    if (dmarc_opendmarc_init(&e) != RC_OK)
        return cli_fail(&cmd_dmarc, EX_SOFTWARE, "%s", e.text);
    return cmd_dmarc_answer(q);
}

static int cmd_dmarc_run(int argc, char **argv)
{
    struct question q = {.arena = arena_new(ARENA_MAX), .found.spf.domain = ""};
    int code = q.arena == NULL ? internal(RC_NOMEM) : cmd_dmarc_ask(&q, argc, argv);

    arena_free(q.arena);
    return code;
}

const struct subcommand cmd_dmarc = {
    .name = "dmarc",
    .run = cmd_dmarc_run,
    .pages = true,
    .asks_dns = true,
    .usage = "--header-from FIELD [--spf RESULT:DOMAIN] [--dkim RESULT:DOMAIN] ...",
    .summary = "Evaluate DMARC (RFC 9989) and show every step",
    .help = "  --header-from FIELD     body of a From field, whole; again for a second field\n"
            "  --spf RESULT:DOMAIN     SPF result of the MAIL FROM domain\n"
            "  --dkim RESULT:DOMAIN    result of a DKIM signature and its d=; again for each\n"
            "Instead of a message:\n"
            "  --record TEXT           show how a DMARC record is read, with its mistakes\n"
            "  --external URI          may reports about the domain below go to this URI?\n"
            "  --policy-domain NAME    where the record with the URI stands\n"
            "  --tag rua|ruf           which kind of reports: aggregate (rua, the default) or failure\n",
};
