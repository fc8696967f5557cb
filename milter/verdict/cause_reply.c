/* A cause as the sender's server is told it: one clause, with the names that matter, for an SMTP reply. */
#include "verdict/cause_reply.h"

#include <string.h>

#include "verdict/relay.h"

enum { SHOWN_NAME = 48 };

static void cause_reply_put_name(struct strbuf *b, const char *name)
{
    strbuf_put_escaped(b, str_of(name), SHOWN_NAME);
}

/* "sent through SendGrid, " where a service of the catalogue sent it. */
static void put_service(struct strbuf *b, const struct verdict *v, const char *which)
{
    strbuf_puts(b, "sent through ");
    cause_reply_put_name(b, v->source.sender->title);
    strbuf_puts(b, which);
    cause_reply_put_name(b, v->dmarc.author_domain);
}

/* The signature that passes, of the author's organization though not the very domain: adkim=s. */
static bool is_strict(const struct given *g, const struct verdict *v)
{
    for (size_t i = 0; i < g->evidence->dkim.n; i++)
        if (g->evidence->dkim.sig[i].result == DKIM_PASS && relay_is_own(&v->dmarc, g->evidence->dkim.sig[i].domain))
            return true;
    return false;
}

static void put_unsigned(struct strbuf *b, const struct given *g, const struct verdict *v)
{
    if (is_strict(g, v)) {
        strbuf_puts(b, "its policy demands a signature of exactly ");
        cause_reply_put_name(b, v->dmarc.author_domain);
        strbuf_puts(b, " (adkim=s)");
    } else if (relay_is_sending_service(v->source.sender)) {
        put_service(b, v, ", which does not sign for ");
    } else {
        strbuf_puts(b, "it is signed, but not by ");
        cause_reply_put_name(b, v->dmarc.author_domain);
    }
}

/* Of causes whose clause holds no name. */
static const char *plain_clause(enum cause cause)
{
    static const char *const clause[CAUSE_COUNT] = {
        [CAUSE_LOOKALIKE] = "the domain imitates another one",
        [CAUSE_PARKED] = "this domain never sends mail",
        [CAUSE_DNS_TEMPORARY] = "DNS gave no answer",
        [CAUSE_MAILING_LIST] = "a mailing list changed the message",
        [CAUSE_FORWARDED] = "it was forwarded, and its authentication did not survive that",
        [CAUSE_DNS_CHANGED] = "a DNS record of this domain changed a short while ago",
        [CAUSE_DKIM_BROKEN] = "its signature does not verify: changed after signing, or signed with another key",
        [CAUSE_DKIM_WEAK_KEY] = "it is signed with a key or an algorithm that is too weak",
        [CAUSE_DKIM_NO_KEY] = "the key of its signature is not in DNS",
        [CAUSE_DKIM_INVALID] = "its signature is malformed, has expired or does not cover From",
        [CAUSE_SPF_MULTIPLE] = "the domain has several SPF records",
        [CAUSE_SPF_SYNTAX] = "the SPF record has an error in it",
        [CAUSE_SPF_LIMIT] = "the SPF record needs too many DNS lookups",
        [CAUSE_SPF_UNALIGNED] = "its return path is of another domain, and it is not signed",
        [CAUSE_UNAUTHORIZED] = "neither SPF nor DKIM confirms that it comes from there",
    };

    return clause[cause];
}

void cause_reply(struct strbuf *b, const struct given *g, const struct verdict *v)
{
    const char *clause = plain_clause(v->finding.cause);

    switch (v->finding.cause) {
    case CAUSE_DKIM_UNALIGNED: put_unsigned(b, g, v); break;
    case CAUSE_DKIM_ABSENT:
        if (v->source.sender != NULL)
            put_service(b, v, ", which does not sign for ");
        else
            strbuf_puts(b, "it is not signed");
        break;
    case CAUSE_SPF_NO_INCLUDE:
        if (v->source.sender != NULL)
            put_service(b, v, ", which is not in the SPF record of ");
        else
            strbuf_puts(b, "the sending host is not in its SPF record");
        break;
    default: strbuf_puts(b, clause == NULL ? "" : clause);
    }
}
