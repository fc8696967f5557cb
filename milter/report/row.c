#include "report/row.h"

#include <string.h>

#include "mail/domain.h"

/*
 * A key: the policy's eight texts; source_ip, disposition, dkim, spf,
 * header_from, envelope_from, envelope_to, SPF domain and result; how many
 * reasons, then type and comment of each; then domain, selector and result of
 * each signature.
 */

static void row_put(struct strbuf *key, struct str text)
{
    strbuf_put(key, text);
    strbuf_putc(key, '\0');
}

static void put_z(struct strbuf *key, const char *text)
{
    row_put(key, str_of(text));
}

/* ---- what was done (section 3.1.1.9) ---- */

static bool row_is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* "pass" only where a policy asked for something, judged before t=y [C]. */
static const char *row_disposition(const struct record *r)
{
    if (!row_is(r->dmarc, "pass"))
        return r->disposition;
    return row_is(r->requested_policy, "none") ? "none" : "pass";
}

struct reasons {
    size_t n;
    struct {
        struct str type, comment;
    } item[FEEDBACK_REASONS_MAX];
};

/* The column holds "type" or "type:comment", separated by ';'; what is no known type belongs to the comment before. */
static void read_reasons(const char *text, struct reasons *out)
{
    struct str rest = str_of(text);

    for (out->n = 0; rest.n > 0;) {
        size_t end = str_find(rest, ';');
        struct str item = str_slice(rest, 0, end);
        size_t colon = str_find(item, ':');
        int type;

        if (out->n < FEEDBACK_REASONS_MAX &&
            enum_value(&override_type_names, str_trim(str_slice(item, 0, colon)), &type)) {
            out->item[out->n].type = str_of(enum_name(&override_type_names, type));
            out->item[out->n++].comment = str_trim(str_slice(item, colon + 1, item.n));
        } else if (out->n > 0 && out->item[out->n - 1].comment.n > 0) {
            struct str *comment = &out->item[out->n - 1].comment;

            comment->n = (size_t)(item.p + item.n - comment->p);
        }
        rest = str_slice(rest, end + 1, rest.n);
    }
}

/* A failing message that met another fate than the published policy's MUST have a reason. */
static void complete_reasons(const struct record *r, struct reasons *out)
{
    if (out->n > 0)
        return;
    if (row_is(r->dmarc, "temperror")) {
        out->item[0].type = STR("other");
        out->item[0].comment = STR("dmarc=temperror");
    } else if (row_is(r->dmarc, "fail") && !row_is(r->disposition, r->requested_policy)) {
        out->item[0].type = STR("local_policy");
        out->item[0].comment = STR_NONE;
    } else {
        return;
    }
    out->n = 1;
}

static void row_put_reasons(struct strbuf *key, const struct record *r)
{
    struct reasons reasons;

    read_reasons(r->overrides, &reasons);
    complete_reasons(r, &reasons);
    strbuf_putc(key, (char)('0' + reasons.n));
    strbuf_putc(key, '\0');
    for (size_t i = 0; i < reasons.n; i++) {
        row_put(key, reasons.item[i].type);
        row_put(key, reasons.item[i].comment);
    }
}

/* ---- signatures (section 3.1.3) ---- */

/* Those that pass and align come first: strictly, then relaxed, then other passes, then the rest. */
static int row_rank(const struct record_dkim *s, const struct record *r)
{
    char domain[DOMAIN_MAX + 1];
    struct strbuf b = STRBUF_ON(domain);

    if (s->result != DKIM_PASS)
        return 3;
    strbuf_put(&b, s->domain);
    if (row_is(domain, r->author_domain))
        return 0;
    return r->org_domain[0] != '\0' && domain_is_within(domain, r->org_domain) ? 1 : 2;
}

/* A selector is required; what has none cannot be reported. */
static bool reportable(const struct record_dkim *s)
{
    return s->selector.n > 0 && !str_eq(s->selector, STR("-")) && s->domain.n > 0 && !str_eq(s->domain, STR("-"));
}

static enum rc row_put_signatures(struct arena *a, struct strbuf *key, const struct record *r)
{
    enum { RANKS = 4 };
    struct record_dkim *sig = NULL;
    size_t n = 0, written = 0;
    enum rc rc = r->dkim[0] == '\0' ? RC_OK : record_dkim_parse(a, r->dkim, &sig, &n);

    if (rc == RC_NOMEM)
        return rc;
    if (rc != RC_OK)
        n = 0; /* record_dkim_text did not write it */
    for (int wanted = 0; wanted < RANKS; wanted++) {
        for (size_t i = 0; i < n && written < FEEDBACK_DKIM_WRITTEN; i++) {
            if (!reportable(&sig[i]) || row_rank(&sig[i], r) != wanted)
                continue;
            row_put(key, sig[i].domain);
            row_put(key, sig[i].selector);
            put_z(key, enum_name(&dkim_result_names, (int)sig[i].result));
            written++;
        }
    }
    return RC_OK;
}

