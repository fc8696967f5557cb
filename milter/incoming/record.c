#include "incoming/record.h"

#include <string.h>

#include "base/siphash.h"
#include "incoming/words.h"
#include "mail/domain.h"

void record_begin(struct record *r)
{
    struct incoming_row *row = &r->row;

    r->source_ip = r->disposition = r->dkim = r->spf = r->header_from = r->envelope_to = "";
    r->count = r->envelope_from = NULL;
    r->more = 0;
    r->damaged = r->twice = false;
    row->marks = 0;
    row->reasons = row->signatures = row->spf_results = 0;
}

/* ---- filling ---- */

void record_open(struct record *r, enum element el)
{
    struct incoming_row *row = &r->row;
    bool room = true;

    if (el == EL_REASON && (room = row->reasons < INCOMING_REASONS_MAX))
        row->reason[row->reasons++] = (struct incoming_reason){"", ""};
    if (el == EL_DKIM && (room = row->signatures < INCOMING_DKIM_MAX))
        row->signature[row->signatures++] = (struct incoming_dkim){"", "", "", ""};
    if (el == EL_SPF && (room = row->spf_results < INCOMING_SPF_MAX))
        row->spf_result[row->spf_results++] = (struct incoming_spf){"", "", "", ""};
    r->damaged = !room;
    r->more += !room;
}

static bool is_null(const char *text)
{
    return str_eq_nocase(str_of(text), STR("null"));
}

/* Entries that say nothing are none: no domain, "NULL", "not.evaluated" (AOL). */
void record_close(struct record *r, enum element el, const char *text)
{
    struct incoming_row *row = &r->row;

    if (!r->damaged && el == EL_REASON && row->reasons > 0) {
        struct incoming_reason *reason = &row->reason[row->reasons - 1];

        if (reason->type[0] == '\0' && reason->comment[0] == '\0')
            reason->type = text;
    }
    if (!r->damaged && el == EL_DKIM && row->signatures > 0) {
        const char *domain = row->signature[row->signatures - 1].domain;

        if (domain[0] == '\0' || is_null(domain) || str_eq_nocase(str_of(domain), STR("not.evaluated")))
            row->signatures--;
    }
    if (!r->damaged && el == EL_SPF && row->spf_results > 0) {
        const char *domain = row->spf_result[row->spf_results - 1].domain;

        if (domain[0] == '\0' || is_null(domain))
            row->spf_results--;
    }
    r->damaged = false;
}

/* What stands twice, and differs, is told: which was meant is anybody's guess. */
static void record_first(struct record *r, const char **field, const char *text)
{
    if (*field == NULL || (*field)[0] == '\0')
        *field = text;
    else
        r->twice = r->twice || (text[0] != '\0' && strcmp(*field, text) != 0);
}

static void dkim_text(struct record *r, struct incoming_dkim *d, enum element el, const char *text)
{
    if (el == EL_DOMAIN)
        record_first(r, &d->domain, text);
    else if (el == EL_SELECTOR)
        record_first(r, &d->selector, text);
    else if (el == EL_RESULT)
        record_first(r, &d->result, text);
    else if (el == EL_HUMAN_RESULT)
        record_first(r, &d->human_result, text);
}

static void spf_text(struct record *r, struct incoming_spf *s, enum element el, const char *text)
{
    if (el == EL_DOMAIN)
        record_first(r, &s->domain, text);
    else if (el == EL_SCOPE)
        record_first(r, &s->scope, text);
    else if (el == EL_RESULT)
        record_first(r, &s->result, text);
    else if (el == EL_HUMAN_RESULT)
        record_first(r, &s->human_result, text);
}

static void list_text(struct record *r, enum element parent, enum element el, const char *text)
{
    struct incoming_row *row = &r->row;

    if (r->damaged)
        return;
    if (parent == EL_REASON && row->reasons > 0) {
        if (el == EL_TYPE)
            record_first(r, &row->reason[row->reasons - 1].type, text);
        else if (el == EL_COMMENT)
            record_first(r, &row->reason[row->reasons - 1].comment, text);
    } else if (parent == EL_DKIM && row->signatures > 0) {
        dkim_text(r, &row->signature[row->signatures - 1], el, text);
    } else if (parent == EL_SPF && row->spf_results > 0) {
        spf_text(r, &row->spf_result[row->spf_results - 1], el, text);
    }
}

