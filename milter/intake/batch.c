/* What a report that is being read is to us: whose, from whom, known or new; batch.h. */
#include "intake/batch.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mail/domain.h"
#include "received/reports.h"

enum { REPEAT_MESSAGES = 10, JOIN_MAX = 1000 };

void batch_say(struct batch *b, struct received_part *part, enum received_outcome outcome, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX], clean[JOURNAL_TEXT_MAX + 1];
    struct strbuf buf = STRBUF_ON(clean);
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    strbuf_put_clean(&buf, str_of(text), JOURNAL_TEXT_MAX - 8);
    part->outcome = outcome;
    part->reason = str_dup(b->arena, strbuf_str(&buf));
    if (part->reason == NULL)
        part->reason = "";
}

enum incoming_wish batch_stop(struct batch *b, enum rc rc)
{
    b->rc = rc;
    return INCOMING_STOP;
}

const char *batch_copy(struct batch *b, const char *text)
{
    const char *own = str_dup(b->arena, str_of(text));

    if (own == NULL && b->rc == RC_OK)
        b->rc = err_set(b->e, RC_NOMEM, "no memory for a report");
    return own == NULL ? "" : own;
}

static const char *batch_join(struct batch *b, const char *const *text, size_t n)
{
    char mem[JOIN_MAX];
    struct strbuf buf = STRBUF_ON(mem);

    for (size_t i = 0; i < n; i++) {
        strbuf_puts(&buf, i > 0 ? "; " : "");
        strbuf_puts(&buf, text[i]);
    }
    return batch_copy(b, buf.p);
}

/* ---- who says so ---- */

/* Once an item: what its mail proves. */
static enum rc ask_trust(struct batch *b, const struct incoming_mail *mail)
{
    const struct intake *in = b->in;
    enum rc rc;

    if (b->asked_trust)
        return RC_OK;
    b->asked_trust = true;
    b->proof = (struct trust_proof){.author = "", .org = "", .by = ""};
    if (mail == NULL)
        return RC_OK;
    b->journal.sender = batch_copy(b, mail->from);
    b->journal.sender_domain = batch_copy(b, mail->from_domain);
    b->journal.subject = batch_copy(b, mail->subject);
    b->journal.message_id = batch_copy(b, mail->message_id);
    rc = trust_find(b->arena, in->settings.config, in->store, in->settings.dns, in->lookup, b->item->bytes, mail,
                    &b->proof);
    return rc == RC_OK ? b->rc : err_set(b->e, rc, "no memory to find out who sent a mail");
}

static const char *email_domain(struct batch *b, const char *email)
{
    const char *at = strrchr(email, '@'), *domain = "";
    struct str text = str_of(at == NULL ? email : at + 1);

    while (text.n > 0 && (text.p[text.n - 1] == '>' || text.p[text.n - 1] == ' '))
        text.n--;
    return domain_normalize(b->arena, text, &domain) == RC_OK ? domain : "";
}

/* Organizational domain of a text that should be a domain; "" when it is none. */
static const char *org_of(struct batch *b, const char *text)
{
    const char *domain = text[0] == '\0' ? "" : email_domain(b, text);

    return domain[0] == '\0' ? "" : intake_dns_org(b->in->lookup, domain);
}

static bool says(struct batch *b, const char *text)
{
    return text[0] != '\0' && strcmp(org_of(b, text), b->proof.org) == 0;
}

void batch_reporter(struct batch *b, const struct incoming_report *report, const char *email, const char *org_name,
                    enum received_trust *trust, const char **reporter)
{
    const char *submitter = report->mail == NULL ? "" : report->mail->submitter;
    const char *const claim[] = {email, report->file_receiver, submitter};
    const struct string_list *vouched = &b->in->settings.config->trust_reporters;

