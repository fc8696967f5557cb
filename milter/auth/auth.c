#include "auth/auth.h"

#include "auth/arc.h"
#include "auth/dkim.h"
#include "auth/dmarc_gather.h"
#include "auth/dmarc_opendmarc.h"
#include "auth/iprev.h"
#include "auth/spf.h"
#include "auth/vouch.h"
#include "mail/from.h"

struct auth {
    struct message *m;
    const struct config *c;
    struct dns_scope *dns;
    struct from_domains from;
    struct spf_request spf;
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

static bool client_known(const struct auth *a)
{
    return a->m->conn->ip.family != IP_NONE;
}

static void spf_request_fill(struct auth *a)
{
    a->spf = (struct spf_request){
        .ip = a->m->conn->ip,
        .helo = str_of(a->m->conn->helo),
        .mail_from = a->m->mail_from,
        .receiver = a->c->authserv_id,
        .now = a->m->arrival_ms / 1000,
    };
}

/* Every question whose need is already known, at once, so that their waits overlap. */
static void prefetch(struct auth *a)
{
    if (client_known(a)) {
        if (a->c->iprev)
            iprev_prefetch(&a->m->conn->ip, a->dns);
        spf_prefetch(a->m->arena, &a->spf, a->dns);
    }
    for (size_t i = 0; i < a->from.n && i < a->c->max_author_domains; i++)
        dmarc_prefetch(a->from.domain[i], a->dns);
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
    enum rc rc;

    *out = NULL;
    if (a == NULL)
        return err_set(e, RC_NOMEM, "no memory left for this message");
    a->m = m;
    a->c = c;
    a->dns = dns_scope_new(dns, (int)c->dns_timeout * 1000);
    if (a->dns == NULL)
        return err_set(e, RC_NOMEM, "no memory for DNS questions");
    spf_request_fill(a);
    rc = read_from(m, &a->from, e);
    if (rc == RC_OK) {
        prefetch(a);
        rc = begin_signatures(a, e);
    }
    if (rc != RC_OK) {
        auth_free(a);
        return rc;
    }
    *out = a;
    return RC_OK;
}

bool auth_wants_body(const struct auth *a)
{
    return (a->dkim != NULL && dkimv_wants_body(a->dkim)) || (a->arc != NULL && arcv_wants_body(a->arc));
}

void auth_body(struct auth *a, struct str chunk)
{
    if (a->dkim != NULL)
        dkimv_body(a->dkim, chunk);
    if (a->arc != NULL)
        arcv_body(a->arc, chunk);
}

/* The resolver's answers end with the scope; what evidence keeps of them is copied. */
static const char *keep(struct auth *a, const char *text)
{
    const char *copy = str_dup(a->m->arena, str_of(text));

    return copy == NULL ? "" : copy;
}

static void finish_client(struct auth *a, struct evidence *out)
{
    out->iprev = (struct iprev_evidence){.result = IPREV_NONE, .name = ""};
    out->spf = (struct spf_evidence){.domain = "", .mechanism = "", .mechanism_domain = "", .leaf = "",
                                     .leaf_domain = "", .explanation = "", .problem = "",
                                     .trouble_domain = "", .record = ""};
    if (!client_known(a))
        return;
    if (a->c->iprev) {
        iprev_check(&a->m->conn->ip, a->dns, &out->iprev);
        out->iprev.name = keep(a, out->iprev.name);
    }
    spf_evaluate(a->m->arena, &a->spf, a->dns, &out->spf);
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
    if (dmarc_gather(a->m->arena, &request, a->dns, &out->dmarc) != RC_OK || rc != RC_OK)
        message_note_limit(a->m, MESSAGE_LIMIT_MEMORY);
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