void record_text(struct record *r, enum element parent, enum element el, const char *text)
{
    bool flat = parent == EL_RECORD; /* without the elements that should stand between */
    bool identifiers = parent == EL_IDENTIFIERS || parent == EL_IDENTITIES || flat, row = parent == EL_ROW || flat;

    if (el == EL_SOURCE_IP && row)
        record_first(r, &r->source_ip, text);
    else if (el == EL_COUNT && row)
        record_first(r, &r->count, text);
    else if (el == EL_DISPOSITION && parent == EL_POLICY_EVALUATED)
        record_first(r, &r->disposition, text);
    else if (el == EL_DKIM && parent == EL_POLICY_EVALUATED)
        record_first(r, &r->dkim, text);
    else if (el == EL_SPF && parent == EL_POLICY_EVALUATED)
        record_first(r, &r->spf, text);
    else if (el == EL_HEADER_FROM && identifiers)
        record_first(r, &r->header_from, text);
    else if (el == EL_ENVELOPE_FROM && identifiers)
        record_first(r, &r->envelope_from, text);
    else if (el == EL_ENVELOPE_TO && identifiers)
        record_first(r, &r->envelope_to, text);
    else
        list_text(r, parent, el, text);
}

/* ---- the row ---- */

static const char *normal_or(struct arena *a, const char *text, const char *other)
{
    const char *name = words_domain(a, str_of(text));

    return name == NULL ? other : name;
}

static void finish_lists(struct incoming_row *row, struct arena *a)
{
    for (size_t i = 0; i < row->signatures; i++) {
        struct incoming_dkim *d = &row->signature[i];
        const char *word = words_dkim(str_of(d->result));

        d->domain = normal_or(a, d->domain, d->domain);
        row->marks |= word == NULL ? INCOMING_RESULT_UNREADABLE : 0;
        d->result = word == NULL ? "neutral" : word;
    }
    for (size_t i = 0; i < row->spf_results; i++) {
        struct incoming_spf *s = &row->spf_result[i];
        const char *word = words_spf(str_of(s->result));
        struct str scope = str_of(s->scope);

        s->domain = normal_or(a, s->domain, s->domain);
        row->marks |= word == NULL ? INCOMING_RESULT_UNREADABLE : 0;
        s->result = word == NULL ? "neutral" : word;
        s->scope = str_eq_nocase(scope, STR("helo")) || str_eq_nocase(scope, STR("ehlo")) ? "helo"
                   : str_eq_nocase(scope, STR("mfrom")) || str_eq_nocase(scope, STR("mailfrom")) ? "mfrom" : "";
    }
    for (size_t i = 0; i < row->reasons; i++) {
        struct incoming_reason *reason = &row->reason[i];
        const char *word = words_reason(str_of(reason->type));

        if (word == NULL && reason->comment[0] == '\0')
            reason->comment = reason->type;
        reason->type = word == NULL ? "other" : word;
    }
}

/* *The* SPF result: of scope mfrom; else, without scope, that of the envelope's domain, else the only one. */
static void pick_spf(struct incoming_row *row)
{
    int unscoped = -1, of_envelope = -1, count = 0;

    row->spf_main = row->spf_helo = -1;
    for (int i = (int)row->spf_results - 1; i >= 0; i--) {
        const struct incoming_spf *s = &row->spf_result[i];

        if (strcmp(s->scope, "mfrom") == 0)
            row->spf_main = i;
        else if (strcmp(s->scope, "helo") == 0)
            row->spf_helo = i;
        else if (strcmp(s->domain, row->envelope_domain) == 0)
            of_envelope = i;
        if (s->scope[0] == '\0') {
            unscoped = i;
            count++;
        }
    }
    if (row->spf_main < 0)
        row->spf_main = of_envelope;
    if (row->spf_main < 0 && (count == 1 || row->envelope_domain[0] == '\0'))
        row->spf_main = unscoped;
}

static void finish_names(struct record *r, struct arena *a)
{
    struct incoming_row *row = &r->row;

    row->header_from = normal_or(a, r->header_from, "");
    row->header_from_text = row->header_from[0] == '\0' ? r->header_from : "";
    if (row->header_from[0] == '\0')
        row->marks |= INCOMING_FROM_UNREADABLE;
    row->envelope_to = r->envelope_to;
    row->envelope_from = r->envelope_from == NULL ? "" : r->envelope_from;
    if (r->envelope_from == NULL)
        row->envelope = INCOMING_ENVELOPE_ABSENT;
    else if (row->envelope_from[0] == '\0' || strcmp(row->envelope_from, "<>") == 0)
        row->envelope = INCOMING_ENVELOPE_NULL;
    else
        row->envelope = INCOMING_ENVELOPE_PRESENT;
    if (row->envelope == INCOMING_ENVELOPE_NULL)
        row->envelope_from = "";
    row->envelope_domain = normal_or(a, row->envelope_from, "");
    pick_spf(row);
    if (row->envelope == INCOMING_ENVELOPE_ABSENT && row->spf_main >= 0) {
        row->envelope_domain = normal_or(a, row->spf_result[row->spf_main].domain, "");
        row->marks |= INCOMING_ENVELOPE_FROM_SPF;
    }
}

