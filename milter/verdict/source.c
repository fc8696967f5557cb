#include "verdict/source.h"

#include <stdarg.h>
#include <stdio.h>

#include "spf/spf_names.h"
#include "verdict/background.h"

static const char *const proofs[] = {"", "return-path", "ptr", "address", "spf", "dkim"};
const struct enum_names source_proof_names = ENUM_NAMES(proofs);

enum { DETAIL_MAX = 400 };

/* The best of one rank so far; a lower rank is not looked at when there is one. */
struct choice {
    const struct senders *catalogue;
    const struct sender *sender;
    enum source_proof proof;
    bool confirmed;
    char detail[DETAIL_MAX];
};

/* How much a service's name says of who wrote the mail. */
static int closeness(enum sender_kind kind)
{
    switch (kind) {
    case SENDER_MAILBOX:
    case SENDER_GATEWAY:
    case SENDER_LIST:
    case SENDER_FORWARDING:
    case SENDER_HOSTING:
        return 0;
    case SENDER_TRANSACTIONAL:
        return 1;
    default:
        return 2;
    }
}

static bool is_better(const struct choice *c, const struct sender *s, bool confirmed)
{
    if (c->sender == NULL)
        return true;
    if (closeness(s->kind) != closeness(c->sender->kind))
        return closeness(s->kind) > closeness(c->sender->kind);
    return confirmed && !c->confirmed;
}

static void source_offer(struct choice *c, const struct sender *s, enum source_proof proof, bool confirmed,
                         const char *fmt,
                         ...) __attribute__((format(printf, 5, 6)));

static void source_offer(struct choice *c, const struct sender *s, enum source_proof proof, bool confirmed,
                         const char *fmt,
                         ...)
{
    va_list ap;

    if (s == NULL || !is_better(c, s, confirmed))
        return;
    c->sender = s;
    c->proof = proof;
    c->confirmed = confirmed;
    va_start(ap, fmt);
    (void)vsnprintf(c->detail, sizeof c->detail, fmt, ap);
    va_end(ap);
}

/* ---- the proofs, strongest first ---- */

static void weigh_signature(struct choice *c, const struct dkim_signature *sig)
{
    bool confirmed;
    const struct sender *s;

    if (sig->result != DKIM_PASS)
        return;
    s = senders_by_domain(c->catalogue, SENDER_BY_DKIM, sig->domain, &confirmed);
    source_offer(c, s, SOURCE_DKIM, confirmed, "d=%s", sig->domain);
    s = senders_by_domain(c->catalogue, SENDER_BY_KEY_CNAME, sig->key_host, &confirmed);
    source_offer(c, s, SOURCE_DKIM, confirmed, "d=%s, key at %s", sig->domain, sig->key_host);
}

static void weigh_spf(struct choice *c, struct arena *a, const struct spf_evidence *spf)
{
    struct spf_name name[SPF_NAMES_MAX];
    size_t n = spf_names(a, spf, name);

    for (size_t i = 0; i < n; i++) {
        bool confirmed;
        const struct sender *s = senders_by_domain(c->catalogue, SENDER_BY_SPF, name[i].domain, &confirmed);

        if (name[i].term[0] != '\0')
            source_offer(c, s, SOURCE_SPF, confirmed, "%s", name[i].term);
        else
            source_offer(c, s, SOURCE_SPF, confirmed, "record of %s", name[i].domain);
    }
}

static void weigh_address(struct choice *c, const struct ip *ip, const char *published_by)
{
    char text[IP_TEXT_MAX];
    bool confirmed;
    const struct sender *s = senders_by_address(c->catalogue, ip, &confirmed);

    source_offer(c, s, SOURCE_ADDRESS, confirmed, "%s in its networks", ip_text(ip, text));
    s = senders_find(c->catalogue, str_of(published_by));
    confirmed = s != NULL && (s->unconfirmed & 1u << SENDER_BY_SPF) == 0;
    source_offer(c, s, SOURCE_ADDRESS, confirmed, "%s in its own SPF record", ip_text(ip, text));
}

static void weigh_ptr(struct choice *c, const struct iprev_evidence *iprev)
{
    bool confirmed;
    const struct sender *s;

    if (iprev->result != IPREV_PASS)
        return;
    s = senders_by_domain(c->catalogue, SENDER_BY_PTR, iprev->name, &confirmed);
    source_offer(c, s, SOURCE_PTR, confirmed, "%s", iprev->name);
}

