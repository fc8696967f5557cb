/* assay domain - what is wrong with a domain's records, what it breaks, what to publish. */
#include <string.h>

#include "base/clock.h"
#include "cli/domain/domain_desk.h"

enum {
    OPT_KNOWN = CLI_OPT_OWN, OPT_SELECTOR, OPT_PARKED, OPT_HTTPS, OPT_RECORD_HTTPS, OPT_NOW, OPT_FLATTEN, OPT_APPLY,
    OPT_LOOKALIKES, OPT_TLDS, OPT_RECORDS, OPT_FAIL_ON,
    OPT_PROPAGATION, OPT_HOSTED, OPT_ALL, OPT_CLIENT, OPT_SINCE, OPT_KEEP
};
enum { FLAT_BYTES = 450 };
static const struct option options[] = {
    CLI_LONG_OPTIONS, CLI_DNS_OPTIONS,
    {"known", required_argument, NULL, OPT_KNOWN},
    {"selector", required_argument, NULL, OPT_SELECTOR},
    {"parked", no_argument, NULL, OPT_PARKED},
    {"https", required_argument, NULL, OPT_HTTPS},
    {"record-https", required_argument, NULL, OPT_RECORD_HTTPS},
    {"now", required_argument, NULL, OPT_NOW},
    {"flatten", optional_argument, NULL, OPT_FLATTEN},
    {"apply", required_argument, NULL, OPT_APPLY},
    {"lookalikes", no_argument, NULL, OPT_LOOKALIKES},
    {"tlds", required_argument, NULL, OPT_TLDS},
    {"records", no_argument, NULL, OPT_RECORDS},
    {"fail-on", required_argument, NULL, OPT_FAIL_ON},
    {"propagation", no_argument, NULL, OPT_PROPAGATION},
    {"hosted", no_argument, NULL, OPT_HOSTED},
    {"all", no_argument, NULL, OPT_ALL},
    {"client", required_argument, NULL, OPT_CLIENT},
    {"since", required_argument, NULL, OPT_SINCE},
    {"keep", no_argument, NULL, OPT_KEEP},
    {NULL, 0, NULL, 0},
};

/* ---- arguments ---- */

static int take_number(const char *text, unsigned *out, unsigned least, unsigned most, const char *option)
{
    uint32_t n;

    if (!str_to_u32(str_of(text), &n) || n < least || n > most)
        return cli_usage(&cmd_domain, "%s takes a number from %u to %u", option, least, most);
    *out = n;
    return EX_OK;
}

static int take_apply(struct domain_arguments *args, const char *text)
{
    for (struct str rest = str_of(text); rest.n > 0; rest = str_slice(rest, str_find(rest, ',') + 1, rest.n)) {
        struct str one = str_slice(rest, 0, str_find(rest, ','));

        if (str_eq(one, STR("useless")))
            args->useless = true;
        else if (str_eq(one, STR("unseen")))
            args->unseen = true;
        else
            return cli_usage(&cmd_domain, "--apply takes useless, unseen or both with a comma");
    }
    return EX_OK;
}

static int take_tlds(struct domain_arguments *args, char *text)
{
    for (char *next; text != NULL && *text != '\0'; text = next) {
        next = strchr(text, ',');
        if (next != NULL)
            *next++ = '\0';
        if (args->tlds == DOMAIN_TLDS_MAX)
            return cli_usage(&cmd_domain, "more than %d top-level domains", DOMAIN_TLDS_MAX);
        args->tld[args->tlds++] = text;
    }
    return EX_OK;
}

static int take_now(struct domain_arguments *args, const char *text)
{
    int64_t ms;
    uint32_t seconds;

    if (str_to_u32(str_of(text), &seconds))
        args->now = seconds;
    else if (cli_since(text, clock_wall_ms(), &ms))
        args->now = ms / 1000;
    else
        return cli_usage(&cmd_domain, "--now takes a day, as 2026-11-25, or seconds since 1970");
    return EX_OK;
}

