#include "dkim/dkim_lookup.h"

#include <string.h>

/* RFC 6376 section 3.6.2.1; NULL without memory. */
static const char *dkim_lookup_key_name(struct arena *a, const struct dkim_sig *sig)
{
    struct strbuf b = strbuf_new(a, strlen(sig->selector) + strlen(sig->domain) + 20);

    strbuf_putf(&b, "%s._domainkey.%s", sig->selector, sig->domain);
    return b.over ? NULL : b.p;
}

void dkim_lookup_begin(struct arena *a, struct dns_scope *dns, const struct dkim_sig *sig)
{
    const char *name = dkim_lookup_key_name(a, sig);

    if (name != NULL)
        dns_prefetch(dns, name, DNS_TXT);
}

static enum rc dkim_lookup_failed(struct arena *a, const struct dns_answer *answer, struct dkim_lookup *out)
{
    struct strbuf b = strbuf_new(a, 100);

    strbuf_putf(&b, "key lookup failed: %.60s", answer->why);
    out->temp = true;
    out->problem = DKIM_PROBLEM_DNS;
    out->why = b.over ? NULL : b.p;
    return b.over ? RC_NOMEM : RC_OK;
}

/* Maps an unusable key to its enum dkim_problem; `why` says what is wrong with it. */
static enum dkim_problem dkim_lookup_problem_of(const struct dkim_key *key, unsigned min_bits)
{
    if (!key->is_key)
        return DKIM_PROBLEM_NO_KEY;
    if (key->revoked)
        return DKIM_PROBLEM_REVOKED;
    if (key->why[0] == '\0' && key->type == DKIM_SIG_KEY_RSA && key->bits < (min_bits < 1024 ? 1024 : min_bits))
        return DKIM_PROBLEM_WEAK;
    return DKIM_PROBLEM_KEY;
}

enum rc dkim_lookup_finish(struct arena *a, struct dns_scope *dns, const struct dkim_sig *sig, unsigned min_key_bits,
                           struct dkim_lookup *out)
{
    const char *name = dkim_lookup_key_name(a, sig);
    const struct dns_answer *answer;
    enum rc rc;

    *out = (struct dkim_lookup){.why = NULL};
    if (name == NULL)
        return RC_NOMEM;
    answer = dns_ask(dns, name, DNS_TXT);
    out->host = answer->canonical[0] == '\0' ? "" : str_dup(a, str_of(answer->canonical));
    if (out->host == NULL)
        return RC_NOMEM;
    if (answer->status == DNS_TEMPFAIL)
        return dkim_lookup_failed(a, answer, out);
    out->known = true;
    out->ttl = answer->ttl;
    rc = dkim_key_select(a, answer->rr, answer->count, sig, min_key_bits, &out->key, &out->why);
    if (rc == RC_NOTFOUND) {
        out->why = "no key";
        out->problem = DKIM_PROBLEM_NO_KEY;
        return RC_OK;
    }
    if (rc != RC_OK)
        return rc;
    if (out->why[0] != '\0') {
        out->problem = dkim_lookup_problem_of(&out->key, min_key_bits);
        return RC_OK;
    }
    out->record = dkim_key_record(a, &out->key);
    if (out->record == NULL)
        out->why = NULL;
    return out->record == NULL ? RC_NOMEM : RC_OK;
}
