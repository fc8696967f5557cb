#include "auth/vouch.h"

#include "dmarc/dmarc_align.h"
#include "dmarc/dmarc_discover.h"
#include "mail/domain.h"
#include "spf/spf.h"
#include "spf/spf_names.h"

/* Services that claims in the message name. */
struct candidates {
    const struct senders *catalogue;
    size_t n;
    const struct sender *sender[VOUCH_CANDIDATES_MAX];
};

/* ---- whether to ask ---- */

/* A DMARC record applies to an author, and nothing that passed aligns: it failed, or might have. */
static bool dmarc_did_not_pass(const struct evidence *e, const struct dmarc_identifier *ids, size_t id_count)
{
    for (size_t i = 0; i < e->dmarc.author_count; i++) {
        enum dmarc_source source;
        const struct dmarc_step *step = dmarc_policy_step(&e->dmarc.author[i].walk, &source);
        struct dmarc_alignments found;

        if (step == NULL || !dmarc_record_applies(step->record))
            continue;
        found = dmarc_align_all(&e->dmarc.author[i].walk, step->record, ids, id_count, e->dmarc.identifier,
                                e->dmarc.identifier_count);
        if (!found.spf && !found.dkim)
            return true;
    }
    return false;
}

static bool told_by(const struct senders *s, enum sender_mark by, const char *domain)
{
    bool confirmed;

    return senders_by_domain(s, by, domain, &confirmed) != NULL;
}

/* Whether it is proven already who sent it, and by more than an address. */
static bool proven(const struct message *m, const struct evidence *e, const struct senders *s)
{
    struct spf_name name[SPF_NAMES_MAX];
    size_t names = spf_names(m->arena, &e->spf, name);
    bool confirmed;

    for (size_t i = 0; i < names; i++)
        if (told_by(s, SENDER_BY_SPF, name[i].domain))
            return true;
    for (size_t i = 0; i < e->dkim.n; i++)
        if (e->dkim.sig[i].result == DKIM_PASS && (told_by(s, SENDER_BY_DKIM, e->dkim.sig[i].domain) ||
                                                   told_by(s, SENDER_BY_KEY_CNAME, e->dkim.sig[i].key_host)))
            return true;
    return senders_by_address(s, &m->conn->ip, &confirmed) != NULL;
}

/* ---- whom to ask ---- */

static void hint(struct candidates *c, enum sender_mark by, const char *domain)
{
    bool confirmed;
    const struct sender *s = senders_by_domain(c->catalogue, by, domain, &confirmed);

    if (s == NULL || s->mark[SENDER_BY_SPF].n == 0 || c->n == VOUCH_CANDIDATES_MAX)
        return;
    for (size_t i = 0; i < c->n; i++)
        if (c->sender[i] == s)
            return;
    c->sender[c->n++] = s;
}

/* As the MTA has it or the client said it: any bytes. */
static void hint_text(struct candidates *c, struct arena *a, enum sender_mark by, struct str text)
{
    const char *domain;

    if (text.n > 0 && domain_normalize(a, text, &domain) == RC_OK)
        hint(c, by, domain);
}

static struct str domain_of_path(struct str path)
{
    size_t at = path.n;

    while (at > 0 && path.p[at - 1] != '@')
        at--;
    return at == 0 ? STR_NONE : str_slice(path, at, path.n);
}

/* What claims to be, the harder to make up the sooner. */
static void gather_hints(const struct message *m, const struct evidence *e, struct candidates *c)
{
    hint_text(c, m->arena, SENDER_BY_PTR, str_of(e->iprev.name));
    hint_text(c, m->arena, SENDER_BY_PTR, str_of(m->conn->ptr));
    hint_text(c, m->arena, SENDER_BY_RETURN_PATH, domain_of_path(m->mail_from));
    for (size_t i = 0; i < e->dkim.n; i++) {
        hint(c, SENDER_BY_KEY_CNAME, e->dkim.sig[i].key_host);
        hint(c, SENDER_BY_DKIM, e->dkim.sig[i].domain);
    }
    hint_text(c, m->arena, SENDER_BY_PTR, str_of(m->conn->helo));
}

/* ---- asking ---- */

static bool vouch_publishes(const struct message *m, const char *name, struct dns_scope *dns)
{
    struct arena_mark mark = arena_mark(m->arena);
    struct spf_evidence found = {.result = SPF_NONE};
    struct strbuf from = strbuf_new(m->arena, DOMAIN_MAX + sizeof "postmaster@");
    struct spf_request request = {
        .ip = m->conn->ip, .helo = str_of(name), .receiver = "unknown", .now = m->arrival_ms / 1000,
    };

    strbuf_putf(&from, "postmaster@%s", name);
    if (!from.over) {
        request.mail_from = strbuf_str(&from);
        spf_evaluate(m->arena, &request, dns, &found);
    }
    arena_rewind(m->arena, mark);
    return found.result == SPF_PASS;
}

static bool knows_client(const struct message *m, const struct sender *s, struct dns_scope *dns)
{
    const struct string_list *names = &s->mark[SENDER_BY_SPF];

    for (size_t i = 0; i < names->n && i < VOUCH_NAMES_MAX; i++)
        if (vouch_publishes(m, names->item[i], dns))
            return true;
    return false;
}

const char *vouch_ask(const struct message *m, const struct evidence *e, const struct dmarc_identifier *ids,
                      size_t id_count, const struct senders *s, struct dns_scope *dns)
{
    struct candidates c = {.catalogue = s};

    if (s == NULL || senders_count(s) == 0 || m->conn->ip.family == IP_NONE || !dmarc_did_not_pass(e, ids, id_count) ||
        proven(m, e, s))
        return "";
    gather_hints(m, e, &c);
    for (size_t i = 0; i < c.n; i++) {
        const char *name;

        if (!knows_client(m, c.sender[i], dns))
            continue;
        name = str_dup(m->arena, str_of(c.sender[i]->name));
        return name == NULL ? "" : name;
    }
    return "";
}
