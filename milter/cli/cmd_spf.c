/* assay spf - what SPF says of one client and sender. */
#include <stdio.h>
#include <time.h>

#include "cli/cli.h"
#include "formats/json.h"
#include "spf/spf.h"

enum { OPT_IP = CLI_OPT_OWN, OPT_HELO, OPT_FROM, ARENA_MAX = 16 * 1024 * 1024 };

struct arguments {
    struct cli_common common;
    const char *ip, *helo;
    struct str from; /* without angle brackets */
};

static const struct option options[] = {
    CLI_LONG_OPTIONS, CLI_DNS_OPTIONS,
    {"ip", required_argument, NULL, OPT_IP},
    {"helo", required_argument, NULL, OPT_HELO},
    {"from", required_argument, NULL, OPT_FROM},
    {NULL, 0, NULL, 0},
};

/* What each result means to somebody who has a ticket, not an RFC. */
static const char *cmd_spf_meaning(enum spf_result result)
{
    static const char *const words[] = {
        [SPF_NONE] = "there is no SPF record for this domain",
        [SPF_NEUTRAL] = "the domain says neither yes nor no to this address",
        [SPF_PASS] = "the domain allows this address to send its mail",
        [SPF_FAIL] = "the domain says this address may not send its mail",
        [SPF_SOFTFAIL] = "the domain says this address probably may not send its mail",
        [SPF_TEMPERROR] = "DNS did not answer; a later try may give another result",
        [SPF_PERMERROR] = "the domain's SPF record is wrong and must be mended by its owner",
    };

    return words[result];
}

static void cmd_spf_print_json(const struct spf_evidence *spf)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "result", enum_name(&spf_result_names, (int)spf->result));
    jnode_text(o, "explanation", spf->explanation);
    jnode_text(o, "mechanism", spf->mechanism);
    jnode_text(o, "mechanism_domain", spf->mechanism_domain);
    jnode_text(o, "leaf", spf->leaf);
    jnode_text(o, "leaf_domain", spf->leaf_domain);
    jnode_text(o, "domain", spf->domain);
    jnode_bool(o, "from_helo", spf->from_helo);
    jnode_int(o, "lookups", spf->lookups);
    jnode_int(o, "void_lookups", spf->void_lookups);
    jnode_text(o, "problem", spf->problem);
    jnode_print(o, stdout);
}

/* One line of text that may hold foreign bytes. */
static void print_line(const char *label, const char *text)
{
    char mem[4096];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_put_escaped(&b, str_of(text), 1000);
    (void)printf("  %-12s %s\n", label, mem);
}

static void print_match(const char *label, const char *directive, const char *domain)
{
    char mem[4096];
    struct strbuf b = STRBUF_ON(mem);

    if (str_eq(str_of(directive), STR("default")))
        strbuf_puts(&b, "nothing that matched");
    else
        strbuf_put_escaped(&b, str_of(directive), 400);
    strbuf_puts(&b, " in the SPF record of ");
    strbuf_put_escaped(&b, str_of(domain), 400);
    (void)printf("  %-12s %s\n", label, mem);
}

static void cmd_spf_print_text(const struct arguments *args, const struct spf_evidence *spf)
{
    (void)printf("SPF %s: %s\n\n", enum_name(&spf_result_names, (int)spf->result), cmd_spf_meaning(spf->result));
    print_line("domain", spf->domain);
    print_line("taken from", spf->from_helo ? "HELO, as MAIL FROM is empty" : "MAIL FROM");
    print_line("client", args->ip);
    if (spf->mechanism[0] != '\0')
        print_match("decided by", spf->mechanism, spf->mechanism_domain);
    if (!str_eq(str_of(spf->leaf_domain), str_of(spf->mechanism_domain)))
        print_match("and there by", spf->leaf, spf->leaf_domain);
    if (spf->problem[0] != '\0')
        (void)printf("  %-12s %s\n", "problem", spf->problem); /* escaped already */
    if (spf->explanation[0] != '\0')
        print_line("they say", spf->explanation);
    (void)printf("  %-12s %u (10 allowed), %u of them without an answer (2 allowed)\n", "DNS lookups",
                 spf->lookups, spf->void_lookups);
}

static int cmd_spf_evaluate(const struct arguments *args, const struct spf_request *req, struct dns *dns,
                            int timeout_ms)
{
    struct arena *arena = arena_new(ARENA_MAX);
    struct dns_scope *scope = dns_scope_new(dns, timeout_ms);
    struct spf_evidence spf;
    int code = EX_OK;

    if (arena == NULL || scope == NULL) {
        code = cli_fail(&cmd_spf, EX_OSERR, "out of memory");
    } else {
        spf_evaluate(arena, req, scope, &spf);
        if (args->common.json)
            cmd_spf_print_json(&spf);
        else
            cmd_spf_print_text(args, &spf);
    }
    dns_scope_free(scope);
    arena_free(arena);
    return code;
}

static int open_and_evaluate(const struct arguments *args, struct spf_request *req)
{
    struct config *config = cli_config(&args->common);
    struct err e = ERR_NONE;
    struct dns *dns;
    int code;

    if (config == NULL)
        return EX_CONFIG;
    req->receiver = config->authserv_id;
    dns = cli_dns(&args->common, config);
    if (dns == NULL)
        code = EX_NOINPUT;
    else if (spf_init(&e) != RC_OK)
        code = cli_fail(&cmd_spf, EX_SOFTWARE, "%s", e.text);
    else
        code = cmd_spf_evaluate(args, req, dns, (int)config->dns_timeout * 1000);
    dns_close(dns);
    config_free(config);
    return code;
}

/* As it is, or as a log or a header shows it: in angle brackets. */
static struct str bare_path(struct str from)
{
    bool bracketed = from.n >= 2 && from.p[0] == '<' && from.p[from.n - 1] == '>';

    return bracketed ? (struct str){from.p + 1, from.n - 2} : from;
}

static int cmd_spf_run(int argc, char **argv)
{
    struct arguments args = {.ip = NULL};
    struct spf_request req;
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        switch (opt) {
        case OPT_IP: args.ip = optarg; break;
        case OPT_HELO: args.helo = optarg; break;
        case OPT_FROM: args.from = bare_path(str_of(optarg)); break;
        default: (void)cli_common_option(&args.common, &cmd_spf, opt);
        }
    }
    if (optind < argc)
        return cli_usage(&cmd_spf, "unexpected argument \"%s\"", argv[optind]);
    if (args.ip == NULL || args.helo == NULL || args.from.p == NULL)
        return cli_usage(&cmd_spf, "--ip, --helo and --from are all needed");
    req = (struct spf_request){
        .helo = str_of(args.helo), .mail_from = args.from, .now = (int64_t)time(NULL)};
    if (!ip_parse(str_of(args.ip), &req.ip))
        return cli_usage(&cmd_spf, "--ip \"%s\" is not an IPv4 or IPv6 address", args.ip);
    return open_and_evaluate(&args, &req);
}

const struct subcommand cmd_spf = {
    .name = "spf",
    .run = cmd_spf_run,
    .pages = true,
    .asks_dns = true,
    .usage = "--ip ADDRESS --helo NAME --from ADDRESS",
    .summary = "What SPF (RFC 7208) says of a client and sender",
    .help = "  --ip ADDRESS            the client, IPv4 or IPv6\n"
            "  --helo NAME             what it said in HELO or EHLO\n"
            "  --from ADDRESS          MAIL FROM; \"\" for the null sender, then HELO is checked\n",
};
