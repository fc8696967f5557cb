#include "cli/domain/domain_desk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/db.h"
#include "mail/domain.h"
#include "records/schema.h"
#include "spf/spf.h"

#define ROOT_ANCHOR "/usr/share/dns/root.key"
enum { FIRST_MS = 15000, AGAIN_MS = 8000, CONTROL_MS = 5000, LINE_MAX_BYTES = 2000 };

/* ---- printing ---- */

/* One line of the table: word, domain, ids, and what changed. */
static char *table_line(const struct health *h)
{
    char mem[LINE_MAX_BYTES];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_putf(&b, "%-10s  %s", enum_name(&health_word_names, (int)h->word), h->domain);
    if (h->because[0] != '\0')
        strbuf_putf(&b, "  %s", h->because);
    for (size_t i = 0; i < h->freshs; i++)
        strbuf_putf(&b, "%s%s", i == 0 ? "  new: " : " ", h->fresh[i].id);
    for (size_t i = 0; i < h->gones; i++)
        strbuf_putf(&b, "%s%s", i == 0 ? "  gone: " : " ", h->gone[i].id);
    for (size_t i = 0; i < h->changes; i++)
        strbuf_putf(&b, "%s%s", i == 0 ? "  changed: " : " ", h->change[i].kind);
    return strdup(mem);
}

static struct jnode *reply_json(const struct domain_desk *desk, const struct health *h,
                                       const struct domain_reply *reply)
{
    struct jnode *o = domain_json(h);
    enum client_domain kind;
    const struct client *client = clients_of(desk->config->clients, h->domain, &kind);

    jnode_text(o, "client", client == NULL ? "" : client->name);
    jnode_int(o, "ms", clock_mono_ms() - reply->began_ms);
    return o;
}

static void put_reply(const struct domain_desk *desk, const struct health *h, struct domain_reply *reply)
{
    if (desk->args->common.json)
        reply->json = reply_json(desk, h, reply);
    else if (desk->args->records)
        domain_print_records(h);
    else if (desk->several)
        reply->line = table_line(h);
    else
        domain_print_text(h);
    if (desk->args->fail_on >= 0 && (int)h->word >= desk->args->fail_on)
        reply->code = 1;
}

/* ---- judging ---- */

static int domain_desk_keep(struct domain_desk *desk, struct arena *arena, const struct health *h)
{
    struct err e = ERR_NONE;
    enum rc rc;

    (void)pthread_mutex_lock(&desk->lock);
    rc = domain_store_keep(desk->editor, arena, desk->args->now * 1000, h, &e);
    (void)pthread_mutex_unlock(&desk->lock);
    return rc == RC_OK ? EX_OK : cli_fail(&cmd_domain, EX_IOERR, "%s is not kept: %s", h->domain, e.text);
}

/* Whether the name servers are to be asked: when somebody wants it, and after a change. */
static bool asks_servers(const struct domain_arguments *args, const struct health *h)
{
    bool changed = args->since_ms > 0 && h->freshs + h->gones + h->changes > 0;
    bool gone = h->findings > 0 && strcmp(h->finding[0].id, "dns-no-domain") == 0;

    return args->common.zone == NULL && (args->propagation || changed) && !gone;
}

static enum rc ask_servers(const struct domain_desk *desk, struct arena *arena, struct health *h)
{
    struct dns_scope *dns = dns_scope_new(desk->dns, FIRST_MS);
    struct propagation *p = arena_alloc(arena, sizeof *p);
    bool asked = dns != NULL && p != NULL && domain_ask_servers(arena, desk->config, dns, h, p);

    if (asked)
        propagation_add(arena, p, h);
    dns_scope_free(dns);
    return asked && !arena_ran_out(arena) ? RC_OK : RC_NOMEM;
}

static int domain_desk_judge(struct domain_desk *desk, struct arena *arena, const struct health_input *in,
                             struct domain_reply *reply)
{
    struct dns_scope *first = dns_scope_new(desk->dns, FIRST_MS), *again = dns_scope_new(desk->dns, AGAIN_MS);
    struct dns_scope *control = dns_scope_new(desk->dns, CONTROL_MS);
    struct health *h = arena_alloc(arena, sizeof *h);
    int code = EX_OK;