/* ---- the key ---- */

static void row_put_policy(struct strbuf *key, const struct record *r)
{
    put_z(key, r->policy_domain);
    put_z(key, r->policy_p);
    put_z(key, r->policy_sp);
    put_z(key, r->policy_np);
    put_z(key, r->policy_adkim);
    put_z(key, r->policy_aspf);
    put_z(key, r->policy_fo);
    put_z(key, r->policy_testing);
}

enum rc row_key(struct arena *a, const struct record *r, bool envelope_to, struct strbuf *key)
{
    enum rc rc;

    row_put_policy(key, r);
    put_z(key, r->client_ip);
    put_z(key, row_disposition(r));
    put_z(key, r->dkim_aligned ? "pass" : "fail");
    put_z(key, r->spf_aligned ? "pass" : "fail");
    put_z(key, r->author_domain);
    put_z(key, r->mail_from_domain);
    put_z(key, envelope_to ? r->rcpt_domain : "");
    put_z(key, r->spf[0] == '\0' ? "" : r->spf_domain); /* not checked: no element */
    put_z(key, r->spf);
    row_put_reasons(key, r);
    rc = row_put_signatures(a, key, r);
    return rc == RC_OK && key->over ? RC_LIMIT : rc;
}

/* The next text of a key, which ends in NUL; NULL when there is none. */
static const char *row_next(struct str *rest)
{
    size_t end = str_find(*rest, '\0');
    const char *text = rest->p;

    if (end == rest->n)
        return NULL;
    *rest = str_slice(*rest, end + 1, rest->n);
    return text;
}

static bool row_read_texts(struct str *rest, const char **const out[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *out[i] = row_next(rest);
        if (*out[i] == NULL)
            return false;
    }
    return true;
}

static bool read_tail(struct str *rest, struct feedback_row *row)
{
    const char *count = row_next(rest);

    if (count == NULL || count[0] < '0' || count[0] > '0' + FEEDBACK_REASONS_MAX)
        return false;
    row->reasons = (size_t)(count[0] - '0');
    for (size_t i = 0; i < row->reasons; i++) {
        const char **const texts[] = {&row->reason[i].type, &row->reason[i].comment};

        if (!row_read_texts(rest, texts, 2))
            return false;
    }
    for (row->signatures = 0; rest->n > 0 && row->signatures < FEEDBACK_DKIM_WRITTEN; row->signatures++) {
        struct feedback_dkim *s = &row->signature[row->signatures];
        const char **const texts[] = {&s->domain, &s->selector, &s->result};

        s->human_result = "";
        if (!row_read_texts(rest, texts, 3))
            return false;
    }
    return rest->n == 0;
}

size_t row_read_policy(struct str key, struct row_policy *p)
{
    const char **const texts[] = {&p->domain, &p->p, &p->sp, &p->np, &p->adkim, &p->aspf, &p->fo, &p->testing};
    struct str rest = key;

    return row_read_texts(&rest, texts, sizeof texts / sizeof *texts) ? key.n - rest.n : 0;
}

enum rc row_read(struct str key, struct feedback_row *row)
{
    const char **const texts[] = {
        &row->source_ip, &row->disposition, &row->dkim, &row->spf, &row->header_from, &row->envelope_from,
        &row->envelope_to, &row->spf_result.domain, &row->spf_result.result,
    };
    struct row_policy policy;
    size_t skip = row_read_policy(key, &policy);
    struct str rest = str_slice(key, skip, key.n);

    row->count = 0;
    row->spf_result.scope = "mfrom";
    row->spf_result.human_result = "";
    return skip > 0 && row_read_texts(&rest, texts, sizeof texts / sizeof *texts) && read_tail(&rest,
                                                                                               row) ? RC_OK : RC_BAD;
}

enum rc row_errors_key(const struct record *r, unsigned errors, struct strbuf *key)
{
    row_put_policy(key, r);
    strbuf_put(key, (struct str){"\0\0", 3});
    strbuf_putf(key, "%u", errors);
    strbuf_putc(key, '\0');
    return key->over ? RC_LIMIT : RC_OK;
}

bool row_read_errors(struct str key, unsigned *errors)
{
    struct row_policy policy;
    struct str rest = str_slice(key, row_read_policy(key, &policy), key.n);
    uint32_t bits = 0;

    if (rest.n < 5 || memcmp(rest.p, "\0\0", 3) != 0 || !str_to_u32(str_slice(rest, 3, rest.n - 1), &bits))
        return false;
    *errors = bits;
    return true;
}

void row_policy_text(const struct row_policy *p, struct strbuf *out)
{
    strbuf_putf(out, "p=%s", p->p);
    if (p->sp[0] != '\0')
        strbuf_putf(out, "; sp=%s", p->sp);
    if (p->np[0] != '\0')
        strbuf_putf(out, "; np=%s", p->np);
    strbuf_putf(out, "; adkim=%s; aspf=%s; fo=%s; t=%s", p->adkim, p->aspf, p->fo, p->testing);
}
