#include "post/parcel.h"

#include <inttypes.h>

#include "outbox/reports.h"
#include "post/mime.h"
#include "report/build.h"
#include "report/period.h"

enum { TEXT_MAX = 4000, SUBJECT_MAX = 1000, MESSAGE_ID_MAX = 500 };

static const char *organization(const struct config *c)
{
    return c->report_org[0] == '\0' ? build_receiver(c) : c->report_org;
}

/* The receiver's name is the first part of the file name: the two must agree. */
static struct str submitter(const struct report *r)
{
    struct str name = str_of(r->filename);

    return str_slice(name, 0, str_find(name, '!'));
}

static void parcel_put_text(struct strbuf *b, const struct report *r, const struct config *c)
{
    char begin[PERIOD_TEXT_MAX], end[PERIOD_TEXT_MAX];
    bool gzip = str_ends_nocase(str_of(r->filename), STR(".gz"));

    strbuf_putf(b, "This is a DMARC aggregate report about mail in the name of %s.\n\n", r->policy_domain);
    strbuf_putf(b, "%s saw %" PRId64 " message%s of that name on %s%s%s (UTC).\n", organization(c), r->messages,
                r->messages == 1 ? "" : "s", period_text(r->begin_s, begin), r->end_s - r->begin_s >= PERIOD_DAY_S
                ? " to " : "", r->end_s - r->begin_s >= PERIOD_DAY_S ? period_text(r->end_s, end) : "");
    strbuf_putf(b, "The attached file tells where they came from and whether they proved who sent them. It is\n"
                "XML%s, for a program rather than for reading.\n\n", gzip ? " compressed with gzip" : "");
    strbuf_putf(b, "You get it because the DMARC record of %s asks for reports at this address\n(rua). To end them, "
                "change the record.\n\n", r->policy_domain);
    strbuf_putf(b, "Report-ID: %s\nQuestions: %s\n", r->report_id, c->report_email);
}

enum rc parcel_aggregate(struct db *d, struct arena *a, int64_t id, const struct config *c, struct parcel *out,
                         struct err *e)
{
    struct strbuf text = strbuf_new(a, TEXT_MAX), subject = strbuf_new(a, SUBJECT_MAX);
    struct report r;
    enum rc rc = reports_get(d, a, id, &r, e);

    if (rc == RC_OK)
        rc = reports_body(d, a, id, &out->file, e);
    if (rc != RC_OK)
        return rc;
    parcel_put_text(&text, &r, c);
    strbuf_putf(&subject, "Report Domain: %s Submitter: %.*s Report-ID: <%s>", r.policy_domain,
                STR_FMT(submitter(&r)), r.report_id);
    out->id = r.report_id;
    out->text = text.p;
    out->subject = subject.p;
    out->filename = r.filename;
    return text.over || subject.over ? err_set(e, RC_NOMEM, "no memory to compose a report") : RC_OK;
}

const char *parcel_message_id(struct arena *a, const struct parcel *p, const char *verp, const struct config *c)
{
    struct strbuf b = strbuf_new(a, MESSAGE_ID_MAX);

    strbuf_putf(&b, "%s.%s@%s", p->id, verp, build_receiver(c));
    return b.p;
}

enum rc parcel_compose(struct arena *a, const struct parcel *p, const struct delivery *to, const struct config *c,
                       struct dkim_signer *signer, int64_t now_ms, struct str *out, struct err *e)
{
    struct mime_mail mail = {
        .from_name = organization(c),
        .from = c->report_email,
        .to = to->address,
        .subject = p->subject,
        .message_id = to->message_id,
        .boundary = to->verp,
        .date_s = now_ms / 1000,
        .text = p->text,
    };
    struct str plain;
    enum rc rc = p->filename != NULL ? mime_aggregate(a, &mail, p->filename, p->file, &plain, e)
                                     : mime_failure(a, &mail, p->fields, p->headers, &plain, e);

    if (rc == RC_OK && signer != NULL)
        return dkim_signer_sign(signer, a, plain, out, e);
    *out = plain;
    return rc;
}
