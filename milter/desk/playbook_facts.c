#include "desk/playbook_facts.h"

#include <string.h>
#include <time.h>

#include "mail/domain.h"

enum { DATE_MAX = 40, RECORD_MORE = 400, RECORD_CUT_MARGIN = 8 };

/* ---- records to publish ---- */

static bool ends_record(struct str word)
{
    if (word.n > 0 && strchr("+-~?", word.p[0]) != NULL)
        word = str_slice(word, 1, word.n);
    return str_eq_nocase(word, STR("all")) || str_starts_nocase(word, STR("redirect="));
}

const char *playbook_spf_with(struct arena *a, const char *now, const char *term)
{
    struct strbuf b = strbuf_new(a, strlen(now) + strlen(term) + 20);
    struct str rest = str_of(now[0] == '\0' ? "v=spf1 ~all" : now);
    bool put = false;

    while (rest.n > 0) {
        size_t n = str_find(rest, ' ');
        struct str word = str_slice(rest, 0, n);

        rest = str_slice(rest, n + 1, rest.n);
        if (word.n == 0)
            continue;
        if (!put && ends_record(word)) {
            strbuf_putf(&b, " %s", term);
            put = true;
        }
        strbuf_putf(&b, "%s%.*s", b.n == 0 ? "" : " ", STR_FMT(word));
    }
    if (!put)
        strbuf_putf(&b, " %s", term);
    return b.max == 0 ? NULL : b.p;
}

const char *playbook_dmarc_reject(struct arena *a, const char *now)
{
    struct strbuf b = strbuf_new(a, strlen(now) + RECORD_MORE);
    struct str rest = str_of(now);

    while (rest.n > 0) {
        size_t n = str_find(rest, ';');
        struct str tag = str_trim(str_slice(rest, 0, n));
        struct str name = str_trim(str_slice(tag, 0, str_find(tag, '=')));

        rest = str_slice(rest, n + 1, rest.n);
        if (tag.n == 0 || str_eq_nocase(name, STR("t")))
            continue;
        strbuf_puts(&b, b.n == 0 ? "" : "; ");
        if (str_eq_nocase(name, STR("p")) || str_eq_nocase(name, STR("sp")) || str_eq_nocase(name, STR("np")))
            strbuf_putf(&b, "%.*s=reject", STR_FMT(name));
        else
            strbuf_put(&b, tag);
    }
    return b.max == 0 ? NULL : b.p;
}

/* Whether a text has `word` as one of its words, which `mark` separates; case aside. */
static bool has_word(struct str text, char mark, struct str word)
{
    while (text.n > 0) {
        size_t n = str_find(text, mark);

        if (str_eq_nocase(str_trim(str_slice(text, 0, n)), word))
            return true;
        text = str_slice(text, n + 1, text.n);
    }
    return false;
}

/* ---- what a record does not hold as it is ---- */

static const char *playbook_facts_joined(struct arena *a, struct str left, const char *between, struct str right)
{
    struct strbuf b = strbuf_new(a, left.n + strlen(between) + right.n);

    strbuf_put(&b, left);
    strbuf_puts(&b, between);
    strbuf_put(&b, right);
    return b.max == 0 ? NULL : b.p;
}

static bool playbook_facts_is_of(struct str domain, const char *author)
{
    char name[DOMAIN_MAX + 1];
    struct strbuf b = STRBUF_ON(name);

    strbuf_put(&b, domain);
    return !b.over && author[0] != '\0' && domain.n > 0 &&
           (domain_is_within(name, author) || (str_find(domain, '.') < domain.n && domain_is_within(author, name)));
}

/* The signature a playbook is about: the author's, else the first; false for none. */
static bool signature(struct arena *a, const struct record *r, struct record_dkim *out)
{
    struct record_dkim *sig = NULL;
    size_t n = 0;

    if (r->dkim[0] == '\0' || record_dkim_parse(a, r->dkim, &sig, &n) != RC_OK || n == 0)
        return false;
    *out = sig[0];
    for (size_t i = n; i-- > 0;)
        if (playbook_facts_is_of(sig[i].domain, r->author_domain))
            *out = sig[i];
    return true;
}

static const char *or_empty(const char *text)
{
    return text == NULL ? "" : text;
}

static const char *when(struct arena *a, const struct playbook_subject *s)
{
    time_t at = (time_t)(s->record->time_ms / 1000);
    char *text = arena_alloc(a, DATE_MAX);
    struct tm t;

    if (text != NULL && (gmtime_r(&at, &t) == NULL || strftime(text, DATE_MAX, "%Y-%m-%d %H:%M UTC", &t) == 0))
        text[0] = '\0';
    return text;
}

static const char *playbook_facts_source_title(struct arena *a, const struct playbook_subject *s)
{
    (void)a;
    return s->sender != NULL ? s->sender->title : s->record->source;
}

static const char *setup_words(struct arena *a, const struct playbook_subject *s)
{
    (void)a;
    return s->sender == NULL ? "" : or_empty(s->sender->setup_words);
}

