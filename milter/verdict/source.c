#include "verdict/source.h"

#include <stdarg.h>
#include <stdio.h>

#include "auth/spf_names.h"

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

static void offer(struct choice *c, const struct sender *s, enum source_proof proof, bool confirmed, const char *fmt,
                  ...) __attribute__((format(printf, 5, 6)));

static void offer(struct choice *c, const struct sender *s, enum source_proof proof, bool confirmed, const char *fmt,
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
    offer(c, s, SOURCE_DKIM, confirmed, "d=%s", sig->domain);
    s = senders_by_domain(c->catalogue, SENDER_BY_KEY_CNAME, sig->key_host, &confirmed);
    offer(c, s, SOURCE_DKIM, confirmed, "d=%s, key at %s", sig->domain, sig->key_host);
}

static void weigh_spf(struct choice *c, struct arena *a, const struct spf_evidence *spf)
{
    struct spf_name name[SPF_NAMES_MAX];
    size_t n = spf_names(a, spf, name);

    for (size_t i = 0; i < n; i++) {
        bool confirmed;
        const struct sender *s = senders_by_domain(c->catalogue, SENDER_BY_SPF, name[i].domain, &confirmed);

        if (name[i].term[0] != '\0')
            offer(c, s, SOURCE_SPF, confirmed, "%s", name[i].term);
        else
            offer(c, s, SOURCE_SPF, confirmed, "record of %s", name[i].domain);
    }
}

static void weigh_address(struct choice *c, const struct ip *ip, const char *published_by)
{
    char text[IP_TEXT_MAX];
    bool confirmed;
    const struct sender *s = senders_by_address(c->catalogue, ip, &confirmed);

    offer(c, s, SOURCE_ADDRESS, confirmed, "%s in its networks", ip_text(ip, text));
    s = senders_find(c->catalogue, str_of(published_by));
    confirmed = s != NULL && (s->unconfirmed & 1u << SENDER_BY_SPF) == 0;
    offer(c, s, SOURCE_ADDRESS, confirmed, "%s in its own SPF record", ip_text(ip, text));
}

static void weigh_ptr(struct choice *c, const struct iprev_evidence *iprev)
{
    bool confirmed;
    const struct sender *s;

    if (iprev->result != IPREV_PASS)
        return;
    s = senders_by_domain(c->catalogue, SENDER_BY_PTR, iprev->name, &confirmed);
    offer(c, s, SOURCE_PTR, confirmed, "%s", iprev->name);
}

static void weigh_return_path(struct choice *c, const struct spf_evidence *spf)
{
    bool confirmed;
    const struct sender *s;

    if (!spf->checked || spf->result != SPF_PASS || spf->from_helo)
        return;
    s = senders_by_domain(c->catalogue, SENDER_BY_RETURN_PATH, spf->domain, &confirmed);
    offer(c, s, SOURCE_RETURN_PATH, confirmed, "%s", spf->domain);
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
