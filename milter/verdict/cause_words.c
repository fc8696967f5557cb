/* What is said of a cause: what in particular, and the next step with its names filled in. */
#include "verdict/cause_facts.h"

#include <string.h>
#include <time.h>

#include "mail/from.h"

enum { DETAIL_MAX = 300, NEXT_MAX = 700, PROBLEM_MAX = 90 };

/* A text under construction, and what it is about. */
struct words {
    const struct cause_facts *f;
    const char *author;          /* domain */
    struct strbuf detail, next;
};

static const struct sender *sender_of(const struct words *w)
{
    return w->f->v->source.sender;
}

static const char *cause_words_key_of(const struct dkim_signature *s, char name[static 600])
{
    struct strbuf b = strbuf_on(name, 600);

    strbuf_putf(&b, "%s._domainkey.%s", s->selector, s->domain);
    return name;
}

/* Printable text that a publisher's or sender's may be part of, cut short. */
static void put_short(struct strbuf *b, const char *text, size_t most)
{
    struct str all = str_of(text);

    strbuf_put(b, str_slice(all, 0, most));
    if (all.n > most)
        strbuf_puts(b, "...");
}

/*
 * Who is to do it.  Of our own and our clients' domains the reader is told
 * what to do; of anybody else's, whom to ask.
 */
static void begin_order(struct words *w)
{
    if (w->f->v->client == NULL)
        strbuf_putf(&w->next, "ask the postmaster of %s to ", w->author);
}

/* "Mailchimp (Website > Domains)" */
static void put_place(struct words *w)
{
    const struct sender *s = sender_of(w);

    strbuf_puts(&w->next, s->title);
    if (s->setup_words[0] != '\0')
        strbuf_putf(&w->next, " (%s)", s->setup_words);
}

/* ---- what was in DNS ---- */

/*
 * Mail of a service goes out under a name of the customer's that leads to the service (a CNAME, as em123.acme.example):
 * when that is gone, putting it back is the step, whatever else would make the mail pass.
 */
static bool say_path_is_gone(struct words *w)
{
    if (w->f->gone_path == NULL)
        return false;
    strbuf_putf(&w->detail, "%sthe SPF record of %.150s is gone", w->detail.n > 0 ? "; " : "", w->f->path);
    begin_order(w);
    strbuf_putf(&w->next, "put %s back into DNS", w->f->path);
    if (sender_of(w) != NULL) {
        strbuf_puts(&w->next, " as ");
        put_place(w);
        strbuf_puts(&w->next, " shows it (in most cases a CNAME)");
    }
    strbuf_puts(&w->next, "; its SPF record: ");
    cause_put_gone(&w->next, w->f->gone_path);
    return true;
}

/* The mail used to pass by a key of the domain's: whether that is still there comes before setting up another. */
static void put_lost_key(struct words *w)
{
    const struct known_key *key = w->f->lost_key;

    if (key == NULL)
        return;
    strbuf_putf(&w->detail, "; last signed with %.120s on ", key->name);
    cause_put_lost_day(&w->detail, key);
    strbuf_puts(&w->next, "check that ");
    cause_put_lost_key(&w->next, key);
    strbuf_putf(&w->next, " is still in DNS: mail from %s was last signed with it on ", sender_of(w)->title);
    cause_put_lost_day(&w->next, key);
    strbuf_puts(&w->next, "; if it is, ");
}

/* ---- time ---- */

static void put_span(struct strbuf *b, int64_t minutes)
{
    static const struct { int64_t from, length; const char *word; } units[] = {
        {48 * 60, 24 * 60, "day"}, {60, 60, "hour"}, {0, 1, "minute"},
    };
    size_t i = 0;

    while (minutes < units[i].from)
        i++;
    strbuf_putf(b, "%lld %s%s", (long long)(minutes / units[i].length), units[i].word,
                minutes / units[i].length == 1 ? "" : "s");
}

