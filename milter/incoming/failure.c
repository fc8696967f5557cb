#include "incoming/failure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/siphash.h"
#include "incoming/words.h"

/* ---- fields ---- */

/* The next "Name: value" with its folded lines; false at the end of the block. */
static bool next_field(struct str *rest, struct str *name, struct str *value)
{
    while (rest->n > 0) {
        size_t end = 0, colon;
        struct str line;

        do {
            end += str_find(str_slice(*rest, end, rest->n), '\n') + 1;
        } while (end < rest->n && char_is_wsp(rest->p[end]));
        line = str_slice(*rest, 0, end);
        *rest = str_slice(*rest, end, rest->n);
        colon = str_find(line, ':');
        if (colon == line.n)
            continue;
        *name = str_trim(str_slice(line, 0, colon));
        *value = str_trim(str_slice(line, colon + 1, line.n));
        return true;
    }
    return false;
}

static const char *failure_clean(struct arena *a, struct str text, size_t max)
{
    bool dropped = false;
    const char *made = words_clean(a, text, max, &dropped);

    return made == NULL ? "" : made;
}

static const char *failure_lower(struct arena *a, struct str text)
{
    char *made = str_dup_lower(a, str_of(failure_clean(a, text, INCOMING_TEXT_MAX)));

    return made == NULL ? "" : made;
}

static void failure_first(const char **field, const char *text)
{
    if ((*field)[0] == '\0')
        *field = text;
}

/* ---- tokens ---- */

static const char *token(struct arena *a, const uint8_t key[16], struct str text, const char *behind)
{
    char mem[24 + 256];
    struct strbuf b = STRBUF_ON(mem);
    char *made;

    strbuf_putf(&b, "%016" PRIx64 "%.253s", siphash(key, text.n == 0 ? "" : text.p, text.n), behind);
    made = str_dup(a, strbuf_str(&b));
    return made == NULL ? "" : made;
}

/* "<user@example.com>" → TOKEN@example.com; the null sender stays "<>". */
static const char *address_token(struct arena *a, const uint8_t key[16], struct str text)
{
    struct str s = str_trim(text);
    const char *domain = words_domain(a, s);
    char at[256];

    if (str_eq(s, STR("<>")))
        return "<>";
    if (domain == NULL || s.n == 0)
        return "";
    if (s.p[0] == '<')
        s = str_slice(s, 1, s.n);
    (void)snprintf(at, sizeof at, "@%.253s", domain);
    return str_find(s, '@') == s.n ? domain : token(a, key, str_slice(s, 0, str_find(s, '@')), at);
}

/* ---- the sample's header ---- */

/* The value of a tag, "d=…;", of a DKIM-Signature. */
static struct str tag_value(struct str field, char tag)
{
    while (field.n > 0) {
        size_t n = str_find(field, ';');
        struct str one = str_trim(str_slice(field, 0, n));

        field = str_slice(field, n + 1, field.n);
        if (one.n > 1 && char_lower(one.p[0]) == tag && str_trim(str_slice(one, 1, one.n)).p[0] == '=')
            return str_trim(str_slice(one, str_find(one, '=') + 1, one.n));
    }
    return STR_NONE;
}

static void add_signature(struct arena *a, struct str value, struct incoming_failure *f)
{
    const char *domain = words_domain(a, tag_value(value, 'd'));

    if (domain == NULL || f->signatures == INCOMING_LIST_MAX)
        return;
    f->signature[f->signatures].domain = domain;
    f->signature[f->signatures++].selector = failure_clean(a, tag_value(value, 's'), 255);
}

static void add_host(struct arena *a, struct str word, struct incoming_failure *f)
{
    const char *host;

    while (word.n > 0 && (word.p[word.n - 1] == ';' || word.p[word.n - 1] == ','))
        word.n--;
    host = failure_clean(a, word, 255);
    if (host[0] != '\0' && f->hosts < INCOMING_LIST_MAX)
        f->host[f->hosts++] = host;
}

/* "from HOST … by HOST …" */
static void add_received(struct arena *a, struct str value, struct incoming_failure *f)
{
    bool take = false, by = false;

    while (value.n > 0 && !by) {
        struct str word;
        size_t n = 0;

        while (n < value.n && !char_is_fws(value.p[n]))
            n++;
        word = str_slice(value, 0, n);
        if (take)
            add_host(a, word, f);
        by = take && by;
        take = str_eq_nocase(word, STR("from")) || str_eq_nocase(word, STR("by"));
        value = str_trim(str_slice(value, n, value.n));
    }
}