    if (first == NULL || again == NULL || control == NULL || h == NULL ||
        health_check(arena, in, first, again, control, h) != RC_OK)
        code = cli_fail(&cmd_domain, EX_OSERR, "out of memory");
    else if (h->ours)
        code = cli_fail(&cmd_domain, EX_TEMPFAIL, "our own DNS does not answer: %s cannot be judged", in->domain);
    else if (asks_servers(desk->args, h) && ask_servers(desk, arena, h) != RC_OK)
        code = cli_fail(&cmd_domain, EX_OSERR, "out of memory");
    else if (desk->editor != NULL)
        code = domain_desk_keep(desk, arena, h);
    if (code == EX_OK)
        put_reply(desk, h, reply);
    dns_scope_free(first);
    dns_scope_free(again);
    dns_scope_free(control);
    return code;
}

/* Of answers that were recorded. */
static int compare_servers(const struct domain_desk *desk, struct arena *arena, const struct propagation *servers,
                           struct domain_reply *reply)
{
    struct health *h = arena_alloc(arena, sizeof *h);

    if (h == NULL || propagation_judge(arena, servers, h) != RC_OK)
        return cli_fail(&cmd_domain, EX_OSERR, "out of memory");
    put_reply(desk, h, reply);
    return EX_OK;
}

/* ---- what is known beside DNS ---- */

/* Reads --known into `in`, and into `servers` what name servers answered. */
static int read_known(const char *path, struct arena *arena, struct health_input *in, struct propagation *servers)
{
    size_t size = 0;
    char *text = cli_slurp(path, DOMAIN_KNOWN_MAX, &size);
    struct jvalue *root = NULL;
    struct err e = ERR_NONE;
    int code = EX_OK;

    if (text == NULL)
        return cli_fail(&cmd_domain, EX_NOINPUT, "%s: %s", path, strerror(errno));
    if (jvalue_read((struct str){text, size}, &root, &e) != RC_OK || domain_known(arena, root, in, &e) != RC_OK)
        code = cli_fail(&cmd_domain, EX_DATAERR, "%s: %s", path, e.text);
    else
        (void)domain_known_servers(arena, root, in->domain, servers);
    jvalue_free(root);
    free(text);
    return code;
}

/* The same out of the store; and the run to compare with. */
static int read_store(struct domain_desk *desk, struct arena *arena, struct health_input *in)
{
    enum client_domain kind;
    const struct client *client = clients_of(desk->config->clients, in->domain, &kind);
    int64_t now_ms = desk->args->now * 1000;
    int64_t since = desk->args->since_ms > 0 ? desk->args->since_ms : now_ms;
    struct err e = ERR_NONE;
    enum rc rc = RC_OK;

    if (desk->reader == NULL)
        return EX_OK;
    (void)pthread_mutex_lock(&desk->lock);
    if (desk->args->known == NULL)
        rc = domain_store_known(desk->reader, desk->db, client == NULL ? "" : client->name, arena, now_ms, in, &e);
    if (rc == RC_OK && in->last == NULL && (desk->several || desk->args->since_ms > 0))
        rc = domain_store_last(desk->reader, arena, since, in, &e);
    (void)pthread_mutex_unlock(&desk->lock);
    return rc == RC_OK ? EX_OK : cli_fail(&cmd_domain, EX_IOERR, "%s", e.text);
}

/* The selectors typed stand behind those of the file. */
static int domain_desk_add_selectors(const struct domain_arguments *args, struct arena *arena, struct health_input *in)
{
    size_t all = args->selectors + in->selectors;
    const char **made = arena_array(arena, all, sizeof *made);

    if (made == NULL)
        return cli_fail(&cmd_domain, EX_OSERR, "out of memory");
    for (size_t i = 0; i < in->selectors; i++)
        made[i] = in->selector[i];
    for (size_t i = 0; i < args->selectors; i++)
        if (domain_normalize(arena, str_of(args->selector[i]), &made[in->selectors + i]) != RC_OK)
            return cli_usage(&cmd_domain, "--selector \"%s\" is not a name that DNS can hold", args->selector[i]);
    in->selector = made;
    in->selectors = all;
    return EX_OK;
}