static void weigh_return_path(struct choice *c, const struct spf_evidence *spf)
{
    bool confirmed;
    const struct sender *s;

    if (!spf->checked || spf->result != SPF_PASS || spf->from_helo)
        return;
    s = senders_by_domain(c->catalogue, SENDER_BY_RETURN_PATH, spf->domain, &confirmed);
    source_offer(c, s, SOURCE_RETURN_PATH, confirmed, "%s", spf->domain);
}

bool source_is_group(const char *name)
{
    struct str s = str_of(name);

    return str_eq(s, STR(SOURCE_UNKNOWN)) || str_starts_nocase(s, STR("ptr:")) || str_starts_nocase(s, STR("as:")) ||
           str_starts_nocase(s, STR("net:"));
}

enum rc source_identify(struct arena *a, const struct message *m, const struct evidence *e, const struct senders *s,
                        struct source *out)
{
    static const char unconfirmed[] = " (unconfirmed)";
    struct choice c = {.catalogue = s};
    struct strbuf detail;

    *out = (struct source){.name = "unknown", .detail = ""};
    if (s == NULL)
        return RC_OK;
    for (size_t i = 0; i < e->dkim.n; i++)
        weigh_signature(&c, &e->dkim.sig[i]);
    if (c.sender == NULL)
        weigh_spf(&c, a, &e->spf);
    if (c.sender == NULL)
        weigh_address(&c, &m->conn->ip, e->published_by);
    if (c.sender == NULL)
        weigh_ptr(&c, &e->iprev);
    if (c.sender == NULL)
        weigh_return_path(&c, &e->spf);
    if (c.sender == NULL)
        return RC_OK;
    detail = strbuf_new(a, sizeof c.detail + sizeof unconfirmed);
    strbuf_puts(&detail, c.detail);
    strbuf_puts(&detail, c.confirmed ? "" : unconfirmed);
    *out = (struct source){.name = c.sender->name, .sender = c.sender, .proof = c.proof, .confirmed = c.confirmed,
                           .detail = detail.p};
    return detail.over ? RC_NOMEM : RC_OK;
}

/* ---- what people entered ---- */

static const struct sender *sender_of_network(struct arena *a, const struct senders *s, const char *name,
                                              const char *net, enum ip_family family)
{
    const struct sender *known = s == NULL ? NULL : senders_find(s, str_of(name));
    struct sender *own = known == NULL ? arena_alloc(a, sizeof *own) : NULL;
    struct strbuf include = strbuf_new(a, IP_TEXT_MAX + sizeof "ip4:/128");

    if (known != NULL || own == NULL)
        return known;
    strbuf_putf(&include, "ip%d:%s", (int)family, net);
    *own = (struct sender){.name = name, .title = name, .kind = SENDER_HOSTING, .include = include.p, .setup = "",
                           .setup_words = "", .document = "", .document_date = "", .note = ""};
    return include.over ? NULL : own;
}

enum rc source_by_network(struct arena *a, const struct background *b, const char *domain, const struct ip *ip,
                          const struct senders *s, struct source *out)
{
    char address[IP_TEXT_MAX], first[IP_TEXT_MAX], text[IP_TEXT_MAX + sizeof "/128"];
    struct strbuf detail = strbuf_new(a, 2 * IP_TEXT_MAX + 40), prefix = STRBUF_ON(text);
    struct ip_net net;
    const char *name = out->proof >= SOURCE_SPF ? NULL : background_network(b, domain, ip, &net);
    const struct sender *sender;

    if (name == NULL)
        return RC_OK;
    strbuf_puts(&prefix, ip_text(&net.addr, first));
    if (net.bits < (net.addr.family == IP_V4 ? 32 : 128))
        strbuf_putf(&prefix, "/%u", (unsigned)net.bits);
    name = str_dup(a, str_of(name));
    sender = name == NULL ? NULL : sender_of_network(a, s, name, text, net.addr.family);
    strbuf_putf(&detail, "%s, entered as %s", ip_text(ip, address), text);
    if (sender == NULL || detail.over)
        return RC_NOMEM;
    *out = (struct source){.name = name, .sender = sender, .proof = SOURCE_ADDRESS, .confirmed = true,
                           .detail = detail.p};
    return RC_OK;
}