/* Without DNS: below the same policy domain, or one within the other, is the same organization. */
static bool aligned(const char *domain, const char *from, const char *mode, const char *policy_domain)
{
    if (from[0] == '\0')
        from = policy_domain;
    if (domain[0] == '\0' || from[0] == '\0')
        return false;
    if (mode[0] == 's')
        return strcmp(domain, from) == 0;
    if (policy_domain[0] != '\0' && domain_is_within(domain, policy_domain) && domain_is_within(from, policy_domain))
        return true;
    return domain_is_within(domain, from) || (domain_is_within(from, domain) && domain_labels(domain) > 1);
}

static bool work_out_dkim(const struct incoming_row *row, const struct incoming_aggregate *head)
{
    for (size_t i = 0; i < row->signatures; i++)
        if (strcmp(row->signature[i].result, "pass") == 0 &&
            aligned(row->signature[i].domain, row->header_from, head->adkim, head->domain))
            return true;
    return false;
}

static bool work_out_spf(const struct incoming_row *row, const struct incoming_aggregate *head)
{
    const struct incoming_spf *s = row->spf_main < 0 ? NULL : &row->spf_result[row->spf_main];

    return s != NULL && strcmp(s->result, "pass") == 0 &&
           aligned(s->domain, row->header_from, head->aspf, head->domain);
}

enum record_verdict record_finish(struct record *r, struct arena *a, const struct incoming_aggregate *head)
{
    struct incoming_row *row = &r->row;
    const char *word = words_disposition(str_of(r->disposition));
    int dkim = words_pass(str_of(r->dkim)), spf = words_pass(str_of(r->spf));

    row->count = 0;
    row->disposition = word == NULL ? "unknown" : word;
    row->address_text = "";
    if (!words_ip(str_of(r->source_ip), &row->address)) {
        row->address_text = r->source_ip;
        row->marks |= INCOMING_ADDRESS_UNREADABLE;
    }
    finish_lists(row, a);
    finish_names(r, a);
    row->marks |= r->more > 0 ? INCOMING_LISTS_CUT : 0;
    row->marks |= (dkim < 0 ? INCOMING_DKIM_WORKED_OUT : 0) | (spf < 0 ? INCOMING_SPF_WORKED_OUT : 0);
    row->dkim = dkim < 0 ? work_out_dkim(row, head) : dkim == 1;
    row->spf = spf < 0 ? work_out_spf(row, head) : spf == 1;
    if (r->count == NULL || !words_count(str_of(r->count), INCOMING_COUNT_MAX, &row->count))
        return RECORD_REFUSED;
    return row->count == 0 ? RECORD_ZERO : RECORD_COUNTED;
}

/* ---- what tells versions of a report apart ---- */

static void record_put_field(struct strbuf *b, const char *text)
{
    strbuf_puts(b, text);
    strbuf_putc(b, '\0');
}

void record_add_content(const struct record *r, uint8_t content[static 16])
{
    enum { SIZE = 16 * 1024 };
    static const unsigned char key[2][SIPHASH_KEY_BYTES] = {{1}, {2}};
    const struct incoming_row *row = &r->row;
    char mem[SIZE];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_put(&b, (struct str){(const char *)row->address.b, sizeof row->address.b});
    record_put_field(&b, row->address_text);
    strbuf_putf(&b, "%lld %d %d %d", (long long)row->count, (int)row->envelope,
                (row->marks & INCOMING_DKIM_WORKED_OUT) != 0 ? -1 : row->dkim,
                (row->marks & INCOMING_SPF_WORKED_OUT) != 0 ? -1 : row->spf);
    record_put_field(&b, row->disposition);
    record_put_field(&b, row->header_from[0] == '\0' ? row->header_from_text : row->header_from);
    record_put_field(&b, row->envelope_from);
    record_put_field(&b, row->envelope_to);
    for (size_t i = 0; i < row->reasons; i++) {
        record_put_field(&b, row->reason[i].type);
        record_put_field(&b, row->reason[i].comment);
    }
    for (size_t i = 0; i < row->signatures; i++) {
        record_put_field(&b, row->signature[i].domain);
        record_put_field(&b, row->signature[i].selector);
        record_put_field(&b, row->signature[i].result);
    }
    for (size_t i = 0; i < row->spf_results; i++) {
        record_put_field(&b, row->spf_result[i].domain);
        record_put_field(&b, row->spf_result[i].scope);
        record_put_field(&b, row->spf_result[i].result);
    }
    for (size_t k = 0; k < 2; k++) {
        uint64_t sum = 0, hash = siphash(key[k], b.p, b.n);

        memcpy(&sum, content + 8 * k, 8);
        sum += hash;
        memcpy(content + 8 * k, &sum, 8);
    }
}