    *trust = b->item->by_operator ? RECEIVED_LOCAL : RECEIVED_UNPROVEN;
    *reporter = "";
    if (b->proof.proven) {
        *trust = RECEIVED_ALIGNED;
        *reporter = batch_copy(b, b->proof.org);
        for (size_t i = 0; i < 3; i++)
            if (says(b, claim[i]))
                *trust = RECEIVED_VERIFIED;
    }
    for (size_t i = 0; i < 3 && (*reporter)[0] == '\0'; i++)
        *reporter = batch_copy(b, org_of(b, claim[i]));
    if ((*reporter)[0] == '\0') {
        const char *name = str_dup_lower(b->arena, str_slice(str_trim(str_of(org_name)), 0, DOMAIN_MAX));

        *reporter = name == NULL || name[0] == '\0' ? "unknown" : name;
    }
    for (size_t i = 0; *trust == RECEIVED_UNPROVEN && i < vouched->n; i++)
        if (strcmp(vouched->item[i], *reporter) == 0)
            *trust = RECEIVED_LOCAL;
    if (*trust > b->journal.trust)
        b->journal.trust = *trust;
}

/* ---- about whom ---- */

bool batch_whose(const struct batch *b, const char *domain, const char **client)
{
    const struct clients *clients = b->in->settings.config->clients;
    enum client_domain kind;
    const struct client *c;

    *client = "";
    if (domain[0] == '\0')
        return false;
    if (clients_count(clients) == 0)
        return true;
    c = clients_of(clients, domain, &kind);
    if (c == NULL || kind == CLIENT_DOMAIN_LOOKALIKE)
        return false;
    *client = c->name;
    return true;
}

void batch_say_foreign(struct batch *b, struct received_part *part, const char *domain, const char *where)
{
    if (domain[0] == '\0')
        batch_say(b, part, RECEIVED_FOREIGN, "its %s names no domain that can be read, so that it is nobody's", where);
    else
        batch_say(b, part, RECEIVED_FOREIGN, "it is about %s, which is nobody's in clients.conf", domain);
}

void batch_tell_notes(struct batch *b, const struct incoming_report *report, struct received_part *part)
{
    if (part->reason[0] == '\0' && report->notes > 0)
        part->reason = batch_join(b, report->note, report->notes);
}

/* ---- known or new ---- */

static int rank(enum received_trust trust)
{
    return (int)trust; /* the order of the enum */
}

/* Whether `r` may take the place of `old`, whose content differs. */
static bool may_supersede(const struct batch *b, const struct received_report *r, const struct received_report *old)
{
    if (b->item->again != 0 && old->received == b->item->again)
        return true; /* the same bytes, read by a better reader */
    if (rank(r->trust) != rank(old->trust))
        return rank(r->trust) > rank(old->trust);
    if (old->state == RECEIVED_PARTIAL && r->state != RECEIVED_PARTIAL && r->trust != RECEIVED_UNPROVEN)
        return true;
    return r->trust != RECEIVED_UNPROVEN && r->state != RECEIVED_PARTIAL && strcmp(r->sender, old->sender) == 0;
}

/* What to do when `old` has the key of `r`. */
static bool decide_known(struct batch *b, struct batch_report *r, const struct received_report *old,
                         struct received_part *part)
{
    if (str_eq(r->r.content, old->content) && rank(r->r.trust) <= rank(old->trust)) {
        batch_say(b, part, RECEIVED_DUPLICATE, "it came before, as number %" PRId64, old->received);
        part->report = old->id;
        return false;
    }
    if (!str_eq(r->r.content, old->content) && !may_supersede(b, &r->r, old)) {
        batch_say(b, part, RECEIVED_UNTRUSTED,
                  "it differs from number %" PRId64 ", which %s sent (%s) and which stays", old->received,
                  old->sender[0] == '\0' ? "an operator" : old->sender,
                  enum_name(&received_trust_names, (int)old->trust));
        return false;
    }
    if (!old->rows_kept) {
        batch_say(b, part, RECEIVED_DUPLICATE, "it would take the place of number %" PRId64
                  ", whose rows are no longer kept, so that its sums stay", old->received);
        return false;
    }
    batch_say(b, part, RECEIVED_SUPERSEDED, "it takes the place of number %" PRId64, old->received);
    r->supersedes = old->id;
    r->r.state = RECEIVED_SUPERSEDED;
    return true;
}

