#include "incoming/wire.h"

#include <string.h>

#include "incoming/words.h"

#define MOST INT64_MAX
#define SECONDS_MAX 253402300799 /* the end of 9999 */

struct wire wire_writer(unsigned char *mem, size_t room)
{
    return (struct wire){.writing = true, .mem = mem, .n = room};
}

struct wire wire_reader(unsigned char *mem, size_t n)
{
    return (struct wire){.mem = mem, .n = n};
}

/* ---- primitives ---- */

static bool has(struct wire *w, size_t n)
{
    if (w->bad || w->n - w->at < n)
        w->bad = true;
    return !w->bad;
}

void wire_number(struct wire *w, int64_t *value, int64_t min, int64_t max)
{
    uint64_t u = (uint64_t)*value;

    if (!has(w, sizeof u))
        return;
    if (w->writing)
        memcpy(w->mem + w->at, &u, sizeof u);
    else
        memcpy(&u, w->mem + w->at, sizeof u);
    w->at += sizeof u;
    *value = (int64_t)u;
    if (*value < min || *value > max)
        w->bad = true;
}

static size_t cut(struct str s)
{
    size_t n = s.n;

    if (n <= WIRE_TEXT_MAX)
        return n;
    for (n = WIRE_TEXT_MAX; n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80; n--)
        continue;
    return n;
}

static void write_text(struct wire *w, const char *text)
{
    uint16_t n = (uint16_t)cut(str_of(text));

    if (!has(w, sizeof n + n + 1U))
        return;
    memcpy(w->mem + w->at, &n, sizeof n);
    memcpy(w->mem + w->at + sizeof n, text, n);
    w->mem[w->at + sizeof n + n] = '\0';
    w->at += sizeof n + n + 1U;
}

void wire_text(struct wire *w, const char **text)
{
    uint16_t n;

    if (w->writing) {
        write_text(w, *text);
        return;
    }
    *text = "";
    if (!has(w, sizeof n))
        return;
    memcpy(&n, w->mem + w->at, sizeof n);
    w->at += sizeof n;
    if (n > WIRE_TEXT_MAX || !has(w, n + 1U) || w->mem[w->at + n] != '\0' ||
        !words_is_clean((struct str){(const char *)w->mem + w->at, n})) {
        w->bad = true;
        return;
    }
    *text = (const char *)w->mem + w->at;
    w->at += n + 1U;
}

static void wire_count(struct wire *w, size_t *n, size_t max)
{
    int64_t v = (int64_t)*n;

    wire_number(w, &v, 0, (int64_t)max);
    *n = w->bad ? 0 : (size_t)v;
}

static void counter(struct wire *w, uint64_t *n)
{
    int64_t v = (int64_t)*n;

    wire_number(w, &v, 0, MOST);
    *n = (uint64_t)v;
}

static void flag(struct wire *w, bool *b)
{
    int64_t v = *b;

    wire_number(w, &v, 0, 1);
    *b = v == 1;
}

static void index_of(struct wire *w, int *i, size_t count)
{
    int64_t v = *i;

    wire_number(w, &v, -1, (int64_t)count - 1);
    *i = w->bad ? -1 : (int)v;
}

static void bytes(struct wire *w, void *p, size_t n)
{
    if (!has(w, n))
        return;
    if (w->writing)
        memcpy(w->mem + w->at, p, n);
    else
        memcpy(p, w->mem + w->at, n);
    w->at += n;
}

static void address(struct wire *w, struct ip *ip)
{
    int64_t family = ip->family;

    wire_number(w, &family, 0, IP_V6);
    bytes(w, ip->b, sizeof ip->b);
    if (family != IP_NONE && family != IP_V4 && family != IP_V6)
        w->bad = true;
    ip->family = w->bad ? IP_NONE : (enum ip_family)family;
}

