#include "output/failure.h"

#include <string.h>

#include "mail/domain.h"

enum { BUCKET_MAX = 800 };

/* ---- whether ---- */

bool failure_opted_in(const struct config *c, const char *policy_domain)
{
    for (size_t i = 0; i < c->failure_reports.n; i++)
        if (domain_is_within(policy_domain, c->failure_reports.item[i]))
            return true;
    return false;
}

/* Whether `text` names the address, or it with an extension, as our return paths are. */
static bool names(struct str text, const char *address)
{
    const char *at = strchr(address, '@');
    struct str local, domain;

    if (at == NULL)
        return false;
    local = (struct str){address, (size_t)(at - address)};
    domain = str_of(at);
    for (size_t i = 0; i + local.n < text.n; i++) {
        struct str rest = str_slice(text, i, text.n);

        if (!str_starts_nocase(rest, local) || (i > 0 && char_is_alnum(text.p[i - 1])))
            continue;
        rest = str_slice(rest, local.n, rest.n);
        if (rest.p[0] == '+')
            rest = str_slice(rest, str_find(rest, '@'), rest.n);
        if (str_starts_nocase(rest, domain))
            return true;
    }
    return false;
}

/* RFC 9991 section 5.1: reports about reports, or about the mail they cause, would never end. */
static bool is_report(const struct message *m, const struct config *c)
{
    const struct header *type = message_find_header(m, "Content-Type", 0);
    const struct header *from = message_find_header(m, "From", 0);
    const char *own;

    if (type != NULL && str_starts_nocase(str_trim(type->value), STR("multipart/report")))
        return true;
    for (size_t i = 0; (own = config_report_mailbox(c, i)) != NULL; i++) {
        if (names(m->mail_from, own))
            return true;
        if (from != NULL && names(str_slice(from->value, 0, RECORD_TEXT_MAX), own))
            return true;
        for (uint32_t k = 0; k < m->rcpt_count && k < MESSAGE_RCPT_MAX; k++)
            if (names(m->rcpt[k], own))
                return true;
    }
    return false;
}

/* ---- which ---- */

static bool any_temperror(const struct evidence *e)
{
    for (size_t i = 0; i < e->dkim.n; i++)
        if (e->dkim.sig[i].result == DKIM_TEMPERROR)
            return true;
    return e->spf.checked && e->spf.result == SPF_TEMPERROR;
}

static const struct dkim_signature *failed_signature(const struct evidence *e)
{
    for (size_t i = 0; i < e->dkim.n; i++)
        if (e->dkim.sig[i].result == DKIM_FAIL)
            return &e->dkim.sig[i];
    return NULL;
}

static const char *signature_kind(const struct dkim_signature *sig)
{
    return strstr(sig->reason, "body hash") != NULL ? "bodyhash" : "signature";
}

/* A temporary failure is no failure: nothing is reported that DNS may have caused. */
const char *failure_kind(const char *fo, const struct dmarc_verdict *v, const struct evidence *e)
{
    bool fail = v->result == DMARC_FAIL;
    const struct dkim_signature *sig = failed_signature(e);

    if (!fail && v->result != DMARC_PASS)
        return "";
    if (strchr(fo, '0') != NULL && fail)
        return "dmarc";
    if (strchr(fo, '1') != NULL && (fail || ((!v->spf_aligned || !v->dkim_aligned) && !any_temperror(e))))
        return "dmarc";
    if (strchr(fo, 'd') != NULL && sig != NULL)
        return signature_kind(sig);
    if (strchr(fo, 's') != NULL && e->spf.checked && (e->spf.result == SPF_FAIL || e->spf.result == SPF_SOFTFAIL))
        return "spf";
    return "";
}

/* ---- what ---- */

/* The signature that would have aligned had it passed: the first strictly so, else relaxed; for fo=d the failed one. */
static const struct dkim_signature *telling_signature(const struct failure_question *q, const char *kind)
{
    const struct dmarc_verdict *v = q->dmarc;
    const char *org = v->org_domain[0] != '\0' ? v->org_domain : v->policy_domain; /* not always known */
    const struct dkim_signature *relaxed = NULL;

    if (strcmp(kind, "dmarc") != 0)
        return strcmp(kind, "spf") == 0 ? NULL : failed_signature(q->evidence);
    for (size_t i = 0; i < q->evidence->dkim.n && !v->dkim_aligned; i++) {
        const struct dkim_signature *sig = &q->evidence->dkim.sig[i];

        if (sig->result == DKIM_PASS || sig->domain[0] == '\0')
            continue;
        if (strcmp(sig->domain, v->author_domain) == 0)
            return sig;
        if (relaxed == NULL && domain_is_within(sig->domain, org))
            relaxed = sig;
    }
    return relaxed;
}

/* Those equal in it are one report with a count (Incidents). */
static const char *bucket(struct arena *a, const struct failure_question *q, const char *kind)
{
    const struct record *r = q->record;
    struct strbuf b = strbuf_new(a, BUCKET_MAX);

    strbuf_putf(&b, "%s %s %s%s%s ", r->policy_domain, r->client_ip, kind, r->spf_aligned ? "" : " spf",
                r->dkim_aligned ? "" : " dkim");
    strbuf_put_clean(&b, str_of(r->mail_from_domain), 300);
    return b.over ? NULL : b.p;
}

static enum rc failure_fill(struct arena *a, const struct failure_question *q, const char *kind, struct failure *out)
{
    const struct dkim_signature *sig = telling_signature(q, kind);
    const char *identity = sig == NULL ? "" : sig->identity, *selector = sig == NULL ? "" : sig->selector;

    out->policy_domain = q->record->policy_domain;
    out->bucket = bucket(a, q, kind);
    out->kind = kind;
    out->dkim_domain = sig == NULL ? "" : sig->domain;
    out->dkim_identity = redact_text(a, str_of(identity), q->key);
    out->dkim_selector = redact_text(a, str_of(selector), q->key);
    out->mail_from = redact_text(a, q->message->mail_from, q->key);
    out->headers = redact_headers(a, q->message, q->key);
    return out->bucket == NULL || out->dkim_identity == NULL || out->dkim_selector == NULL || out->mail_from == NULL ||
                   out->headers == NULL
               ? RC_NOMEM
               : RC_OK;
}

enum rc failure_make(struct arena *a, const struct failure_question *q, const struct failure **out)
{
    const struct dmarc_record *record = q->dmarc->record;
    const char *kind;
    struct failure *made;
    enum rc rc;

    *out = NULL;
    if (record == NULL || record->ruf_count == 0 || record->psd == DMARC_PSD_Y ||
        !failure_opted_in(q->config, q->dmarc->policy_domain) || is_report(q->message, q->config))
        return RC_OK;
    kind = failure_kind(record->fo, q->dmarc, q->evidence);
    if (kind[0] == '\0')
        return RC_OK;
    made = arena_alloc(a, sizeof *made);
    rc = made == NULL ? RC_NOMEM : failure_fill(a, q, kind, made);
    if (rc == RC_OK)
        *out = made;
    return rc;
}
