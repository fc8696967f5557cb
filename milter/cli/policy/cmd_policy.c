/* assay policy - the rules of policy.conf: are they right, what do they say, why did one match, what was caught? */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/policy/policy_show.h"
#include "policy/disposition.h"
#include "records/store.h"

enum { OPT_DATABASE = CLI_OPT_OWN, OPT_POLICY, OPT_LOCAL, ARENA_MAX = 64 * 1024 * 1024, MATCHES_MAX = 5 };

struct request {
    struct cli_common common;
    const char *database, *policy; /* NULL: the configured ones */
    const char *verb, *argument;   /* "show"; NULL none */
    const struct config *config;
    struct policy *rules;
    const char *path;              /* of the rules; "" none */
    bool local;                    /* --local */
};

/* ---- test, show ---- */

static size_t count_expired(const struct policy *p, int64_t now_ms)
{
    size_t n = 0;

    for (size_t i = 0; i < p->n; i++)
        n += policy_rule_expired(&p->rule[i], now_ms);
    return n;
}

static int test(const struct request *q)
{
    size_t expired = count_expired(q->rules, clock_wall_ms());
    struct err e = ERR_NONE;

    if (policy_check_names(q->rules, q->path, q->config->senders, q->config->clients, &e) != RC_OK)
        return cli_fail(&cmd_policy, EX_CONFIG, "%s", e.text);
    if (q->common.json) {
        struct jnode *root = jnode_object();

        jnode_text(root, "file", q->path);
        jnode_int(root, "rules", (int64_t)q->rules->n);
        jnode_int(root, "expired", (int64_t)expired);
        jnode_print(root, stdout);
    } else if (q->path[0] == '\0') {
        (void)puts("there are no rules (PolicyFile): the built-in default decides");
    } else {
        (void)printf("%s: rules: %zu, expired: %zu; no errors found\n", q->path, q->rules->n, expired);
    }
    return EX_OK;
}

static const char *yes_no(bool flag)
{
    return flag ? "yes" : "no";
}

static void show_json(const struct request *q, int64_t now)
{
    const struct config *c = q->config;
    struct jnode *root = jnode_object(), *list = jnode_array();

    jnode_text(root, "file", q->path);
    jnode_text(root, "enforce", enum_name(&enforcement_names, c->enforce));
    jnode_bool(root, "honour_reject", c->honour_reject);
    jnode_bool(root, "inventory_acts", c->inventory_acts);
    jnode_bool(root, "defer_temperror", config_auto(c, c->defer_temperror));
    for (size_t i = 0; i < q->rules->n; i++)
        jnode_append(list, policy_rule_node(&q->rules->rule[i], now));
    jnode_put(root, "rules", list);
    jnode_print(root, stdout);
}

static int cmd_policy_show(const struct request *q)
{
    static const char *const enforce[] = {"no (rules are not asked)", "rehearse (logged, but nothing is done)",
                                          "yes"};
    const struct config *c = q->config;
    int64_t now = clock_wall_ms();

    if (q->common.json) {
        show_json(q, now);
        return EX_OK;
    }
    (void)printf("Enforce: %s\n\n", enforce[c->enforce]);
    for (size_t i = 0; i < q->rules->n; i++)
        policy_print_rule(&q->rules->rule[i], i + 1, now, stdout);
    (void)printf("%sWithout a rule:\n    p=quarantine is quarantined\n    p=reject is %s\n"
                 "    the inventory decides on sources that are approved, retired or malicious: %s\n"
                 "    a temporary failure is deferred: %s\n", q->rules->n > 0 ? "\n" : "",
                 c->honour_reject ? "refused" : "quarantined (HonourReject = no)", yes_no(c->inventory_acts),
                 yes_no(config_auto(c, c->defer_temperror)));
    return EX_OK;
}

/* ---- explain ---- */

static const char *confirmed(const struct record *r)
{
    return r->spf_aligned != 0 || r->dkim_aligned != 0 ? "yes" : "no";
}

/* What the message has where the rule names something else. */
static const char *fact(const struct record *r, const char *field)
{
    const struct { const char *field, *value; } table[] = {
        {"AuthorDomain", r->author_domain}, {"Client", r->client}, {"Result", r->dmarc}, {"Policy", r->policy},
        {"Cause", r->cause}, {"Source", r->source}, {"Status", r->status}, {"Network", r->client_ip},
        {"SignedBy", r->dkim}, {"Sealer", r->arc_chain}, {"VouchedBy", r->arc_vouch},
        {"List", r->list != 0 ? "yes" : "no"}, {"Confirmed", confirmed(r)},
        {"Recipient", r->rcpt},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].field, field) == 0)
            return table[i].value;
    return "";
}