static void texts(struct wire *w, const char **list[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        wire_text(w, list[i]);
}
#define TEXTS(w, ...) \
    do { \
        const char **list_[] = {__VA_ARGS__}; \
        texts(w, list_, sizeof list_ / sizeof *list_); \
    } while (0)

/* ---- structs ---- */

void wire_row(struct wire *w, struct incoming_row *row)
{
    int64_t envelope = row->envelope, marks = row->marks;

    address(w, &row->address);
    wire_number(w, &row->count, 1, INCOMING_COUNT_MAX);
    wire_number(w, &envelope, 0, INCOMING_ENVELOPE_PRESENT);
    wire_number(w, &marks, 0, 2 * INCOMING_LISTS_CUT - 1);
    row->envelope = w->bad ? INCOMING_ENVELOPE_ABSENT : (enum incoming_envelope)envelope;
    row->marks = (unsigned)marks;
    flag(w, &row->dkim);
    flag(w, &row->spf);
    TEXTS(w, &row->address_text, &row->disposition, &row->header_from, &row->header_from_text, &row->envelope_from,
          &row->envelope_domain, &row->envelope_to);
    wire_count(w, &row->reasons, INCOMING_REASONS_MAX);
    for (size_t i = 0; i < row->reasons; i++)
        TEXTS(w, &row->reason[i].type, &row->reason[i].comment);
    wire_count(w, &row->signatures, INCOMING_DKIM_MAX);
    for (size_t i = 0; i < row->signatures; i++)
        TEXTS(w, &row->signature[i].domain, &row->signature[i].selector, &row->signature[i].result,
              &row->signature[i].human_result);
    wire_count(w, &row->spf_results, INCOMING_SPF_MAX);
    for (size_t i = 0; i < row->spf_results; i++)
        TEXTS(w, &row->spf_result[i].domain, &row->spf_result[i].scope, &row->spf_result[i].result,
              &row->spf_result[i].human_result);
    index_of(w, &row->spf_main, row->spf_results);
    index_of(w, &row->spf_helo, row->spf_results);
}

void wire_policy(struct wire *w, struct incoming_tls_policy *p)
{
    TEXTS(w, &p->type, &p->domain, &p->string, &p->mx);
    wire_number(w, &p->successes, -1, INCOMING_SUM_MAX);
    wire_number(w, &p->failures, -1, INCOMING_SUM_MAX);
    counter(w, &p->details);
}

void wire_detail(struct wire *w, struct incoming_tls_detail *d)
{
    TEXTS(w, &d->result_type, &d->mx, &d->mx_helo, &d->reason_code, &d->additional);
    address(w, &d->sending);
    address(w, &d->receiving);
    wire_number(w, &d->count, -1, INCOMING_SUM_MAX);
}

static void aggregate(struct wire *w, struct incoming_aggregate *a)
{
    TEXTS(w, &a->version, &a->format, &a->org_name, &a->email, &a->extra_contact_info, &a->generator, &a->report_id,
          &a->errors, &a->domain, &a->p, &a->sp, &a->np, &a->adkim, &a->aspf, &a->fo, &a->testing, &a->pct,
          &a->discovery_method);
    wire_number(w, &a->begin_s, 0, SECONDS_MAX);
    wire_number(w, &a->end_s, a->begin_s, SECONDS_MAX);
    counter(w, &a->rows);
    counter(w, &a->refused);
    counter(w, &a->cut);
    wire_number(w, &a->messages, 0, INCOMING_SUM_MAX);
    bytes(w, a->content, sizeof a->content);
    if (a->rows > INCOMING_ROWS_MAX || a->refused > INCOMING_ROWS_MAX)
        w->bad = true;
}

static void failure(struct wire *w, struct incoming_failure *f)
{
    TEXTS(w, &f->user_agent, &f->feedback_type, &f->auth_failure, &f->delivery_result, &f->identity_alignment,
          &f->reported_domain, &f->mail_from, &f->reporting_mta, &f->envelope_id, &f->dkim_domain, &f->dkim_identity,
          &f->dkim_selector, &f->spf_dns, &f->authentication_results, &f->from_domain, &f->subject_hash, &f->date,
          &f->message_id);
    address(w, &f->source);
    wire_number(w, &f->arrival_s, 0, SECONDS_MAX);
    flag(w, &f->arrival_from_mail);
    flag(w, &f->text_only);
    wire_number(w, &f->incidents, 1, INCOMING_COUNT_MAX);
    wire_count(w, &f->signatures, INCOMING_LIST_MAX);
    for (size_t i = 0; i < f->signatures; i++)
        TEXTS(w, &f->signature[i].domain, &f->signature[i].selector);
    wire_count(w, &f->others, INCOMING_LIST_MAX);
    for (size_t i = 0; i < f->others; i++)
        wire_text(w, &f->other[i]);
    wire_count(w, &f->hosts, INCOMING_LIST_MAX);
    for (size_t i = 0; i < f->hosts; i++)
        wire_text(w, &f->host[i]);
}

static void tls(struct wire *w, struct incoming_tls *t)
{
    TEXTS(w, &t->org_name, &t->contact, &t->report_id);
    wire_number(w, &t->begin_s, 0, SECONDS_MAX);
    wire_number(w, &t->end_s, t->begin_s, SECONDS_MAX);
    counter(w, &t->policies);
    counter(w, &t->details);
    wire_number(w, &t->successes, 0, MOST);
    wire_number(w, &t->failures, 0, MOST);
}

static void mail(struct wire *w, struct incoming_mail *m)
{
    TEXTS(w, &m->from, &m->from_domain, &m->subject, &m->message_id, &m->submitter, &m->report_domain, &m->report_id,
          &m->tls_domain, &m->tls_submitter);
    wire_number(w, &m->date_s, 0, SECONDS_MAX);
}

void wire_report(struct wire *w, struct wire_report *r)
{
    struct incoming_report *p = &r->report;
    bool has_mail = p->mail != NULL, has_head = p->aggregate != NULL || p->failure != NULL || p->tls != NULL;
    int64_t kind = p->kind, outcome = p->outcome;

    wire_number(w, &kind, 0, INCOMING_TLS);
    wire_number(w, &outcome, 0, INCOMING_LIMITED);
    p->kind = w->bad ? INCOMING_NONE : (enum incoming_kind)kind;
    p->outcome = w->bad ? INCOMING_UNREADABLE : (enum incoming_outcome)outcome;
    counter(w, &p->bytes);
    TEXTS(w, &p->name, &p->media_type, &p->reason, &p->file_receiver, &p->file_domain);
    wire_count(w, &p->repairs, INCOMING_NOTES_MAX);
    for (size_t i = 0; i < p->repairs; i++)
        wire_text(w, &p->repair[i]);
    wire_count(w, &p->notes, INCOMING_NOTES_MAX);
    for (size_t i = 0; i < p->notes; i++)
        wire_text(w, &p->note[i]);
    flag(w, &has_mail);
    flag(w, &has_head);
    if (has_mail)
        mail(w, &r->mail);
    if (has_head && p->kind == INCOMING_AGGREGATE)
        aggregate(w, &r->aggregate);
    else if (has_head && p->kind == INCOMING_FAILURE)
        failure(w, &r->failure);
    else if (has_head && p->kind == INCOMING_TLS)
        tls(w, &r->tls);
    if (w->writing)
        return;
    p->mail = has_mail ? &r->mail : NULL;
    p->aggregate = has_head && p->kind == INCOMING_AGGREGATE ? &r->aggregate : NULL;
    p->failure = has_head && p->kind == INCOMING_FAILURE ? &r->failure : NULL;
    p->tls = has_head && p->kind == INCOMING_TLS ? &r->tls : NULL;
}
