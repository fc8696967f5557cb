#include "auth/auth.h"

#include "auth/vouch.h"
#include "dkim/arc.h"
#include "dkim/dkim.h"
#include "dmarc/dmarc_gather.h"
#include "dmarc/dmarc_opendmarc.h"
#include "mail/from.h"
#include "spf/iprev.h"
#include "spf/spf.h"

enum { ROUNDS_MAX = 8 }; /* of examining a client without waiting: each costs time and memory of a sender's choosing */

struct auth {
    struct message *m;
    const struct config *c;
    struct dns_scope *dns;
    struct from_domains from;
    struct spf_request spf;
    struct { /* what is known of the client */
        bool settled; /* it is final */
        unsigned rounds;
        struct iprev_evidence iprev;
        struct spf_evidence spf;
    } client;
    struct dkimv *dkim;
    struct arcv *arc;
};

enum rc auth_init(struct err *e)
{
    enum rc rc = spf_init(e);

    if (rc == RC_OK)
        rc = dkimv_init(e);
    return rc == RC_OK ? dmarc_opendmarc_init(e) : rc;
}

void auth_shutdown(void)
{
    dmarc_opendmarc_shutdown();
    dkimv_shutdown();
    arcv_shutdown();
}

struct dns *auth_open_dns(const struct config *c, struct err *e)
{
    bool recursive = c->nameservers.n == 1 && str_eq_nocase(str_of(c->nameservers.item[0]), STR("recursive"));
    struct dns_settings s = {
        .nameservers = c->nameservers.item,
        .nameserver_count = recursive ? 0 : c->nameservers.n,
        .recursive = recursive,
        .trust_anchor = c->trust_anchor[0] == '\0' ? NULL : c->trust_anchor,
    };

    return dns_open(&s, e);
}

static enum rc read_from(struct message *m, struct from_domains *out, struct err *e)
{
    size_t n = message_count_headers(m, "From");
    struct str bodies[2]; /* two are as bad as many */
    enum rc rc;

    for (size_t i = 0; i < n && i < 2; i++)
        bodies[i] = message_find_header(m, "From", i)->value;
    rc = from_read(m->arena, bodies, n < 2 ? n : 2, out);
    if (rc != RC_OK)
        return err_set(e, rc, "no memory left for this message");
    if (out->problem == FROM_TOO_LARGE || out->problem == FROM_TOO_MANY_DOMAINS)
        message_note_limit(m, MESSAGE_LIMIT_FROM);
    return RC_OK;
}

static void client_unknown(struct auth *a)
{
    a->client.iprev = (struct iprev_evidence){.result = IPREV_NONE, .name = ""};
    a->client.spf = (struct spf_evidence){.domain = "", .mechanism = "", .mechanism_domain = "", .leaf = "",
                                          .leaf_domain = "", .explanation = "", .problem = "",
                                          .trouble_domain = "", .record = ""};
}

/* An MTA may say HELO again before the message ends, so that is copied. */
static void client_begin(struct auth *a)
{
    struct str helo = str_of(a->m->conn->helo);

    a->spf = (struct spf_request){
        .ip = a->m->conn->ip,
        .helo = {str_dup(a->m->arena, helo), helo.n},
        .mail_from = a->m->mail_from,
        .receiver = a->c->authserv_id,
        .now = a->m->arrival_ms / 1000,
    };
    if (a->spf.helo.p == NULL)
        a->spf.helo = STR_NONE;
    client_unknown(a);
    a->client.settled = a->spf.ip.family == IP_NONE;
}

static void client_examine(struct auth *a)
{
    dns_scope_set_essential(a->dns, true);
    if (a->c->iprev)
        iprev_check(&a->spf.ip, a->dns, &a->client.iprev);
    spf_evaluate(a->m->arena, &a->spf, a->dns, &a->client.spf);
    dns_scope_set_essential(a->dns, false);
}

/*
 * Examines the client with the answers that are there.  If they do not do,
 * the next question of iprev and the next of SPF are on their way, and no
 * other: what is never asked in the end is not asked early either.
 */
static void client_advance(struct auth *a)
{
    struct arena_mark mark = arena_mark(a->m->arena);

    if (a->client.settled || a->client.rounds == ROUNDS_MAX)
        return;
    a->client.rounds++;
    dns_scope_set_nonblocking(a->dns);
    client_examine(a);
    a->client.settled = !dns_scope_end_nonblocking(a->dns);
    if (a->client.settled)
        return;
    client_unknown(a);
    arena_rewind(a->m->arena, mark); /* it begins anew */
}

static enum rc begin_signatures(struct auth *a, struct err *e)
{
    struct dkimv_limits limits = {
        .signatures = a->c->max_signatures,
        .min_key_bits = a->c->min_key_bits,
        .author = a->from.n > 0 ? a->from.domain[0] : NULL,
    };
    enum rc rc = dkimv_begin(&a->dkim, a->m, &limits, a->dns, e);

    if (rc != RC_OK)
        return rc;
    return arcv_begin(&a->arc, a->m, a->dns, a->c->min_key_bits, a->m->arrival_ms / 1000, e);
}

enum rc auth_begin(struct auth **out, struct message *m, const struct config *c, struct dns *dns, struct err *e)
{
    struct auth *a = arena_alloc(m->arena, sizeof *a);