/* "14:20 UTC", with the date when that is not the day of `now_ms`. */
static void put_clock(struct strbuf *b, int64_t ms, int64_t now_ms)
{
    time_t at = (time_t)(ms / 1000), now = (time_t)(now_ms / 1000);
    struct tm t, today;

    if (gmtime_r(&at, &t) == NULL || gmtime_r(&now, &today) == NULL)
        return;
    strbuf_putf(b, "%02d:%02d UTC", t.tm_hour, t.tm_min);
    if (t.tm_yday != today.tm_yday || t.tm_year != today.tm_year)
        strbuf_putf(b, " on %04d-%02d-%02d", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

/* ---- the causes ---- */

static void say_dns_temporary(struct words *w)
{
    strbuf_putf(&w->detail, "no answer for %.150s", w->f->waiting_for);
    if (w->f->v->client != NULL)
        strbuf_putf(&w->next, "check that the name servers answer for %s; until they do, it cannot be checked",
                    w->f->waiting_for);
    else
        strbuf_putf(&w->next, "wait; if it goes on, tell the postmaster of %s that DNS does not answer for %s",
                    w->author, w->f->waiting_for);
}

static void say_author_unreadable(struct words *w)
{
    strbuf_puts(&w->detail, enum_name(&from_problem_names, (int)w->f->g->evidence->dmarc.problem));
    strbuf_puts(&w->next, "have the program that wrote the message write one From line with one address in it");
}

static void say_lookalike(struct words *w)
{
    strbuf_putf(&w->detail, "made to look like a domain of %s", w->f->v->client->title);
    strbuf_putf(&w->next, "warn the recipients and block %s: it looks like a domain of %s and is not", w->author,
                w->f->v->client->title);
}

static void say_parked(struct words *w)
{
    strbuf_putf(&w->detail, "%s never sends", w->author);
    strbuf_putf(&w->next, "treat it as forged: %s is parked and never sends mail; if somebody means to use it, "
                "take it off the parked domains of %s first", w->author, w->f->v->client->title);
}

static void say_mailing_list(struct words *w)
{
    strbuf_puts(&w->detail, w->f->v->relay.by);
    strbuf_putf(&w->next, "nothing to repair: the list %s changed the message on its way, as lists do; "
                "tell the recipient", w->f->v->relay.by);
}

static void say_forwarded(struct words *w)
{
    const char *by = w->f->v->relay.by[0] != '\0' ? w->f->v->relay.by : "somebody";

    strbuf_puts(&w->detail, w->f->v->relay.by);
    strbuf_putf(&w->next, "nothing to repair at the sender: %s forwarded the message, and its authentication did not "
                "survive that; have it sent directly to the final address", by);
}

/* "the key s1", "the SPF record of example.com" */
static void put_changed_thing(const struct words *w, struct strbuf *b)
{
    const char *name = w->f->changed_name;

    switch (w->f->changed_kind) {
    case DNS_KIND_SPF: strbuf_putf(b, "the SPF record of %s", name); break;
    case DNS_KIND_DKIM: strbuf_putf(b, "the DKIM key %s", name); break;
    case DNS_KIND_DMARC: strbuf_putf(b, "the record %s", name); break;
    }
}

static void say_dns_changed(struct words *w)
{
    const struct known_change *c = w->f->change;
    int64_t now = w->f->g->message->arrival_ms, ago = now > c->changed_ms ? (now - c->changed_ms) / 60000 : 0;
    int64_t until = c->changed_ms + (int64_t)c->old_ttl * 1000;

    strbuf_puts(&w->detail, w->f->changed_name);
    if (until > now) {
        strbuf_puts(&w->next, "wait until ");
        put_clock(&w->next, until, now);
        strbuf_puts(&w->next, ": ");
        put_changed_thing(w, &w->next);
        strbuf_puts(&w->next, " changed ");
        put_span(&w->next, ago);
        strbuf_puts(&w->next, " ago and its old record may be cached for ");
        put_span(&w->next, (c->old_ttl + 59) / 60);
        return;
    }
    begin_order(w);
    strbuf_puts(&w->next, "check the last change: ");
    put_changed_thing(w, &w->next);
    strbuf_puts(&w->next, " changed ");
    put_span(&w->next, ago);
    strbuf_puts(&w->next, " ago, and mail fails with the new one");
}

static void say_dkim_broken(struct words *w)
{
    const struct dkim_signature *s = w->f->failed;
    char name[600];

    if (s->problem == DKIM_PROBLEM_BODY) {
        strbuf_putf(&w->detail, "body changed after signing (selector %s)", s->selector);
        begin_order(w);
        strbuf_puts(&w->next, "find what changes the message after it was signed (a footer, a virus scanner) "
                    "and have it run before the signing");
        return;
    }
    strbuf_putf(&w->detail, "header changed after signing, or signed with another key (selector %s)", s->selector);
    begin_order(w);
    strbuf_putf(&w->next, "compare the key at %s with the one %s signs with; if they agree, find what changes the "
                "header after signing", cause_words_key_of(s, name),
                sender_of(w) == NULL ? "the server" : sender_of(w)->title);
}

static void say_dkim_weak_key(struct words *w)
{
    const struct dkim_signature *s = w->f->failed;
    char name[600];

    begin_order(w);
    if (s->key_bits == 0) {
        strbuf_putf(&w->detail, "%s (selector %s)", s->algorithm, s->selector);
        strbuf_puts(&w->next, "set the program that signs to rsa-sha256 instead of rsa-sha1");
        return;
    }
    strbuf_putf(&w->detail, "key of %u bits (selector %s)", s->key_bits, s->selector);
    strbuf_putf(&w->next, "make a new DKIM key of 2048 bits and publish it instead of the one at %s",
                cause_words_key_of(s, name));
}

static void say_dkim_no_key(struct words *w)
{
    const struct dkim_signature *s = w->f->failed;
    char name[600];

    strbuf_putf(&w->detail, "selector %s: %s", s->selector,
                s->problem == DKIM_PROBLEM_REVOKED  ? "key withdrawn"
                : s->problem == DKIM_PROBLEM_NO_KEY ? "no key"
                                                    : "key cannot be used");
    if (w->f->gone_key != NULL) {
        strbuf_puts(&w->detail, "; ");
        cause_put_gone(&w->detail, w->f->gone_key);
    }
    begin_order(w);
    if (s->problem == DKIM_PROBLEM_REVOKED)
        strbuf_putf(&w->next, "stop signing with selector %s, whose key was withdrawn, or publish it again at %s",
                    s->selector, cause_words_key_of(s, name));
    else if (s->problem == DKIM_PROBLEM_KEY)
        strbuf_putf(&w->next, "correct the DKIM key at %s: %s", cause_words_key_of(s, name), s->reason);
    else if (sender_of(w) != NULL)
        strbuf_putf(&w->next, "publish %sat %s the DKIM record that %s shows",
                    w->f->gone_key != NULL ? "again " : "", cause_words_key_of(s, name), sender_of(w)->title);
    else
        strbuf_putf(&w->next, "publish the DKIM key at %s%s, or correct the selector (%s) where the mail is signed",
                    cause_words_key_of(s, name), w->f->gone_key != NULL ? " again" : "", s->selector);
}

static void say_dkim_invalid(struct words *w)
{
    const struct dkim_signature *s = w->f->failed;

    put_short(&w->detail, s->reason, DETAIL_MAX - 20);
    begin_order(w);
    if (s->problem == DKIM_PROBLEM_EXPIRED) {
        strbuf_puts(&w->next, "check the clock of the server that signs, and how long mail waits there");
    } else {
        strbuf_puts(&w->next, "repair the program that signs: ");
        put_short(&w->next, s->reason, PROBLEM_MAX);
    }
}

static const char *troubled(const struct words *w)
{
    const struct spf_evidence *spf = &w->f->g->evidence->spf;

    return spf->trouble_domain[0] != '\0' ? spf->trouble_domain : w->f->path;
}

static void say_spf_multiple(struct words *w)
{
    strbuf_puts(&w->detail, troubled(w));
    begin_order(w);
    strbuf_putf(&w->next, "merge the SPF records of %s into one", troubled(w));
}

static void say_spf_syntax(struct words *w)
{
    const char *problem = w->f->g->evidence->spf.problem;

    put_short(&w->detail, problem, DETAIL_MAX - 20);
    if (str_starts_nocase(str_of(problem), STR("SPF record of ")) && strstr(problem, ": ") != NULL)
        problem = strstr(problem, ": ") + 2; /* whose it is has been said */
    begin_order(w);
    strbuf_putf(&w->next, "correct the SPF record of %s: ", troubled(w));
    put_short(&w->next, problem, PROBLEM_MAX);
}

static void say_spf_limit(struct words *w)
{
    strbuf_putf(&w->detail, "%s: ", troubled(w));
    put_short(&w->detail, w->f->g->evidence->spf.problem, PROBLEM_MAX);
    begin_order(w);
    strbuf_putf(&w->next, "shorten the SPF record of %s: at most 10 of its terms may need a lookup, and at most 2 "
                "lookups may find nothing", troubled(w));
}

static void say_spf_no_include(struct words *w)
{
    const struct spf_evidence *spf = &w->f->g->evidence->spf;
    const char *include = sender_of(w)->include;

    strbuf_puts(&w->detail, include);
    if (say_path_is_gone(w))
        return;
    begin_order(w);
    if (spf->record[0] == '\0')
        strbuf_putf(&w->next, "publish an SPF record for %s: v=spf1 %s ~all", w->f->path, include);
    else
        strbuf_putf(&w->next, "add %s to the SPF record of %s", include, w->f->path);
}

/* Of the same organization, and adkim=s or aspf=s in the DMARC record wants the very domain (RFC 9989 section 4.4). */
static bool is_too_strict(struct words *w, const char *domain, const char *tag)
{
    if (!relay_is_own(&w->f->v->dmarc, domain))
        return false;
    strbuf_putf(&w->detail, "; the DMARC record demands %s itself (%s=s)", w->author, tag);
    return true;
}

static void say_dkim_unaligned(struct words *w)
{
    const char *by = w->f->other->domain;

    strbuf_putf(&w->detail, "signed by %.120s", by);
    if (is_too_strict(w, by, "adkim")) {
        begin_order(w);
        strbuf_putf(&w->next, "sign with %s itself", w->author);
        if (sender_of(w) != NULL) {
            strbuf_puts(&w->next, " in ");
            put_place(w);
        }
        strbuf_putf(&w->next, ", or take adkim=s out of the DMARC record: now %s signs, and adkim=s demands the very "
                    "domain in From", by);
        return;
    }
    if (say_path_is_gone(w))
        return;
    if (sender_of(w) == NULL && w->f->v->client != NULL) {
        strbuf_putf(&w->next, "find out who sends for %s through %s; if that is wanted, have it sign with %s",
                    w->author, by, w->author);
        return;
    }
    begin_order(w);
    if (sender_of(w) == NULL) {
        strbuf_putf(&w->next, "sign with %s: now %s signs", w->author, by);
        return;
    }
    put_lost_key(w);
    strbuf_putf(&w->next, "set up DKIM for %s in ", w->author);
    put_place(w);
    strbuf_putf(&w->next, ": now %s signs", by);
}

static void say_dkim_absent(struct words *w)
{
    strbuf_puts(&w->detail, sender_of(w)->title);
    if (say_path_is_gone(w))
        return;
    begin_order(w);
    put_lost_key(w);
    strbuf_putf(&w->next, "turn on DKIM signing for %s in ", w->author);
    put_place(w);
}

static void say_spf_unaligned(struct words *w)
{
    const char *path = w->f->path[0] != '\0' ? w->f->path : "another domain";

    strbuf_putf(&w->detail, "return path of %.150s", path);
    if (is_too_strict(w, w->f->path, "aspf")) {
        begin_order(w);
        strbuf_putf(&w->next, "use %s itself in the return path, or take aspf=s out of the DMARC record, which demands "
                    "the very domain in From", w->author);
    } else if (w->f->v->client != NULL) {
        strbuf_putf(&w->next, "find out who sends for %s through ", w->author);
        put_short(&w->next, path, PROBLEM_MAX);
        strbuf_putf(&w->next, "; if that is wanted, have it sign with %s (DKIM)", w->author);
    } else {
        begin_order(w);
        strbuf_putf(&w->next, "sign with %s (DKIM), or to use it in the return path", w->author);
    }
}

static void say_unauthorized(struct words *w)
{
    if (w->f->v->client != NULL)
        strbuf_puts(&w->next, "treat it as forged; if somebody here did send it, "
                    "ask which program or service they used");
    else
        strbuf_putf(&w->next, "treat it as forged; if it goes on, tell the postmaster of %s", w->author);
}

static void (*const say[CAUSE_COUNT])(struct words *) = {
    [CAUSE_LOOKALIKE] = say_lookalike, [CAUSE_PARKED] = say_parked, [CAUSE_DNS_TEMPORARY] = say_dns_temporary,
    [CAUSE_AUTHOR_UNREADABLE] = say_author_unreadable, [CAUSE_MAILING_LIST] = say_mailing_list,
    [CAUSE_FORWARDED] = say_forwarded, [CAUSE_DNS_CHANGED] = say_dns_changed, [CAUSE_DKIM_BROKEN] = say_dkim_broken,
    [CAUSE_DKIM_WEAK_KEY] = say_dkim_weak_key, [CAUSE_DKIM_NO_KEY] = say_dkim_no_key,
    [CAUSE_DKIM_INVALID] = say_dkim_invalid, [CAUSE_SPF_MULTIPLE] = say_spf_multiple,
    [CAUSE_SPF_SYNTAX] = say_spf_syntax, [CAUSE_SPF_LIMIT] = say_spf_limit,
    [CAUSE_SPF_NO_INCLUDE] = say_spf_no_include, [CAUSE_DKIM_UNALIGNED] = say_dkim_unaligned,
    [CAUSE_DKIM_ABSENT] = say_dkim_absent, [CAUSE_SPF_UNALIGNED] = say_spf_unaligned,
    [CAUSE_UNAUTHORIZED] = say_unauthorized,
};

/* ---- risks ---- */

/* Only of our own domains: of mail that passes nobody else need be told. */
static void say_risk(struct words *w, enum risk risk)
{
    const struct dkim_signature *s = w->f->failed;
    char name[600];

    if (w->f->v->client == NULL)
        return;
    switch (risk) {
    case RISK_SPF_ONLY:
        strbuf_putf(&w->next, "turn on DKIM signing for %s", w->author);
        if (sender_of(w) != NULL) {
            strbuf_puts(&w->next, " in ");
            put_place(w);
        }
        strbuf_puts(&w->next, ": as it is, forwarding makes this mail fail");
        break;
    case RISK_WEAK_KEY:
        strbuf_putf(&w->next, "make a new DKIM key of 2048 bits: the one at %s has %u", cause_words_key_of(s, name),
                    s->key_bits);
        break;
    case RISK_TESTING_KEY:
        strbuf_putf(&w->next, "take t=y (testing) out of the DKIM key at %s", cause_words_key_of(s, name));
        break;
    case RISK_DKIM_ONLY:
    case RISK_NONE:
        break;
    }
}

enum rc cause_words(const struct cause_facts *f, struct finding *out)
{
    char detail[DETAIL_MAX + 1], next[NEXT_MAX + 1];
    struct words w = {.f = f, .author = f->v->dmarc.author_domain};

    w.detail = STRBUF_ON(detail);
    w.next = STRBUF_ON(next);
    if (out->cause == CAUSE_NONE)
        say_risk(&w, out->risk);
    else
        say[out->cause](&w);
    out->detail = str_dup(f->arena, strbuf_str(&w.detail));
    out->next = str_dup(f->arena, strbuf_str(&w.next));
    return out->detail == NULL || out->next == NULL ? RC_NOMEM : cause_ask_first(f, out);
}