/* Whether it is a late copy of a version that another has replaced since. */
static bool came_earlier(struct batch *b, const struct batch_report *r, struct received_part *part, enum rc *rc,
                         struct err *e)
{
    struct received_report earlier;

    *rc = received_earlier(b->in->db, b->arena, &r->r, &earlier, e);
    if (*rc == RC_NOTFOUND || (*rc == RC_OK && b->item->again != 0 && earlier.received == b->item->again)) {
        *rc = RC_OK;
        return false;
    }
    if (*rc == RC_OK)
        batch_say(b, part, RECEIVED_DUPLICATE, "it came before, as number %" PRId64
                  ", and a later version has taken its place", earlier.received);
    return true;
}

bool batch_decide(struct batch *b, struct batch_report *r, struct received_part *part, enum rc *rc, struct err *e)
{
    struct received_report other;

    r->supersedes = 0;
    *rc = received_same(b->in->db, b->arena, &r->r, &other, e);
    if (*rc == RC_OK && !str_eq(other.content, r->r.content) && came_earlier(b, r, part, rc, e))
        return false;
    if (*rc == RC_OK)
        return decide_known(b, r, &other, part);
    if (*rc != RC_NOTFOUND)
        return false;
    *rc = received_repeat(b->in->db, b->arena, &r->r, &other, e);
    if (*rc != RC_OK) {
        *rc = *rc == RC_NOTFOUND ? RC_OK : *rc;
        return *rc == RC_OK;
    }
    if (strcmp(other.reporter, r->r.reporter) != 0)
        return decide_known(b, r, &other, part); /* the same document, sent by another */
    if (r->r.rows >= 2 || r->r.messages >= REPEAT_MESSAGES) /* less is alike by chance */
        r->r.repeats = other.id;
    return true;
}

/* ---- a report begins ---- */

static void fill_report(struct batch *b, const struct incoming_report *report, struct received_report *r)
{
    const struct incoming_aggregate *x = report->aggregate;

    r->domain = batch_copy(b, x->domain);
    r->report_id = batch_copy(b, x->report_id);
    r->begin_s = x->begin_s;
    r->end_s = x->end_s;
    received_days(x->begin_s, x->end_s, &r->first_day, &r->days);
    r->arrived_ms = b->journal.time_ms;
    r->sender = b->proof.proven ? batch_copy(b, b->proof.org) : "";
    r->content = (struct str){str_dup(b->arena, (struct str){(const char *)x->content, sizeof x->content}),
                              sizeof x->content};
    r->org_name = batch_copy(b, x->org_name);
    r->email = batch_copy(b, x->email);
    r->contact = batch_copy(b, x->extra_contact_info);
    r->format = batch_copy(b, x->format);
    r->generator = batch_copy(b, x->generator);
    r->errors = batch_copy(b, x->errors);
    r->repairs = batch_join(b, report->repair, report->repairs);
    r->notes = batch_join(b, report->note, report->notes);
    r->p = batch_copy(b, x->p);
    r->sp = batch_copy(b, x->sp);
    r->np = batch_copy(b, x->np);
    r->adkim = batch_copy(b, x->adkim);
    r->aspf = batch_copy(b, x->aspf);
    r->fo = batch_copy(b, x->fo);
    r->testing = batch_copy(b, x->testing);
    r->pct = batch_copy(b, x->pct);
    r->discovery_method = batch_copy(b, x->discovery_method);
    r->rows = (int64_t)x->rows;
    r->refused = (int64_t)x->refused;
    r->messages = x->messages;
    r->rows_kept = true;
}

static enum received_outcome outcome_of(enum incoming_outcome outcome)
{
    switch (outcome) {
    case INCOMING_READ: return RECEIVED_STORED;
    case INCOMING_REPAIRED: return RECEIVED_REPAIRED;
    case INCOMING_PARTIAL: return RECEIVED_PARTIAL;
    case INCOMING_EMPTY: return RECEIVED_EMPTY;
    case INCOMING_UNREADABLE: return RECEIVED_UNREADABLE;
    case INCOMING_LIMITED: return RECEIVED_LIMITED;
    default: return RECEIVED_NOT_A_REPORT;
    }
}