static void print_objection(const struct policy_rule *rule, const struct record *r, const char *field)
{
    char shown[220];
    struct strbuf b = STRBUF_ON(shown);

    strbuf_put_escaped(&b, str_of(fact(r, field)), 200);
    (void)printf("  %-24s ", rule->name);
    if (strcmp(field, "Until") == 0)
        (void)puts("no: had expired");
    else
        (void)printf("no: %s, the message has \"%s\"\n", field, shown);
}

static enum rc print_explanation(struct arena *a, const struct request *q, const struct record *r)
{
    struct disposition_settings s = disposition_settings_of(q->config);
    struct facts f = facts_recorded(r);
    struct decision d;
    enum rc rc = disposition_decide(a, q->rules, &s, &f, &d);

    if (rc != RC_OK)
        return rc;
    (void)printf("%s from %s: dmarc=%s policy=%s cause=%s source=%s status=%s ip=%s\n",
                 r->ref[0] != '\0' ? r->ref : r->queue_id, r->author_domain, r->dmarc, r->policy, r->cause, r->source,
                 r->status, r->client_ip);
    for (size_t i = 0; i < q->rules->n; i++) {
        const char *field = disposition_objection(a, &q->rules->rule[i], &s, &f);

        if (field == NULL) {
            (void)printf("  %-24s matches\n", q->rules->rule[i].name);
            break;
        }
        print_objection(&q->rules->rule[i], r, field);
    }
    (void)printf("  decided by %s: %s\n", d.rule, enum_name(&policy_action_names, (int)d.action));
    if (r->rule[0] != '\0')
        (void)printf("  when it came: %s by %s, enforcement=%s, disposition=%s\n", r->action, r->rule, r->enforcement,
                     r->disposition);
    else
        (void)printf("  when it came no rule was asked (Enforce = no), disposition=%s\n", r->disposition);
    return RC_OK;
}

static struct jnode *explanation_node(struct arena *a, const struct request *q, const struct record *r)
{
    struct disposition_settings s = disposition_settings_of(q->config);
    struct jnode *o = jnode_object(), *list = jnode_array();
    struct facts f = facts_recorded(r);
    struct decision d;

    jnode_text(o, "ref", r->ref);
    jnode_text(o, "queue_id", r->queue_id);
    for (size_t i = 0; i < q->rules->n; i++) {
        const char *field = disposition_objection(a, &q->rules->rule[i], &s, &f);
        struct jnode *rule = jnode_object();

        jnode_text(rule, "rule", q->rules->rule[i].name);
        jnode_bool(rule, "matches", field == NULL);
        jnode_text(rule, "objection", field);
        jnode_append(list, rule);
        if (field == NULL)
            break;
    }
    jnode_put(o, "rules", list);
    if (disposition_decide(a, q->rules, &s, &f, &d) == RC_OK) {
        jnode_text(o, "rule", d.rule);
        jnode_text(o, "action", enum_name(&policy_action_names, (int)d.action));
    }
    jnode_text(o, "rule_then", r->rule);
    jnode_text(o, "action_then", r->action);
    jnode_text(o, "enforcement_then", r->enforcement);
    jnode_text(o, "disposition_then", r->disposition);
    return o;
}

static int print_matches(struct arena *a, const struct request *q, const struct record *r, size_t n)
{
    struct jnode *root;

    if (n == 0)
        return cli_fail(&cmd_policy, EX_UNAVAILABLE, "no such message is recorded; \"assay why\" knows the same ones");
    if (!q->common.json) {
        for (size_t i = 0; i < n; i++)
            if (print_explanation(a, q, &r[i]) != RC_OK)
                return cli_fail(&cmd_policy, EX_OSERR, "out of memory");
        return EX_OK;
    }
    root = jnode_array();
    for (size_t i = 0; i < n; i++)
        jnode_append(root, explanation_node(a, q, &r[i]));
    jnode_print(root, stdout);
    return EX_OK;
}

static int explain(const struct request *q)
{
    const char *database = q->database != NULL ? q->database : q->config->database;
    struct arena *a = arena_new(ARENA_MAX);
    struct store_query query = {.key = q->argument, .limit = MATCHES_MAX};
    struct record *found = NULL;
    struct store *store = NULL;
    struct err e = ERR_NONE;
    size_t n = 0;
    int code;

    if (a == NULL)
        return cli_fail(&cmd_policy, EX_OSERR, "out of memory");
    if (database[0] == '\0')
        code = cli_fail(&cmd_policy, EX_CONFIG, "no records are kept: Database is empty; name a --database");
    else if (store_open(database, STORE_READ, false, &store, &e) != RC_OK ||
             store_find(store, a, &query, &found, &n, &e) != RC_OK)
        code = cli_fail(&cmd_policy, EX_NOINPUT, "%s", e.text);
    else
        code = print_matches(a, q, found, n);
    store_close(store);
    arena_free(a);
    return code;
}

