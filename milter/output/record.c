#include "output/record.h"

#include "mail/address.h"
#include "output/arc_vouch.h"

enum { RCPT_SHOWN = 10 };

/* Text fit to be kept (record.h); "" for NULL and when memory is gone. */
static const char *record_clean(struct arena *a, struct str s)
{
    char text[RECORD_TEXT_MAX + 1];
    struct strbuf b = STRBUF_ON(text);
    const char *copy;

    if (s.n == 0)
        return "";
    strbuf_put_clean(&b, s, RECORD_TEXT_MAX);
    copy = str_dup(a, strbuf_str(&b));
    return copy == NULL ? "" : copy;
}

static const char *clean_z(struct arena *a, const char *z)
{
    return record_clean(a, str_of(z));
}

static const char *domain_or_nothing(struct arena *a, struct str path)
{
    const char *domain = address_domain(a, path);

    return domain == NULL ? "" : domain;
}

static const char *recipients(struct arena *a, const struct message *m)
{
    struct strbuf b = strbuf_new(a, RECORD_TEXT_MAX);

    for (uint32_t i = 0; i < m->rcpt_count && i < RCPT_SHOWN; i++) {
        if (b.n > 0)
            strbuf_putc(&b, ' ');
        strbuf_put_clean(&b, m->rcpt[i], b.max - b.n);
    }
    return b.p;
}