static enum incoming_wish begin_aggregate(struct batch *b, const struct incoming_report *report,
                                          struct received_part *part, struct batch_report *r)
{
    const char *client;
    enum rc rc;

    if (!batch_whose(b, report->aggregate->domain, &client)) {
        batch_say_foreign(b, part, report->aggregate->domain, "policy_published");
        return INCOMING_SKIP;
    }
    fill_report(b, report, &r->r);
    r->r.client = batch_copy(b, client);
    r->r.state = part->outcome;
    if (r->r.refused > 0) {
        b->refused = true;
        batch_say(b, part, part->outcome, "%s%s%" PRId64 " of its rows cannot be read and %s not counted",
                  part->reason, part->reason[0] == '\0' ? "" : "; ", r->r.refused, r->r.refused == 1 ? "is" : "are");
    }
    batch_reporter(b, report, report->aggregate->email, report->aggregate->org_name, &r->r.trust, &r->r.reporter);
    if (b->rc != RC_OK || r->r.content.p == NULL)
        return batch_stop(b, b->rc != RC_OK ? b->rc : RC_NOMEM);
    if (!batch_decide(b, r, part, &rc, b->e))
        return rc == RC_OK ? INCOMING_SKIP : batch_stop(b, rc);
    r->tally = received_tally_new();
    r->classify = (struct classify){.config = b->in->settings.config, .lookup = b->in->lookup,
                                    .db = b->in->db,
                                    .networks = b->in->networks, .a = b->row_arena};
    if (r->tally == NULL)
        return batch_stop(b, err_set(b->e, RC_NOMEM, "no memory for the sums of a report"));
    b->report[b->parts - 1] = r;
    b->next_row = 0;
    return INCOMING_GO_ON;
}

static bool is_over_rate(struct batch *b, struct received_part *part)
{
    int64_t n = 0;

    if (b->item->by_operator || b->item->again != 0 || b->journal.sender_domain[0] == '\0')
        return false;
    if (journal_count_sender(b->in->db, b->journal.sender_domain, b->journal.time_ms - 86400000, &n, b->e) != RC_OK ||
        n < INTAKE_SENDER_MAX)
        return false;
    batch_say(b, part, RECEIVED_LIMITED, "%s has sent %" PRId64 " mails in a day, and %d are taken",
              b->journal.sender_domain, n, INTAKE_SENDER_MAX);
    return true;
}

enum incoming_wish batch_begin(struct batch *b, const struct incoming_report *report)
{
    struct received_part *part;
    struct batch_report *r;
    enum rc rc = ask_trust(b, report->mail);

    if (rc != RC_OK)
        return batch_stop(b, rc);
    if (b->parts == JOURNAL_PARTS_MAX)
        return INCOMING_SKIP;
    part = &b->part[b->parts++];
    *part = (struct received_part){.name = batch_copy(b, report->name), .bytes = (int64_t)report->bytes,
                                   .kind = enum_name(&incoming_kinds, (int)report->kind),
                                   .outcome = outcome_of(report->outcome), .reason = batch_copy(b, report->reason)};
    if (part->outcome == RECEIVED_REPAIRED && part->reason[0] == '\0')
        part->reason = batch_join(b, report->repair, report->repairs);
    if (b->rc != RC_OK)
        return batch_stop(b, b->rc);
    if (is_over_rate(b, part))
        return INCOMING_SKIP;
    r = arena_alloc(b->arena, sizeof *r);
    if (r == NULL)
        return batch_stop(b, err_set(b->e, RC_NOMEM, "no memory for a report"));
    if (report->aggregate != NULL)
        return begin_aggregate(b, report, part, r);
    if (report->failure != NULL)
        return batch_failure(b, report, part, r);
    if (report->tls != NULL)
        return batch_tls(b, report, part, r);
    return INCOMING_SKIP;
}