/* A Message-ID tells who sent; what stands before its "@" may be a person's. */
static void read_sample(struct arena *a, struct str header, const uint8_t key[16], struct incoming_failure *f)
{
    struct str rest = str_slice(header, 0, FAILURE_HEADER_MAX), name, value;

    for (size_t i = 0; i < 1000 && next_field(&rest, &name, &value); i++) {
        if (str_eq_nocase(name, STR("From")) && f->from_domain[0] == '\0') {
            const char *domain = words_domain(a, value);

            f->from_domain = domain == NULL ? "" : domain;
        } else if (str_eq_nocase(name, STR("Subject"))) {
            failure_first(&f->subject_hash, token(a, key, value, ""));
        } else if (str_eq_nocase(name, STR("Date"))) {
            failure_first(&f->date, failure_clean(a, value, 100));
        } else if (str_eq_nocase(name, STR("Message-ID"))) {
            failure_first(&f->message_id, failure_clean(a, value, 300));
        } else if (str_eq_nocase(name, STR("DKIM-Signature"))) {
            add_signature(a, value, f);
        } else if (str_eq_nocase(name, STR("Received"))) {
            add_received(a, value, f);
        }
    }
}

/* ---- message/feedback-report ---- */

static void read_source(struct str value, struct incoming_failure *f)
{
    size_t n = 0;

    while (n < value.n && !char_is_fws(value.p[n]) && value.p[n] != '(')
        n++;
    (void)words_ip(str_slice(value, 0, n), &f->source);
}

static const char *delivery_word(struct str value)
{
    static const char *const words[] = {"delivered", "spam", "policy", "reject", "other"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_eq_nocase(value, str_of(words[i])))
            return words[i];
    return value.n == 0 ? "" : "other";
}

static const char *domain_of(struct arena *a, struct str value)
{
    const char *domain = words_domain(a, value);

    return domain == NULL ? "" : domain;
}

/* A report may name several (RFC 5965 section 3.2); the first is whom it is about, unless it is nobody's here. */
static void add_reported(const char *domain, struct incoming_failure *f)
{
    bool known = domain[0] == '\0' || strcmp(domain, f->reported_domain) == 0;

    failure_first(&f->reported_domain, domain);
    known = known || f->reported_domain == domain;
    for (size_t i = 0; !known && i < f->others; i++)
        known = strcmp(domain, f->other[i]) == 0;
    if (!known && f->others < INCOMING_LIST_MAX)
        f->other[f->others++] = domain;
}

/* "mailto:x@example.com" of Identity fields stays whole but for its local part. */
static void read_field(struct arena *a, struct str name, struct str value, const uint8_t key[16], struct failure *out)
{
    struct incoming_failure *f = &out->report;
    const struct {
        const char *name;
        const char **field;
    } plain[] = {
        {"User-Agent", &f->user_agent},         {"Reporting-MTA", &f->reporting_mta},
        {"SPF-DNS", &f->spf_dns},               {"Authentication-Results", &f->authentication_results},
        {"Identity-Alignment", &f->identity_alignment}, {"Original-Envelope-Id", &f->envelope_id},
        {"DKIM-Selector", &f->dkim_selector},
    };

    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (str_eq_nocase(name, str_of(plain[i].name)))
            failure_first(plain[i].field, failure_clean(a, value, INCOMING_TEXT_MAX));
    if (str_eq_nocase(name, STR("Feedback-Type")))
        failure_first(&f->feedback_type, failure_lower(a, value));
    else if (str_eq_nocase(name, STR("Auth-Failure")))
        failure_first(&f->auth_failure, failure_lower(a, value));
    else if (str_eq_nocase(name, STR("Delivery-Result")))
        failure_first(&f->delivery_result, delivery_word(value));
    else if (str_eq_nocase(name, STR("Reported-Domain")))
        add_reported(domain_of(a, value), f);
    else if (str_eq_nocase(name, STR("DKIM-Domain")))
        failure_first(&f->dkim_domain, domain_of(a, value));
    else if (str_eq_nocase(name, STR("DKIM-Identity")))
        failure_first(&f->dkim_identity, address_token(a, key, value));
    else if (str_eq_nocase(name, STR("Original-Mail-From")))
        failure_first(&f->mail_from, address_token(a, key, value));
    else if (str_eq_nocase(name, STR("Source-IP")) && f->source.family == IP_NONE)
        read_source(value, f);
    else if (f->arrival_s == 0 &&
             (str_eq_nocase(name, STR("Arrival-Date")) || str_eq_nocase(name, STR("Received-Date"))))
        (void)(words_mail_date(value, &f->arrival_s) || words_time(value, &f->arrival_s));
    else if (str_eq_nocase(name, STR("Incidents")) &&
             (!words_count(value, INCOMING_COUNT_MAX, &f->incidents) || f->incidents == 0)) {
        f->incidents = 1;
        notes_add(&out->notes, "Incidents cannot be read: taken for 1");
    }
}

