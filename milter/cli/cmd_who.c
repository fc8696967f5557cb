/* assay who - what is known of an address that sends mail. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/why/why_outgoing.h"
#include "desk/sheet.h"
#include "intake/as_table.h"
#include "received/addresses.h"
#include "records/schema.h"
#include "spf/iprev.h"

enum { OPT_DATABASE = CLI_OPT_OWN, OPT_NO_DNS, ARENA_MAX = 64 * 1024 * 1024, RECORDS_MAX = 200 };

struct request {
    struct cli_common common;
    const char *database;
    bool no_dns;
    struct ip ip;
    char text[IP_TEXT_MAX];
    struct config *config;
    struct arena *a;
};

/* What the sections say of it. */
struct answers {
    struct received_address address; /* name "": none, or not known */
    int clients;                     /* for whose domains it sends, by reports; up to RECEIVED_MANY_CLIENTS */
    bool looked_up;                  /* it is known whether there is a name */
    const struct sender *by_network, *by_name;
    size_t records;
    struct record *record;           /* the newest that came from it */
};

/* ---- finding out ---- */

static void ask_dns(struct request *q, struct answers *w)
{
    struct dns *dns = cli_dns(&q->common, q->config);
    struct dns_scope *scope = dns == NULL ? NULL : dns_scope_new(dns, (int)q->config->dns_timeout * 1000);
    struct iprev_evidence found;

    if (scope != NULL) {
        iprev_check(&q->ip, scope, &found);
        w->looked_up = found.result != IPREV_TEMPERROR;
        w->address.confirmed = found.result == IPREV_PASS;
        w->address.name = str_dup(q->a, str_of(found.name));
        if (w->address.name == NULL)
            w->address.name = "";
        dns_scope_free(scope);
    }
    dns_close(dns);
}

/* The file of today goes before what was noted; a file that cannot be used is said. */
static void ask_networks(struct request *q, struct answers *w)
{
    struct as_table *networks;
    struct network found;
    struct err e = ERR_NONE;

    if (q->config->networks_file[0] == '\0')
        return;
    if (as_table_open(q->config->networks_file, &networks, &e) != RC_OK) {
        (void)cli_fail(&cmd_who, EX_OK, "NetworksFile is not used: %s", e.text);
        return;
    }
    if (as_table_find(networks, &q->ip, &found)) {
        const char *name = str_dup(q->a, found.name), *country = str_dup(q->a, found.country);

        w->address.as_number = found.number;
        w->address.as_name = name == NULL ? "" : name;
        w->address.country = country == NULL ? "" : country;
    }
    as_table_close(networks);
}

static enum rc ask_database(struct request *q, struct answers *w, struct err *e)
{
    const struct store_query query = {.key = q->text, .kinds = 1u << STORE_KEY_IP, .limit = RECORDS_MAX};
    struct store *store = NULL;
    struct db *d = NULL;
    enum rc rc = store_open(q->database, STORE_READ, false, &store, e);

    if (rc == RC_OK)
        rc = store_find(store, q->a, &query, &w->record, &w->records, e);
    if (rc == RC_OK)
        rc = db_open_read(q->database, &records_schema, &d, e);
    if (rc == RC_OK) {
        rc = received_address_get(d, q->a, &q->ip, &w->address, e);
        w->looked_up = rc == RC_OK && w->address.looked_up_ms > 0;
        rc = rc == RC_NOTFOUND ? RC_OK : rc;
    }
    if (rc == RC_OK)
        rc = received_address_clients(d, &q->ip, RECEIVED_MANY_CLIENTS, &w->clients, e);
    db_close(d);
    store_close(store);
    return rc;
}

/* ---- telling ---- */

static const char *name_words(const struct answers *w)
{
    if (w->address.name[0] == '\0')
        return w->looked_up ? "none" : "not known";
    return w->address.confirmed ? "confirmed: the name leads back to the address"
                                : "not confirmed: the name does not lead back to the address, and proves nothing";
}

static void print_records(const struct sheet *s, const struct answers *w)
{
    char when[SHEET_TIME_MAX];

    sheet_label(s, "came to us");
    if (w->records == 0) {
        (void)fputs("no message\n", s->to);
        return;
    }
    (void)fprintf(s->to, "%s%zu message%s, the newest %s as %s: dmarc=%s, source %s\n",
                  w->records == RECORDS_MAX ? "at least " : "", w->records, w->records == 1 ? "" : "s",
                  sheet_time(w->record[0].time_ms, when), sheet_or(s, w->record[0].author_domain, "nobody"),
                  sheet_shown(s, w->record[0].dmarc), sheet_shown(s, w->record[0].source));
}