/* ---- release ---- */

static int release(const struct request *q)
{
    const char *database = q->database != NULL ? q->database : q->config->database;
    struct store *store = NULL;
    struct err e = ERR_NONE;
    bool was = false;
    enum rc rc;

    if (database[0] == '\0')
        return cli_fail(&cmd_policy, EX_CONFIG, "there is no safety catch without records: Database is empty");
    if (q->database == NULL && !q->local && cli_follows(q->config))
        return cli_fail(&cmd_policy, EX_UNAVAILABLE, "the safety catch is the fleet's: end it for all hosts in the "
                        "centre, named with --database, logging in as an operator (Fleet is %s), or here alone with "
                        "--local", q->config->fleet);
    rc = store_open(database, STORE_EDIT, false, &store, &e);
    if (rc == RC_OK)
        rc = store_caught_remove(store, q->argument, &was, &e);
    store_close(store);
    if (rc != RC_OK)
        return cli_fail(&cmd_policy, rc == RC_IO ? EX_NOPERM : EX_NOINPUT, "%s", e.text);
    if (!was)
        return cli_fail(&cmd_policy, EX_UNAVAILABLE, "the safety catch is not on for %s", q->argument);
    (void)printf("the safety catch is off for %s; the service follows within a second\n", q->argument);
    return EX_OK;
}

/* ---- the command ---- */

static const struct verb {
    const char *name;
    int (*run)(const struct request *q);
    bool takes, needs; /* an argument */
} verbs[] = {
    {"test", test, true, false},
    {"show", cmd_policy_show, false, false},
    {"explain", explain, true, true},
    {"release", release, true, true},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int act(struct request *q, const struct verb *verb)
{
    struct config *config = cli_config(&q->common);
    struct err e = ERR_NONE;
    int code;

    if (config == NULL)
        return EX_CONFIG;
    q->config = config;
    q->path = q->policy != NULL ? q->policy : config->policies;
    if (verb->run == test && q->argument != NULL)
        q->path = q->argument;
    if (policy_load(q->path, &q->rules, &e) != RC_OK)
        code = cli_fail(&cmd_policy, EX_CONFIG, "%s", e.text);
    else
        code = verb->run(q);
    policy_free(q->rules);
    config_free(config);
    return code;
}

static int cmd_policy_run(int argc, char **argv)
{
    static const struct option options[] = {
        CLI_LONG_OPTIONS, {"database", required_argument, NULL, OPT_DATABASE},
        {"policy", required_argument, NULL, OPT_POLICY}, {"local", no_argument, NULL, OPT_LOCAL}, {NULL, 0, NULL, 0},
    };
    struct request q = {.path = ""};
    const struct verb *verb;
    int opt;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &cmd_policy, opt))
            continue;
        if (opt == OPT_POLICY)
            q.policy = optarg;
        else if (opt == OPT_LOCAL)
            q.local = true;
        else
            q.database = optarg;
    }
    if (optind == argc)
        return cli_usage(&cmd_policy, "name a verb: test, show, explain or release");
    verb = find_verb(argv[optind]);
    if (verb == NULL)
        return cli_usage(&cmd_policy, "\"%s\" is not one of test, show, explain and release", argv[optind]);
    if (optind + 1 < argc)
        q.argument = argv[optind + 1];
    if (optind + 2 < argc || (q.argument != NULL && !verb->takes) || (q.argument == NULL && verb->needs))
        return cli_usage(&cmd_policy, "%s takes %s", verb->name,
                         verb->needs ? "one argument" : verb->takes ? "one file at most" : "no argument");
    return act(&q, verb);
}

const struct subcommand cmd_policy = {
    .name = "policy",
    .run = cmd_policy_run,
    .pages = true,
    .usage = "test [FILE] | show | explain KEY | release DOMAIN",
    .summary = "The rules of policy.conf: errors in them, what they say, why one matched a message",
    .help = "  test [FILE]             look for errors in FILE, or in the configured PolicyFile\n"
            "  show                    the rules in the order in which they are asked, in words\n"
            "  explain KEY             rule by rule, why it matched that message or did not\n"
            "  release DOMAIN          end the safety catch for that domain\n"
            "  --local                 release: on this host of a fleet alone\n"
            "  --policy FILE           these rules instead of the configured PolicyFile\n"
            "  --database FILE         read this database, not the configured one\n",
};