static const char *message_id(struct arena *a, const struct message *m)
{
    const struct header *h = message_find_header(m, "Message-ID", 0);
    struct str id = h == NULL ? STR_NONE : str_trim(h->value);

    if (id.n >= 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
        id = str_slice(id, 1, id.n - 1);
    return record_clean(a, id);
}

static void fill_message(struct arena *a, const struct message *m, struct record *r)
{
    const struct header *from = message_find_header(m, "From", 0);
    const struct conn *conn = m->conn;
    char ip[IP_TEXT_MAX];

    r->time_ms = m->arrival_ms;
    r->queue_id = clean_z(a, m->queue_id);
    r->message_id = message_id(a, m);
    r->client_ip = clean_z(a, ip_text(&conn->ip, ip));
    r->client_name = clean_z(a, conn->name);
    r->helo = clean_z(a, conn->helo);
    r->auth_user = clean_z(a, conn->auth_user);
    r->tls = clean_z(a, conn->tls_version);
    r->mail_from = record_clean(a, m->mail_from);
    r->mail_from_domain = domain_or_nothing(a, m->mail_from);
    r->rcpt = recipients(a, m);
    r->rcpt_domain = m->rcpt_count > 0 ? domain_or_nothing(a, m->rcpt[0]) : "";
    r->rcpts = m->rcpt_count;
    r->size = (int64_t)(m->header_bytes + m->body_bytes);
    r->header_from = from == NULL ? "" : record_clean(a, str_trim(from->value));
}

static const char *dkim_reasons(struct arena *a, const struct dkim_evidence *e)
{
    struct strbuf b;

    if (e->n == 0)
        return "";
    b = strbuf_new(a, RECORD_TEXT_MAX);
    for (size_t i = 0; i < e->n; i++) {
        struct str reason = str_of(e->sig[i].reason);
        size_t start;

        strbuf_puts(&b, i > 0 ? "; " : "");
        start = b.n;
        strbuf_put_clean(&b, reason.n == 0 ? STR("-") : reason, b.max - b.n);
        for (size_t at = start; at < b.n; at++)
            if (b.p[at] == ';') /* it separates */
                b.p[at] = ',';
    }
    return b.p;
}

static const char *arc_chain(struct arena *a, const struct arc_evidence *e)
{
    struct strbuf b;

    if (e->n == 0)
        return "";
    b = strbuf_new(a, RECORD_TEXT_MAX);
    for (size_t i = e->n; i-- > 0;) {
        strbuf_putf(&b, "%sd=", b.n > 0 ? " " : "");
        strbuf_put_clean(&b, str_of(e->set[i].seal_domain), b.max - b.n);
        strbuf_puts(&b, " s=");
        strbuf_put_clean(&b, str_of(e->set[i].seal_selector), b.max - b.n);
    }
    return b.p;
}

static void fill_evidence(struct arena *a, const struct evidence *e, struct record *r)
{
    r->iprev = enum_name(&iprev_result_names, (int)e->iprev.result);
    r->spf = e->spf.checked ? enum_name(&spf_result_names, (int)e->spf.result) : "";
    r->spf_domain = clean_z(a, e->spf.domain);
    r->spf_scope = !e->spf.checked ? "" : e->spf.from_helo ? "helo" : "mfrom";
    r->spf_mechanism = clean_z(a, e->spf.mechanism);
    r->spf_problem = clean_z(a, e->spf.problem);
    r->spf_record = clean_z(a, e->spf.record);
    r->dkim = record_dkim_text(a, &e->dkim);
    r->dkim_reasons = dkim_reasons(a, &e->dkim);
    r->arc = enum_name(&arc_result_names, (int)e->arc.result);
    r->arc_reason = clean_z(a, e->arc.reason);
    r->arc_chain = arc_chain(a, &e->arc);
    r->dns_questions = e->dns_questions;
    r->dns_ms = e->dns_ms;
}

static const char *policy_tag(const struct dmarc_policy_tag *tag)
{
    return tag->state == DMARC_TAG_VALID ? enum_name(&dmarc_policy_names, (int)tag->value) : "";
}

static void fill_policy(struct arena *a, const struct dmarc_verdict *d, struct record *r)
{
    const struct dmarc_record *p = d->record;

    r->policy_record = clean_z(a, d->record_text);
    r->policy_p = r->policy_sp = r->policy_np = "";
    r->policy_adkim = r->policy_aspf = r->policy_fo = r->policy_testing = "";
    if (p == NULL)
        return;
    r->policy_p = dmarc_record_unusable(p) ? enum_name(&dmarc_policy_names, DMARC_P_NONE) : policy_tag(&p->p);
    r->policy_sp = policy_tag(&p->sp);
    r->policy_np = policy_tag(&p->np);
    r->policy_adkim = p->adkim_strict ? "s" : "r";
    r->policy_aspf = p->aspf_strict ? "s" : "r";
    r->policy_fo = clean_z(a, p->fo);
    r->policy_testing = p->testing ? "y" : "n";
    r->policy_rua = (int64_t)p->rua_count;
}

static const char *override_text(struct arena *a, const struct verdict *v)
{
    struct strbuf b;

    if (v->override_count == 0)
        return "";
    b = strbuf_new(a, RECORD_TEXT_MAX);
    for (size_t i = 0; i < v->override_count; i++) {
        strbuf_putf(&b, "%s%s", i > 0 ? ";" : "", enum_name(&override_type_names, (int)v->override[i].type));
        if (v->override[i].comment[0] != '\0')
            strbuf_putf(&b, ":%s", v->override[i].comment);
    }
    return b.p;
}

static void fill_verdict(struct arena *a, const struct verdict *v, struct record *r)
{
    const struct dmarc_verdict *d = &v->dmarc;
    bool applied = d->record != NULL;

    r->author_domain = clean_z(a, d->author_domain);
    r->org_domain = clean_z(a, d->org_domain);
    r->spf_aligned = d->spf_aligned;
    r->dkim_aligned = d->dkim_aligned;
    r->dmarc = enum_name(&dmarc_result_names, (int)d->result);
    r->why = clean_z(a, d->why);
    r->policy_domain = clean_z(a, d->policy_domain);
    r->policy_source = enum_name(&dmarc_source_names, (int)d->source);
    r->policy_tag = enum_name(&dmarc_tag_names, (int)d->tag);
    fill_policy(a, d, r);
    r->requested_policy = applied ? enum_name(&dmarc_policy_names, (int)d->requested) : "";
    r->policy = applied ? enum_name(&dmarc_policy_names, (int)d->policy) : "";
}

void record_decided(struct arena *a, const struct verdict *v, struct record *r)
{
    bool asked = v->rule[0] != '\0';

    r->ref = v->ref;
    r->rule = v->rule;
    r->action = asked ? enum_name(&policy_action_names, (int)v->action) : "";
    r->enforcement = enum_name(&enforcement_names, (int)v->enforcement);
    r->disposition = enum_name(&disposition_names, (int)v->disposition);
    r->overrides = override_text(a, v);
}

/* Who had it before, and what he says of it. */
static void fill_relay(struct arena *a, const struct evidence *e, const struct verdict *v, struct record *r)
{
    r->arc_vouch = arc_vouch_text(a, e, &v->dmarc);
    r->arc_origin = arc_vouch_origin(a, e);
    r->list = v->relay.kind == RELAY_LIST;
}

static const char *limits_text(struct arena *a, unsigned limits)
{
    struct strbuf b;

    if (limits == 0)
        return "";
    b = strbuf_new(a, RECORD_TEXT_MAX);
    for (int i = 0; i < MESSAGE_LIMIT_COUNT; i++)
        if ((limits & 1u << i) != 0)
            strbuf_putf(&b, "%s%s", b.n > 0 ? "," : "", enum_name(&message_limit_names, i));
    return b.p;
}

static const char *causes_text(struct arena *a, unsigned causes)
{
    struct strbuf b;

    if (causes == 0)
        return "";
    b = strbuf_new(a, RECORD_TEXT_MAX);
    for (int i = 0; i < CAUSE_COUNT; i++)
        if ((causes & 1u << i) != 0)
            strbuf_putf(&b, "%s%s", b.n > 0 ? "," : "", enum_name(&cause_names, i));
    return b.p;
}

static void fill_finding(struct arena *a, const struct verdict *v, struct record *r)
{
    const struct finding *f = &v->finding;

    r->source = v->source.name;
    r->source_proof = enum_name(&source_proof_names, (int)v->source.proof);
    r->source_detail = clean_z(a, v->source.detail);
    r->source_domain = verdict_source_domain(v);
    r->status = verdict_status(v);
    r->client = v->client == NULL ? "" : v->client->name;
    r->ticket = v->known == NULL ? "" : clean_z(a, v->known->ticket);
    r->cause = enum_name(&cause_names, (int)f->cause);
    r->cause_detail = clean_z(a, f->detail);
    r->secondary = causes_text(a, f->secondary);
    r->playbook = enum_name(&playbook_names, (int)f->playbook);
    r->risk = enum_name(&risk_names, (int)f->risk);
    r->next = clean_z(a, f->next);
}

void record_blank(struct record *out)
{
#define BLANK_TEXT(name) out->name = "";
#define BLANK_INT(name) out->name = 0;
#define BLANK(kind, name, help) BLANK_##kind(name)
    RECORD_COLUMNS(BLANK)
    out->failure = NULL;
}

enum rc record_make(struct arena *a, const struct given *g, const struct verdict *v, struct record *out)
{
    record_blank(out);
    fill_message(a, g->message, out);
    fill_evidence(a, g->evidence, out);
    fill_verdict(a, v, out);
    fill_relay(a, g->evidence, v, out);
    fill_finding(a, v, out);
    out->limits = limits_text(a, g->message->limits);
    return out->dkim == NULL || out->arc_vouch == NULL ? RC_NOMEM : RC_OK;
}