/* The client's other names, which are no look-alikes. */
static void put_client(struct arena *arena, const struct client *client, struct health_input *in)
{
    size_t n = client->domains.n + client->parked.n + client->lookalikes.n;
    const char **made = arena_array(arena, n + 1, sizeof *made);
    const struct string_list *of[] = {&client->domains, &client->parked, &client->lookalikes};

    for (size_t k = 0; made != NULL && k < 3; k++)
        for (size_t i = 0; i < of[k]->n; i++)
            made[in->knowns++] = of[k]->item[i];
    in->known = made;
}

/* "mailto:MAILBOX", "" for "" and without memory. */
static const char *mailto(struct arena *arena, const char *mailbox)
{
    struct strbuf b = strbuf_new(arena, 400);

    strbuf_putf(&b, "mailto:%s", mailbox);
    return mailbox[0] == '\0' ? "" : b.p;
}

/* What assay.conf says of it. */
static int put_settings(const struct domain_desk *desk, struct arena *arena, struct health_input *in)
{
    const struct config *c = desk->config;
    enum client_domain kind;
    const struct client *client = clients_of(c->clients, in->domain, &kind);
    struct err e = ERR_NONE;

    in->senders = c->senders;
    in->reports_to = c->reports_to.n > 0 ? mailto(arena, c->reports_to.item[0]) : "";
    in->tls_reports_to = mailto(arena, c->tls_reports_to);
    in->hosted_zone = c->hosted_zone;
    in->limits = (struct health_limits){
        .in_use_days = c->selector_days, .unseen_days = c->unseen_days, .useless_messages = c->useless_messages,
        .key_days = c->key_days, .testing_days = c->sts_testing_days, .material_messages = c->material_messages};
    in->parked = in->parked || kind == CLIENT_DOMAIN_PARKED;
    in->validates = desk->validates;
    if (client != NULL)
        put_client(arena, client, in);
    return domain_read_lists(arena, c->block_lists, in, &e) == RC_OK ? EX_OK
           : cli_fail(&cmd_domain, EX_CONFIG, "%s", e.text);
}

/* The domain that somebody typed; what cannot be one for mail is told. */
static int take_name(struct arena *arena, const char *typed, const char **out)
{
    struct strbuf shown = strbuf_new(arena, 400);
    struct ip ip;

    strbuf_put_escaped(&shown, str_of(typed), 100);
    if (ip_parse(str_of(typed), &ip))
        return cli_usage(&cmd_domain, "\"%s\" is an address; a domain is needed, as example.com", shown.p);
    if (domain_normalize(arena, str_of(typed), out) != RC_OK)
        return cli_usage(&cmd_domain, "\"%s\" is not a domain name; a domain alone is needed, as example.com", shown.p);
    if (strchr(*out, '.') == NULL)
        return cli_usage(&cmd_domain, "\"%s\" is a single label; a domain below a top-level domain is needed", shown.p);
    if ((*out)[0] == '_' || strstr(*out, "._") != NULL)
        return cli_usage(&cmd_domain, "\"%s\" holds records of a domain; the domain itself is needed", shown.p);
    return EX_OK;
}

static int answer_in(struct domain_desk *desk, struct arena *arena, struct fetcher *fetcher,
                     struct domain_reply *reply)
{
    const struct domain_arguments *args = desk->args;
    struct health_input in = {
        .parked = args->parked, .reports_to = "", .tls_reports_to = "", .hosted_zone = "", .organization = "",
        .now = args->now,
        .tld = args->tld, .tlds = args->tlds, .lookalikes = args->lookalikes, .apply_useless = args->useless,
        .apply_unseen = args->unseen, .flatten = args->flatten, .fetcher = fetcher};
    struct propagation *servers = arena_alloc(arena, sizeof *servers);
    int code = EX_OK;