static int cmd_domain_take_option(struct domain_arguments *args, int opt)
{
    switch (opt) {
    case OPT_KNOWN: args->known = optarg; break;
    case OPT_PARKED: args->parked = true; break;
    case OPT_HTTPS: args->https = optarg; break;
    case OPT_RECORD_HTTPS: args->record_https = optarg; break;
    case OPT_LOOKALIKES: args->lookalikes = true; break;
    case OPT_RECORDS: args->records = true; break;
    case OPT_PROPAGATION: args->propagation = true; break;
    case OPT_HOSTED: args->hosted = true; break;
    case OPT_ALL: args->all = true; break;
    case OPT_CLIENT: args->client = optarg; break;
    case OPT_KEEP: args->keep = true; break;
    case OPT_SINCE:
        return cli_since(optarg, clock_wall_ms(), &args->since_ms) ? EX_OK
               : cli_usage(&cmd_domain, "--since takes an age, as 2h or 3d, or a day, as 2026-11-25");
    case OPT_NOW: return take_now(args, optarg);
    case OPT_APPLY: return take_apply(args, optarg);
    case OPT_TLDS: return take_tlds(args, optarg);
    case OPT_FLATTEN:
        args->flatten = FLAT_BYTES;
        return optarg == NULL ? EX_OK : take_number(optarg, &args->flatten, 80, 4000, "--flatten");
    case OPT_FAIL_ON:
        return enum_value(&health_word_names, str_of(optarg), &args->fail_on) ? EX_OK
               : cli_usage(&cmd_domain, "--fail-on takes watch, not-judged, ticket or escalate");
    case OPT_SELECTOR:
        if (args->selectors == HEALTH_SELECTORS_MAX)
            return cli_usage(&cmd_domain, "more than %d --selector", HEALTH_SELECTORS_MAX);
        args->selector[args->selectors++] = optarg;
        break;
    default: (void)cli_common_option(&args->common, &cmd_domain, opt);
    }
    return EX_OK;
}

static int print_hosted(const struct domain_arguments *args)
{
    struct config *config = cli_config(&args->common);
    struct arena *arena = arena_new(DOMAIN_ARENA_MAX);
    int code = config == NULL ? EX_CONFIG
               : arena == NULL ? EX_OSERR : domain_print_hosted(config, arena, args->now, args->keep);

    arena_free(arena);
    config_free(config);
    return code;
}

/* Which domains: those named, or the clients'. */
static int cmd_domain_answer(const struct domain_arguments *args, char **argv, int argc)
{
    struct domain_desk desk;
    struct arena *arena = arena_new(DOMAIN_ARENA_MAX);
    const char **names = NULL;
    size_t n = (size_t)argc;
    int code = arena == NULL ? EX_OSERR : domain_desk_open(&desk, args);

    if (code == EX_OK && (args->all || args->client != NULL)) {
        names = domain_desk_names(&desk, arena, &n);
        desk.several = true;
        if (names == NULL || n == 0)
            code = cli_fail(&cmd_domain, EX_NOINPUT, "clients.conf has no such domain");
    } else if (code == EX_OK && (names = arena_array(arena, n, sizeof *names)) != NULL) {
        for (size_t i = 0; i < n; i++)
            names[i] = argv[i];
        desk.several = n > 1;
    }
    if (code == EX_OK)
        code = names == NULL ? EX_OSERR : domain_desk_answer(&desk, names, n);
    if (arena != NULL)
        domain_desk_close(&desk);
    arena_free(arena);
    return code;
}

static int cmd_domain_run(int argc, char **argv)
{
    static const char *const tlds[] = {"com", "net", "org", "eu", "info", "biz", "co", "online", "shop"};
    struct domain_arguments args = {.now = clock_wall_ms() / 1000, .fail_on = -1};
    int opt, code = EX_OK;

    while (code == EX_OK && (opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1)
        code = cmd_domain_take_option(&args, opt);
    if (code != EX_OK)
        return code;
    if (args.hosted)
        return optind < argc ? cli_usage(&cmd_domain, "--hosted takes no domain") : print_hosted(&args);
    if ((args.all || args.client != NULL) != (optind >= argc))
        return cli_usage(&cmd_domain, "a domain is needed, or --all, or --client, and only one of these");
    if (args.tlds == 0)
        for (size_t i = 0; i < sizeof tlds / sizeof tlds[0]; i++)
            args.tld[args.tlds++] = tlds[i];
    return cmd_domain_answer(&args, argv + optind, argc - optind);
}

const struct subcommand cmd_domain = {
    .name = "domain",
    .run = cmd_domain_run,
    .pages = true,
    .asks_dns = true,
    .usage = "NAME... | --all | --client CLIENT",
    .summary = "What is wrong with a domain's records, and what to publish",
    .help = "  --all                   the domains of all clients\n"
            "  --client CLIENT         those of one\n"
            "  --keep                  keeps what was found in the database\n"
            "  --since WHEN            compares with the run kept last before that\n"
            "  --selector NAME         a DKIM selector of the domain; several times for several\n"
            "  --parked                the domain is not meant to send or take mail\n"
            "  --records               only what to publish, as a master file\n"
            "  --apply LIST            takes includes out that are useless, unseen or both\n"
            "  --flatten[=BYTES]       the SPF record as the networks it lets in\n"
            "  --lookalikes            names that could be taken for the domain\n"
            "  --tlds LIST             top-level domains for these, commas between\n"
            "  --propagation           asks all name servers of the zone, and PublicResolvers\n"
            "  --hosted                prints the zone of the records that are hosted here\n"
            "  --fail-on WORD          exit 1 for that word or a worse one\n"
            "  --known FILE            what is known of its mail, as JSON\n"
            "  --https DIR             HTTPS answers out of files, and none from the network\n"
            "  --record-https DIR      writes what was fetched, for --https\n"
            "  --now TIME              as if it were that day\n",
};