static void failure_blank(struct arena *a, struct failure *out)
{
    struct incoming_failure *f = &out->report;

    memset(out, 0, sizeof *out);
    out->outcome = INCOMING_READ;
    out->notes.arena = a;
    f->user_agent = f->feedback_type = f->auth_failure = f->delivery_result = f->identity_alignment = "";
    f->reported_domain = f->mail_from = f->reporting_mta = f->envelope_id = f->dkim_domain = f->dkim_identity = "";
    f->dkim_selector = f->spf_dns = f->authentication_results = f->from_domain = f->subject_hash = f->date = "";
    f->message_id = "";
    f->incidents = 1;
}

static void failure_settle(struct failure *out, int64_t mail_date_s)
{
    struct incoming_failure *f = &out->report;

    if (f->arrival_s <= 0) {
        f->arrival_s = mail_date_s > 0 ? mail_date_s : 0;
        f->arrival_from_mail = true;
        notes_add(&out->notes, "it does not say when the message arrived: the mail's own date");
    }
    if (f->reported_domain[0] == '\0' && f->from_domain[0] != '\0') {
        f->reported_domain = f->from_domain;
        notes_add(&out->notes, "it has no Reported-Domain: that of the From field");
    }
    if (f->reported_domain[0] == '\0') {
        out->outcome = INCOMING_UNREADABLE;
        (void)snprintf(out->reason, sizeof out->reason, "it names no domain that it is about");
    }
}

void failure_read(struct arena *a, struct str fields, struct str sample, int64_t mail_date_s,
                  const uint8_t token_key[16], struct failure *out)
{
    struct str rest = fields, name, value;

    failure_blank(a, out);
    for (size_t i = 0; next_field(&rest, &name, &value); i++) {
        if (i == FAILURE_FIELDS_MAX) {
            notes_add(&out->notes, "it has more than %d fields: the others are not read", FAILURE_FIELDS_MAX);
            break;
        }
        read_field(a, name, str_slice(value, 0, FAILURE_FIELD_MAX), token_key, out);
    }
    if (strcmp(out->report.feedback_type, "auth-failure") != 0) {
        out->outcome = INCOMING_NOT_A_REPORT;
        (void)snprintf(out->reason, sizeof out->reason, "a feedback report of type \"%.60s\", not auth-failure",
                       out->report.feedback_type);
        return;
    }
    read_sample(a, sample, token_key, &out->report);
    failure_settle(out, mail_date_s);
}

/* ---- the text of Exim and Baruwa ---- */

static const char claim[] = "A message claiming to be from you has failed";

bool failure_is_text(struct str text)
{
    for (size_t i = 0; i + sizeof claim - 1 <= text.n && i < 2000; i++)
        if (str_starts_nocase(str_slice(text, i, text.n), STR(claim)))
            return true;
    return false;
}

void failure_read_text(struct arena *a, struct str text, int64_t mail_date_s, const uint8_t token_key[16],
                       struct failure *out)
{
    struct str rest = text, name, value;
    struct incoming_failure *f = &out->report;

    failure_blank(a, out);
    f->text_only = true;
    f->feedback_type = "auth-failure";
    f->auth_failure = "dmarc";
    for (size_t i = 0; i < FAILURE_FIELDS_MAX && rest.n > 0; i++) {
        struct str line = str_trim(str_slice(rest, 0, str_find(rest, '\n'))); /* indented, yet not folded */

        rest = str_slice(rest, str_find(rest, '\n') + 1, rest.n);
        name = str_slice(line, 0, str_find(line, ':'));
        value = str_trim(str_slice(line, name.n + 1, line.n));
        if (str_eq_nocase(name, STR("Sender Domain")))
            failure_first(&f->reported_domain, domain_of(a, value));
        else if (str_eq_nocase(name, STR("Sender IP Address")) && f->source.family == IP_NONE)
            read_source(value, f);
        else if (str_eq_nocase(name, STR("Received Date")) && f->arrival_s == 0)
            (void)(words_mail_date(value, &f->arrival_s) || words_time(value, &f->arrival_s));
    }
    read_sample(a, text, token_key, f);
    failure_settle(out, mail_date_s);
}