    if (servers == NULL)
        return cli_fail(&cmd_domain, EX_OSERR, "out of memory");
    *servers = (struct propagation){.servers = 0};
    if (args->propagation && args->common.zone != NULL && args->known == NULL)
        return cli_usage(&cmd_domain, "--propagation asks name servers, and with --zone nobody is asked; --known may "
                                      "hold what they answered");
    code = take_name(arena, reply->name, &in.domain);
    if (code == EX_OK)
        code = put_settings(desk, arena, &in);
    if (code == EX_OK && args->known != NULL)
        code = read_known(args->known, arena, &in, servers);
    if (code == EX_OK)
        code = read_store(desk, arena, &in);
    if (code == EX_OK)
        code = domain_desk_add_selectors(args, arena, &in);
    if (code != EX_OK)
        return code;
    return servers->servers > 0 && args->propagation ? compare_servers(desk, arena, servers, reply)
                                                     : domain_desk_judge(desk, arena, &in, reply);
}

/* ---- several at once ---- */

struct queue {
    struct domain_desk *desk;
    struct domain_reply *reply;
    size_t n, next; /* behind the desk's lock */
};

static struct domain_reply *queue_next(struct queue *q)
{
    struct domain_reply *reply;

    (void)pthread_mutex_lock(&q->desk->lock);
    reply = q->next < q->n ? &q->reply[q->next++] : NULL;
    (void)pthread_mutex_unlock(&q->desk->lock);
    return reply;
}

static void *domain_desk_work(void *arg)
{
    struct queue *q = arg;
    const struct domain_arguments *args = q->desk->args;
    struct fetch_settings settings = {.folder = args->https, .record = args->record_https,
                                      .allow_private = q->desk->config->policy_fetch_private};
    struct err e = ERR_NONE;
    struct fetcher *fetcher = args->https == NULL && args->common.zone != NULL ? NULL : fetcher_new(&settings, &e);
    struct arena *arena = arena_new(DOMAIN_ARENA_MAX);
    struct domain_reply *reply;

    while ((reply = queue_next(q)) != NULL) {
        int code;

        reply->began_ms = clock_mono_ms();
        code = arena == NULL ? cli_fail(&cmd_domain, EX_OSERR, "out of memory")
                             : answer_in(q->desk, arena, fetcher, reply);

        reply->code = code != EX_OK ? code : reply->code;
        if (arena != NULL)
            arena_reset(arena);
    }
    fetcher_free(fetcher);
    arena_free(arena);
    return NULL;
}

static int print_replies(const struct domain_desk *desk, struct domain_reply *reply, size_t n)
{
    struct jnode *list = desk->args->common.json && desk->several ? jnode_array() : NULL;
    int worst = EX_OK;

    for (size_t i = 0; i < n; i++) {
        worst = reply[i].code > worst ? reply[i].code : worst;
        if (reply[i].json != NULL && list != NULL)
            jnode_append(list, reply[i].json);
        else if (reply[i].json != NULL)
            jnode_print(reply[i].json, stdout);
        else if (reply[i].line != NULL)
            (void)printf("%s\n", reply[i].line);
        free(reply[i].line);
    }
    if (list != NULL) {
        struct jnode *o = jnode_object();

        jnode_put(o, "domains", list);
        jnode_print(o, stdout);
    }
    return worst;
}

int domain_desk_answer(struct domain_desk *desk, const char *const *names, size_t n)
{
    struct queue q = {.desk = desk, .reply = calloc(n, sizeof *q.reply), .n = n};
    pthread_t thread[DOMAIN_THREADS];
    size_t threads = 0;
    int code;

    if (q.reply == NULL)
        return cli_fail(&cmd_domain, EX_OSERR, "out of memory");
    for (size_t i = 0; i < n; i++)
        q.reply[i].name = names[i];
    while (threads < DOMAIN_THREADS - 1 && threads + 1 < n && !desk->args->records &&
           pthread_create(&thread[threads], NULL, domain_desk_work, &q) == 0)
        threads++;
    (void)domain_desk_work(&q); /* and this one */
    for (size_t i = 0; i < threads; i++)
        (void)pthread_join(thread[i], NULL);
    code = print_replies(desk, q.reply, n);
    free(q.reply);
    return code;
}

/* ---- opening ---- */