static void cmd_who_print_text(const struct request *q, const struct answers *w)
{
    const struct sheet s = {.a = q->a, .to = stdout};

    (void)printf("%s\n", q->text);
    sheet_label(&s, "name");
    (void)printf("%s%s%s\n", sheet_shown(&s, w->address.name), w->address.name[0] == '\0' ? "" : ", ", name_words(w));
    sheet_label(&s, "service");
    if (w->by_network != NULL)
        (void)printf("%s (%s), whose published network has it\n", w->by_network->title, w->by_network->name);
    else if (w->by_name != NULL)
        (void)printf("%s (%s), by its confirmed name\n", w->by_name->title, w->by_name->name);
    else
        (void)puts("no service of senders.conf is known to use it");
    if (w->address.as_number > 0) {
        sheet_label(&s, "network");
        (void)printf("AS%" PRId64 " %s %s\n", w->address.as_number, sheet_shown(&s, w->address.as_name),
                     sheet_shown(&s, w->address.country));
    }
    if (w->clients >= RECEIVED_MANY_CLIENTS) {
        sheet_label(&s, "sends for");
        (void)printf("%d clients and more, by reports: what passes by DKIM alone was probably forwarded\n",
                     RECEIVED_MANY_CLIENTS);
    }
    print_records(&s, w);
}

static struct jnode *json_of(const struct request *q, const struct answers *w)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "address", q->text);
    jnode_text(o, "name", w->address.name);
    jnode_bool(o, "confirmed", w->address.confirmed);
    jnode_text(o, "service", w->by_network != NULL ? w->by_network->name : w->by_name != NULL ? w->by_name->name : "");
    jnode_int(o, "as_number", w->address.as_number);
    jnode_text(o, "as_name", w->address.as_name);
    jnode_text(o, "country", w->address.country);
    jnode_bool(o, "sends_for_many_clients", w->clients >= RECEIVED_MANY_CLIENTS);
    jnode_int(o, "messages", (int64_t)w->records);
    jnode_text(o, "last_author_domain", w->records > 0 ? w->record[0].author_domain : "");
    return o;
}

static int cmd_who_answer(struct request *q)
{
    const struct store_query query = {.key = q->text, .kinds = 1u << STORE_KEY_IP};
    struct answers w = {.address = {.name = "", .as_name = "", .country = ""}};
    struct jnode *root = NULL;
    struct err e = ERR_NONE;
    size_t reported = 0;
    bool kept = q->database[0] != '\0', confirmed;

    if (kept && ask_database(q, &w, &e) != RC_OK)
        return cli_fail(&cmd_who, EX_NOINPUT, "%s", e.text);
    if (!w.looked_up && !q->no_dns)
        ask_dns(q, &w);
    ask_networks(q, &w);
    w.by_network = senders_by_address(q->config->senders, &q->ip, &confirmed);
    if (w.address.confirmed)
        w.by_name = senders_by_domain(q->config->senders, SENDER_BY_PTR, w.address.name, &confirmed);
    if (q->common.json)
        root = json_of(q, &w);
    else
        cmd_who_print_text(q, &w);
    if (kept && why_outgoing(q->a, q->config, q->database, &query, true, root, &reported, &e) != RC_OK)
        return cli_fail(&cmd_who, EX_NOINPUT, "%s", e.text);
    if (root != NULL)
        jnode_print(root, stdout);
    else if (reported == 0)
        (void)puts("  no report that was received names it");
    return EX_OK;
}

static int cmd_who_run(int argc, char **argv)
{
    static const struct option options[] = {
        CLI_LONG_OPTIONS, CLI_DNS_OPTIONS, {"database", required_argument, NULL, OPT_DATABASE},
        {"no-dns", no_argument, NULL, OPT_NO_DNS}, {NULL, 0, NULL, 0},
    };
    struct request q = {.database = NULL};
    int opt, code;

    while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
        if (cli_common_option(&q.common, &cmd_who, opt))
            continue;
        if (opt == OPT_NO_DNS)
            q.no_dns = true;
        else
            q.database = optarg;
    }
    if (optind + 1 != argc)
        return cli_usage(&cmd_who, "name one address");
    if (!ip_parse(str_trim(str_of(argv[optind])), &q.ip))
        return cli_usage(&cmd_who, "\"%s\" is not an IPv4 or IPv6 address", argv[optind]);
    (void)ip_text(&q.ip, q.text);
    q.config = cli_config(&q.common);
    q.a = arena_new(ARENA_MAX);
    if (q.config != NULL && q.database == NULL)
        q.database = q.config->database;
    code = q.config == NULL ? EX_CONFIG
                            : q.a == NULL ? cli_fail(&cmd_who, EX_OSERR, "out of memory") : cmd_who_answer(&q);
    arena_free(q.a);
    config_free(q.config);
    return code;
}

const struct subcommand cmd_who = {
    .name = "who",
    .run = cmd_who_run,
    .asks_dns = true,
    .usage = "ADDRESS",
    .summary = "What is known of an address that sends mail",
    .help = "  --no-dns                ask DNS nothing: only what was looked up before is told\n"
            "  --database FILE         read this database, not the configured one\n\n",
};
