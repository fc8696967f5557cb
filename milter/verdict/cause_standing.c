/* Who wants the source?  A source that nobody confirmed, or that was given up, is not helped to pass. */
#include "verdict/cause_facts.h"

#include <string.h>

enum { NEXT_MAX = 900 };

enum source_status cause_standing(const struct verdict *v)
{
    if (v->known == NULL && (v->client == NULL || v->client_domain == CLIENT_DOMAIN_PARKED ||
                             v->client_domain == CLIENT_DOMAIN_LOOKALIKE))
        return STATUS_APPROVED; /* nobody here decides about it */
    if (strcmp(v->source.name, SOURCE_UNKNOWN) == 0 &&
        (v->known == NULL || v->known->status == STATUS_UNKNOWN || v->known->status == STATUS_PENDING))
        return STATUS_APPROVED;
    return v->known == NULL ? STATUS_UNKNOWN : v->known->status;
}

bool cause_helps_source(enum cause cause)
{
    const unsigned others =
        1u << CAUSE_DNS_CHANGED | 1u << CAUSE_SPF_MULTIPLE | 1u << CAUSE_SPF_SYNTAX | 1u << CAUSE_SPF_LIMIT;
    enum playbook playbook = cause_about(cause)->playbook;

    return playbook != PLAYBOOK_NONE && playbook != PLAYBOOK_SPOOFING && (others & 1u << cause) == 0;
}

static const char *title(const struct verdict *v)
{
    return v->source.sender != NULL ? v->source.sender->title : v->source.name;
}

/* Who can say: the source's owner, else the client's first contact. */
static void put_whom(struct strbuf *b, const struct verdict *v)
{
    if (v->known != NULL && v->known->owner[0] != '\0')
        strbuf_puts(b, v->known->owner);
    else if (v->client != NULL && v->client->contacts.n > 0)
        strbuf_puts(b, v->client->contacts.item[0]);
    else if (v->client != NULL)
        strbuf_puts(b, v->client->title);
    else
        strbuf_putf(b, "the postmaster of %s", v->dmarc.author_domain);
}

static void ask_who(struct strbuf *b, const struct verdict *v)
{
    strbuf_puts(b, "ask ");
    put_whom(b, v);
    strbuf_putf(b, " who uses %s for %s", title(v), v->dmarc.author_domain);
}

static void say_of_failure(struct strbuf *b, const struct verdict *v, const struct finding *found)
{
    const char *author = v->dmarc.author_domain;

    switch (cause_standing(v)) {
    case STATUS_MALICIOUS:
        strbuf_putf(b, "treat it as forged: %s is marked malicious for %s", v->source.name, author);
        break;
    case STATUS_RETIRED:
        strbuf_puts(b, "ask ");
        put_whom(b, v);
        strbuf_putf(b, " why %s, marked retired, still sends for %s; repair nothing before that", v->source.name,
                    author);
        break;
    case STATUS_UNKNOWN:
    case STATUS_PENDING:
        if (cause_helps_source(found->cause)) {
            strbuf_puts(b, "first ");
            ask_who(b, v);
            strbuf_putf(b, "; once that is confirmed, %s", found->next);
        } else {
            strbuf_putf(b, "%s; and ", found->next);
            ask_who(b, v);
        }
        break;
    case STATUS_APPROVED: break;
    }
}

static void say_of_pass(struct strbuf *b, const struct verdict *v)
{
    const char *author = v->dmarc.author_domain;

    switch (cause_standing(v)) {
    case STATUS_MALICIOUS:
        strbuf_putf(b, "treat it as forged, although it passes: %s is marked malicious for %s; take what lets it pass "
                    "(its DKIM key, its SPF include) out of DNS", title(v), author);
        break;
    case STATUS_RETIRED:
        strbuf_putf(b, "switch it off: %s is marked retired for %s and its mail still passes; end it there, then take "
                    "its DKIM key and SPF include out of DNS", title(v), author);
        break;
    case STATUS_UNKNOWN:
    case STATUS_PENDING:
        ask_who(b, v);
        strbuf_puts(b, ": its mail passes, and nobody has confirmed that it is wanted");
        break;
    case STATUS_APPROVED: break;
    }
}

enum rc cause_ask_first(const struct cause_facts *f, struct finding *out)
{
    char mem[NEXT_MAX + 1];
    struct strbuf b = STRBUF_ON(mem);
    enum playbook playbook = cause_about(out->cause)->playbook;

    if (out->cause == CAUSE_NONE && f->v->dmarc.result == DMARC_PASS)
        say_of_pass(&b, f->v);
    else if (playbook != PLAYBOOK_NONE && playbook != PLAYBOOK_SPOOFING)
        say_of_failure(&b, f->v, out);
    if (b.n == 0)
        return RC_OK;
    out->next = str_dup(f->arena, strbuf_str(&b));
    return out->next == NULL ? RC_NOMEM : RC_OK;
}