static const char *setup_url(struct arena *a, const struct playbook_subject *s)
{
    (void)a;
    return s->sender == NULL ? "" : or_empty(s->sender->setup);
}

static const char *include(struct arena *a, const struct playbook_subject *s)
{
    (void)a;
    return s->sender == NULL ? "" : or_empty(s->sender->include);
}

static const char *client_title(struct arena *a, const struct playbook_subject *s)
{
    (void)a;
    return s->client != NULL ? s->client->title : s->record->client;
}

static const char *dns_owner(struct arena *a, const struct playbook_subject *s)
{
    (void)a;
    return s->client == NULL ? "" : or_empty(s->client->dns_owner);
}

static const char *contacts(struct arena *a, const struct playbook_subject *s)
{
    struct strbuf b = strbuf_new(a, RECORD_TEXT_MAX);

    for (size_t i = 0; s->client != NULL && i < s->client->contacts.n; i++)
        strbuf_putf(&b, "%s%s", i == 0 ? "" : "; ", s->client->contacts.item[i]);
    return b.max == 0 ? NULL : b.p;
}

static const char *playbook_facts_selector(struct arena *a, const struct playbook_subject *s)
{
    struct record_dkim sig;

    if (signature(a, s->record, &sig) && playbook_facts_is_of(sig.domain, s->record->author_domain))
        return str_dup(a, sig.selector);
    if (s->sender != NULL && s->sender->mark[SENDER_BY_SELECTOR].n > 0)
        return s->sender->mark[SENDER_BY_SELECTOR].item[0];
    return "";
}

static const char *key_name(struct arena *a, const struct playbook_subject *s)
{
    const char *sel = playbook_facts_selector(a, s);
    struct record_dkim sig;
    struct str domain = str_of(s->record->author_domain);

    if (sel == NULL || sel[0] == '\0')
        return sel;
    if (signature(a, s->record, &sig) && playbook_facts_is_of(sig.domain, s->record->author_domain))
        domain = sig.domain;
    return playbook_facts_joined(a, str_of(sel), "._domainkey.", domain);
}

static const char *key_target(struct arena *a, const struct playbook_subject *s)
{
    (void)a;
    return s->sender != NULL && s->sender->mark[SENDER_BY_KEY_CNAME].n > 0
               ? s->sender->mark[SENDER_BY_KEY_CNAME].item[0] : "";
}

static const char *signing_domain(struct arena *a, const struct playbook_subject *s)
{
    struct record_dkim sig;

    return signature(a, s->record, &sig) ? str_dup(a, sig.domain) : "";
}

/* Where the SPF record stands that has to change: at the return path's domain if that is the author's. */
static const char *spf_name(struct arena *a, const struct playbook_subject *s)
{
    (void)a;
    return playbook_facts_is_of(str_of(s->record->spf_domain), s->record->author_domain) ? s->record->spf_domain
                                                                          : s->record->author_domain;
}

static const char *spf_now(struct arena *a, const struct playbook_subject *s)
{
    (void)a;
    return playbook_facts_is_of(str_of(s->record->spf_domain), s->record->author_domain) ? s->record->spf_record : "";
}

/* Whether a record's text is all of what was published: only then may it be changed and published again. */
static bool is_whole(const char *text)
{
    return strlen(text) < RECORD_TEXT_MAX - RECORD_CUT_MARGIN;
}

/* Whether `word` is the cause of the message, first or further. */
static bool failed_for(const struct record *r, struct str word)
{
    return str_eq(str_of(r->cause), word) || has_word(str_of(r->secondary), ',', word);
}

/*
 * Only where the lack of it is why the message failed: no second copy, and
 * nothing more for a record that is void or over its limits.
 */
static const char *spf_fixed(struct arena *a, const struct playbook_subject *s)
{
    const struct record *r = s->record;
    const char *term = include(a, s), *now = spf_now(a, s);
    bool none = strcmp(r->spf, "none") == 0 && playbook_facts_is_of(str_of(r->spf_domain), r->author_domain);

    if (term[0] == '\0' || (now[0] == '\0' && !none) || !is_whole(now) || has_word(str_of(now), ' ', str_of(term)))
        return "";
    if (!failed_for(r, STR("spf-no-include")) || failed_for(r, STR("spf-limit")) ||
        failed_for(r, STR("spf-multiple")) || failed_for(r, STR("spf-syntax")))
        return "";
    return playbook_spf_with(a, now, term);
}

/* For a domain that never sends; how strict another may be is not told by one message. */
static const char *dmarc_fixed(struct arena *a, const struct playbook_subject *s)
{
    const char *now = s->record->policy_record;

    if (!failed_for(s->record, STR("parked")))
        return "";
    return is_whole(now) && now[0] != '\0' ? playbook_dmarc_reject(a, now) : "v=DMARC1; p=reject";
}

static const char *dmarc_name(struct arena *a, const struct playbook_subject *s)
{
    const char *domain = s->record->policy_domain[0] != '\0' ? s->record->policy_domain : s->record->author_domain;

    return playbook_facts_joined(a, STR("_dmarc"), ".", str_of(domain));
}