    *out = NULL;
    if (a == NULL)
        return err_set(e, RC_NOMEM, "no memory left for this message");
    a->m = m;
    a->c = c;
    a->dns = dns_scope_new(dns, (int)c->dns_timeout * 1000);
    if (a->dns == NULL)
        return err_set(e, RC_NOMEM, "no memory for DNS questions");
    dns_scope_set_client(a->dns, &m->conn->ip);
    client_begin(a);
    client_advance(a);
    *out = a;
    return RC_OK;
}

/* What it lacks memory for is not examined, and told so: the message's memory is its sender's to fill. */
static enum rc starve(struct auth *a, enum rc rc)
{
    if (rc == RC_NOMEM)
        message_note_limit(a->m, MESSAGE_LIMIT_MEMORY);
    return rc == RC_NOMEM ? RC_OK : rc;
}

/* Every question whose need is known by now, at once, so that their waits overlap. */
enum rc auth_header(struct auth *a, struct err *e)
{
    enum rc rc = read_from(a->m, &a->from, e);

    client_advance(a);
    if (rc == RC_NOMEM)
        a->from = (struct from_domains){.problem = FROM_TOO_LARGE};
    rc = starve(a, rc);
    if (rc != RC_OK)
        return rc;
    dns_scope_set_essential(a->dns, true);
    for (size_t i = 0; i < a->from.n && i < a->c->max_author_domains; i++)
        dmarc_prefetch(a->from.domain[i], a->dns);
    dns_scope_set_essential(a->dns, false);
    return starve(a, begin_signatures(a, e));
}

void auth_body(struct auth *a, struct str chunk)
{
    if (a->dkim != NULL)
        dkimv_body(a->dkim, chunk);
    if (a->arc != NULL)
        arcv_body(a->arc, chunk);
}

bool auth_hashes_body(const struct auth *a)
{
    return a->dkim != NULL && dkimv_hashes_body(a->dkim);
}

struct str auth_body_hash(struct auth *a)
{
    return a->dkim == NULL ? STR_NONE : dkimv_body_hash(a->dkim);
}

/* The resolver's answers end with the scope; what evidence keeps of them is copied. */
static const char *auth_keep(struct auth *a, const char *text)
{
    const char *copy = str_dup(a->m->arena, str_of(text));

    return copy == NULL ? "" : copy;
}

static void finish_client(struct auth *a, struct evidence *out)
{
    client_advance(a);
    while (!a->client.settled && a->client.rounds < ROUNDS_MAX) {
        dns_scope_wait(a->dns);
        client_advance(a);
    }
    if (!a->client.settled)
        client_examine(a);
    out->iprev = a->client.iprev;
    out->iprev.name = auth_keep(a, out->iprev.name);
    out->spf = a->client.spf;
    if (out->spf.record_over)
        message_note_limit(a->m, MESSAGE_LIMIT_RECORDS);
}

static bool walk_met_limit(const struct dmarc_walk *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->step[i].oversized ||
            (w->step[i].record != NULL && (w->step[i].record->errors & 1u << DMARC_ERROR_LIMIT) != 0))
            return true;
    return false;
}

static void note_dmarc_limits(struct message *m, const struct dmarc_evidence *e)
{
    if (e->problem == FROM_TOO_MANY_DOMAINS)
        message_note_limit(m, MESSAGE_LIMIT_FROM);
    if (e->identifiers_over)
        message_note_limit(m, MESSAGE_LIMIT_WALKS);
    for (size_t i = 0; i < e->author_count; i++)
        if (walk_met_limit(&e->author[i].walk))
            message_note_limit(m, MESSAGE_LIMIT_RECORDS);
    for (size_t i = 0; i < e->identifier_count; i++)
        if (walk_met_limit(&e->identifier[i]))
            message_note_limit(m, MESSAGE_LIMIT_RECORDS);
}

static void finish_dmarc(struct auth *a, struct evidence *out)
{
    struct dmarc_identifier *ids = NULL;
    struct dmarc_request request = {.from = &a->from, .max_authors = a->c->max_author_domains};
    enum rc rc = evidence_identifiers(a->m->arena, out, &ids, &request.id_count);

    request.ids = ids;
    dns_scope_set_essential(a->dns, true);
    if (dmarc_gather(a->m->arena, &request, a->dns, &out->dmarc) != RC_OK || rc != RC_OK)
        message_note_limit(a->m, MESSAGE_LIMIT_MEMORY);
    dns_scope_set_essential(a->dns, false);
    note_dmarc_limits(a->m, &out->dmarc);
    out->published_by = vouch_ask(a->m, out, ids, request.id_count, a->c->senders, a->dns);
    out->dmarc.starved = (a->m->limits & 1u << MESSAGE_LIMIT_MEMORY) != 0;
}

void auth_finish(struct auth *a, struct evidence *out)
{
    *out = (struct evidence){.arc.oldest_pass = -1, .arc.reason = "", .published_by = ""};
    finish_client(a, out);
    if (a->dkim != NULL)
        dkimv_finish(a->dkim, &out->dkim);
    if (a->arc != NULL)
        arcv_finish(a->arc, &out->arc);
    finish_dmarc(a, out);
    /* what memory is left then is for the verdict */
    if (!out->dmarc.starved && evidence_note_seen(a->m->arena, out) != RC_OK)
        message_note_limit(a->m, MESSAGE_LIMIT_MEMORY);
    out->dns_questions = dns_scope_questions(a->dns);
    out->dns_ms = dns_scope_wait_ms(a->dns);
}

void auth_free(struct auth *a)
{
    if (a == NULL)
        return;
    dkimv_free(a->dkim);
    arcv_free(a->arc);
    dns_scope_free(a->dns);
}