/* The store is read where there is one; without it nothing is known of the domain's mail. */
static int domain_desk_open_store(struct domain_desk *desk)
{
    const char *path = desk->config->database;
    struct err e = ERR_NONE;
    enum rc rc = RC_OK;

    if (path[0] != '\0' && (desk->args->known == NULL || desk->args->since_ms > 0))
        rc = store_open(path, STORE_READ, false, &desk->reader, &e);
    if (rc == RC_OK && desk->reader != NULL)
        (void)db_open_read(path, &records_schema, &desk->db, &e); /* for reports; without it there are none */
    if (rc != RC_OK && rc != RC_NOTFOUND)
        (void)cli_fail(&cmd_domain, EX_OK, "nothing is known of the domain's mail: %s", e.text);
    if (!desk->args->keep)
        return EX_OK;
    if (path[0] == '\0')
        return cli_fail(&cmd_domain, EX_CONFIG, "--keep needs a Database in assay.conf");
    rc = store_open(path, STORE_EDIT, false, &desk->editor, &e);
    return rc == RC_OK ? EX_OK : cli_fail(&cmd_domain, EX_NOPERM, "%s", e.text);
}

/* Whether answers are validated: the zone at the end of all reverse names is signed. */
static bool dnssec_works(struct dns *dns)
{
    struct dns_scope *scope = dns_scope_new(dns, CONTROL_MS);
    bool secure = scope != NULL && dns_ask(scope, "arpa", DNS_SOA)->secure;

    dns_scope_free(scope);
    return secure;
}

/*
 * The resolver, with the root's trust anchor that Debian keeps where the site names none.  A name server that does
 * not hand the signatures on would make all zones look forged: then it is used as without an anchor.
 */
static int domain_desk_open_dns(struct domain_desk *desk)
{
    const struct cli_common *common = &desk->args->common;
    bool fallback = common->zone == NULL && desk->config->trust_anchor[0] == '\0' && access(ROOT_ANCHOR, R_OK) == 0;

    if (fallback)
        desk->config->trust_anchor = ROOT_ANCHOR;
    desk->dns = cli_dns(common, desk->config);
    if (fallback && desk->dns != NULL && !dnssec_works(desk->dns)) {
        dns_close(desk->dns);
        desk->config->trust_anchor = "";
        desk->dns = cli_dns(common, desk->config);
    }
    desk->validates = common->zone != NULL || desk->config->trust_anchor[0] != '\0';
    return desk->dns == NULL ? EX_NOINPUT : EX_OK;
}

int domain_desk_open(struct domain_desk *desk, const struct domain_arguments *args)
{
    struct err e = ERR_NONE;

    *desk = (struct domain_desk){.args = args, .lock = PTHREAD_MUTEX_INITIALIZER};
    desk->config = cli_config(&args->common);
    if (desk->config == NULL)
        return EX_CONFIG;
    if (spf_init(&e) != RC_OK)
        return cli_fail(&cmd_domain, EX_SOFTWARE, "%s", e.text);
    return domain_desk_open_dns(desk) == EX_OK ? domain_desk_open_store(desk) : EX_NOINPUT;
}

void domain_desk_close(struct domain_desk *desk)
{
    db_close(desk->db);
    store_close(desk->reader);
    store_close(desk->editor);
    dns_close(desk->dns);
    config_free(desk->config);
}

const char **domain_desk_names(const struct domain_desk *desk, struct arena *a, size_t *n)
{
    const struct clients *clients = desk->config->clients;
    const char **made;
    size_t room = 1;

    *n = 0;
    for (size_t i = 0; i < clients_count(clients); i++)
        room += clients_at(clients, i)->domains.n + clients_at(clients, i)->parked.n;
    made = arena_array(a, room, sizeof *made);
    for (size_t i = 0; made != NULL && i < clients_count(clients); i++) {
        const struct client *c = clients_at(clients, i);

        if (desk->args->client != NULL && strcmp(c->name, desk->args->client) != 0)
            continue;
        for (size_t k = 0; k < c->domains.n; k++)
            made[(*n)++] = c->domains.item[k];
        for (size_t k = 0; k < c->parked.n; k++)
            made[(*n)++] = c->parked.item[k];
    }
    return made;
}