/* ---- the table ---- */

#define COLUMN(name) .column = offsetof(struct record, name)

static const struct fact {
    const char *name, *help;
    const char *(*make)(struct arena *a, const struct playbook_subject *s); /* NULL: a column as it is */
    size_t column;
} facts[] = {
    {"date", "when the message came", .make = when},
    {"ref", "its reference", COLUMN(ref)},
    {"queue_id", "its queue id", COLUMN(queue_id)},
    {"message_id", "its Message-ID", COLUMN(message_id)},
    {"from", "its From field", COLUMN(header_from)},
    {"rcpt", "its recipients", COLUMN(rcpt)},
    {"domain", "the domain in the From field", COLUMN(author_domain)},
    {"return_path", "the envelope sender", COLUMN(mail_from)},
    {"ip", "the address of the host that sent it", COLUMN(client_ip)},
    {"host", "the name of that host", COLUMN(client_name)},
    {"source", "the service that sent it", .make = playbook_facts_source_title},
    {"proof", "what names that service", COLUMN(source_detail)},
    {"status", "what the inventory says of the service", COLUMN(status)},
    {"ticket", "the ticket set on the service", COLUMN(ticket)},
    {"client", "whose the domain is", .make = client_title},
    {"contacts", "whom to ask there", .make = contacts},
    {"dns_owner", "who changes its DNS", .make = dns_owner},
    {"setup", "where the service's customers set up signing", .make = setup_words},
    {"setup_url", "the service's own instructions", .make = setup_url},
    {"cause", "why it failed, in a word", COLUMN(cause)},
    {"detail", "what in particular", COLUMN(cause_detail)},
    {"secondary", "what else is wrong", COLUMN(secondary)},
    {"next", "the next step", COLUMN(next)},
    {"why", "the verdict in a clause", COLUMN(why)},
    {"dmarc", "the DMARC result", COLUMN(dmarc)},
    {"policy", "what the domain's owner asks for", COLUMN(policy)},
    {"disposition", "what was done with the message", COLUMN(disposition)},
    {"spf", "the SPF result", COLUMN(spf)},
    {"spf_domain", "the domain SPF was asked about", COLUMN(spf_domain)},
    {"spf_problem", "what is wrong with the SPF record", COLUMN(spf_problem)},
    {"spf_name", "where the SPF record is to be published", .make = spf_name},
    {"spf_record", "that record as it is", .make = spf_now},
    {"include", "the term the service's customers publish", .make = include},
    {"spf_record_new", "the SPF record with that term, where it lacks it and that is why the message failed",
     .make = spf_fixed},
    {"dkim", "every signature: result, domain, selector, algorithm", COLUMN(dkim)},
    {"dkim_reasons", "why each did not pass", COLUMN(dkim_reasons)},
    {"signing_domain", "the domain that signed", .make = signing_domain},
    {"selector", "the selector of the signature", .make = playbook_facts_selector},
    {"key_name", "where the DKIM key is to be published", .make = key_name},
    {"key_target", "where that name points, for services that have it so", .make = key_target},
    {"dmarc_name", "where the DMARC record stands", .make = dmarc_name},
    {"dmarc_record", "that record as it is", COLUMN(policy_record)},
    {"dmarc_record_new", "the record of a domain that never sends: refuse whatever claims to be of it",
     .make = dmarc_fixed},
};

enum { FACTS = sizeof facts / sizeof facts[0] };

struct playbook_placeholder playbook_placeholder(size_t i)
{
    if (i >= FACTS)
        return (struct playbook_placeholder){NULL, NULL};
    return (struct playbook_placeholder){facts[i].name, facts[i].help};
}

static const char *playbook_facts_column(const struct record *r, size_t offset)
{
    return *(const char *const *)((const char *)r + offset);
}

/* "cause=a,b": the cause, where it is one of these. */
static enum rc cause_fact(struct arena *a, const struct playbook_subject *s, struct str words, const char **out)
{
    *out = "";
    while (words.n > 0) {
        struct str word = str_trim(str_slice(words, 0, str_find(words, ',')));
        int value;

        words = str_slice(words, str_find(words, ',') + 1, words.n);
        if (!enum_value(&cause_names, word, &value) || value == CAUSE_NONE)
            return RC_NOTFOUND;
        if ((*out)[0] == '\0' && failed_for(s->record, word))
            *out = str_dup(a, word);
        if (*out == NULL)
            return RC_NOMEM;
    }
    return RC_OK;
}

enum rc playbook_fact(struct arena *a, const struct playbook_subject *s, struct str name, const char **out)
{
    if (str_starts_nocase(name, STR("cause=")))
        return cause_fact(a, s, str_slice(name, 6, name.n), out);
    for (size_t i = 0; i < FACTS; i++) {
        if (!str_eq(name, str_of(facts[i].name)))
            continue;
        *out = facts[i].make != NULL ? facts[i].make(a, s) : playbook_facts_column(s->record, facts[i].column);
        return *out == NULL ? RC_NOMEM : RC_OK;
    }
    return RC_NOTFOUND;
}
