/* The words of `assay why`: the next step first, then the story, then the evidence. */
#include "desk/why.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "desk/why_list.h"
#include "policy/let_in.h"
#include "verdict/cause.h"

enum { SENTENCE_MAX = 2000, TEXT_SHOWN = 400 };

static bool story_present(const char *text)
{
    return text[0] != '\0';
}

static bool story_is(const char *text, const char *word)
{
    return strcmp(text, word) == 0;
}

static struct strbuf why_story_sentence(const struct sheet *s)
{
    return strbuf_new(s->a, SENTENCE_MAX);
}

/* Our own name of the cause, as one of the enum; CAUSE_NONE for what this program does not know. */
static enum cause cause_of(const char *word)
{
    int value;

    return story_present(word) && enum_value(&cause_names, str_of(word), &value) ? (enum cause)value : CAUSE_NONE;
}

static const char *why_story_source_title(const struct casefile *c)
{
    if (c->sender != NULL)
        return c->sender->title;
    return story_present(c->record->source) ? c->record->source : "unknown";
}

/* Made to be taken for a client's domain, and somebody else's. */
static bool is_lookalike(const struct record *r)
{
    return story_is(r->cause, "lookalike");
}

/* ---- the head ---- */

static const char *headline(const struct record *r)
{
    static const struct { const char *dmarc, *text; } rows[] = {
        {"fail", "nothing confirms that it is from"},
        {"pass", "it is confirmed to be from"},
        {"none", "there is no DMARC policy for"},
        {"temperror", "DNS did not answer, so it is not known whether it is from"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (story_is(r->dmarc, rows[i].dmarc))
            return rows[i].text;
    return "its author cannot be read";
}

static void print_head(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record;
    char when[SHEET_TIME_MAX];

    if (story_present(r->ref))
        sheet_put(s, "Reference %s: ", sheet_shown(s, r->ref));
    if (is_lookalike(r))
        sheet_put(s, "LOOK-ALIKE of %s, not theirs: ",
                      c->client != NULL ? sheet_shown(s, c->client->title) : sheet_or(s, r->client, "a client"));
    if (story_is(r->dmarc, "fail"))
        sheet_alarm(s, "DMARC fail");
    else
        sheet_put(s, "DMARC %s", sheet_or(s, r->dmarc, "none"));
    sheet_put(s, ", ");
    sheet_put(s, "%s%s", headline(r), story_present(r->author_domain) ? " " : "");
    sheet_put(s, "%s\n", sheet_shown(s, r->author_domain));
    sheet_put(s, "%s, queue id %s", sheet_time(r->time_ms, when), sheet_or(s, r->queue_id, "unknown"));
    if (r->host != NULL)
        sheet_put(s, " on %s", sheet_shown(s, r->host));
    sheet_put(s, "\n");
}

/* ---- what to do ---- */

static void print_job(const struct sheet *s, const struct casefile *c)
{
    struct strbuf b = why_story_sentence(s);

    if (c->client == NULL)
        return;
    if (is_lookalike(c->record))
        strbuf_putf(&b, "%s is a LOOK-ALIKE of %s, not theirs", c->record->author_domain, c->client->title);
    else
        strbuf_putf(&b, "%s belongs to %s", c->record->author_domain, c->client->title);
    if (!is_lookalike(c->record) && story_present(c->client->dns_owner))
        strbuf_putf(&b, "; its DNS is changed by %s", c->client->dns_owner);
    for (size_t i = 0; i < c->client->contacts.n; i++)
        strbuf_putf(&b, "%s%s", i > 0 ? ", " : is_lookalike(c->record) ? "; tell " : "; ask ",
                    c->client->contacts.item[i]);
    sheet_sentence(s, b.p);
}

/* What the catalogue adds: that there is nothing to set up at the service, for one. */
static void print_note(const struct sheet *s, const struct sender *sender)
{
    struct strbuf b = why_story_sentence(s);

    if (sender == NULL || !story_present(sender->note))
        return;
    strbuf_putf(&b, "Note on %s: %s", sender->title, sender->note);
    sheet_sentence(s, b.p);
}

/* What a list or forwarder passed on and we refused: the rule that lets it in, to paste. */
static void print_rule(const struct sheet *s, const struct record *r)
{
    const char *rule = let_in_rule(s->a, r);

    if (rule == NULL || rule[0] == '\0')
        return;
    sheet_sentence(s, "For policy.conf, where the site wants such mail (assay policy test says what else it lets in):");
    for (struct str rest = str_of(rule); rest.n > 0;) {
        struct str line = str_slice(rest, 0, str_find(rest, '\n'));

        sheet_put(s, "      %s\n", sheet_shown_str(s, line));
        rest = str_slice(rest, line.n + 1, rest.n);
    }
}

static void print_next(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record;

    if (!story_present(r->next))
        return;
    sheet_heading(s, "What to do now");
    sheet_sentence(s, r->next);
    print_job(s, c);
    if (c->sender != NULL && story_present(c->sender->setup) && !story_is(r->cause, "forwarded") &&
        !story_is(r->cause, "mailing-list"))
        sheet_put(s, "  %s explains it at %s\n", sheet_shown(s, c->sender->title),
                      sheet_shown(s, c->sender->setup));
    print_note(s, c->sender);
    print_rule(s, r);
    if (story_present(r->playbook))
        sheet_put(s, "  Playbook: %s (assay why --playbook %s prints it, filled in)\n",
                      sheet_shown(s, r->playbook), sheet_or(s, r->ref, sheet_shown(s, r->queue_id)));
}

/* ---- what happened ---- */

static const char *fate(const char *disposition)
{
    static const struct { const char *word, *text; } rows[] = {
        {"reject", "was refused: whoever sent it was told so at once"},
        {"quarantine", "was held in quarantine"},
        {"tempfail", "was deferred: the sender's server tries again later"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (story_is(disposition, rows[i].word))
            return rows[i].text;
    return "was passed on to the next filter or the mailbox";
}

static void why_story_print_sender(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record;
    struct strbuf b = why_story_sentence(s);

    if (!story_present(r->source) || story_is(r->source, "unknown")) {
        strbuf_putf(&b, "It is not known who runs the server that sent it, %s", r->client_ip);
    } else {
        strbuf_putf(&b, "It was sent by %s", why_story_source_title(c));
        strbuf_putf(&b, "%s%s%s", story_present(r->source_detail) ? " (known by " : "", r->source_detail,
                    story_present(r->source_detail) ? ")" : "");
    }
    sheet_sentence(s, b.p);
}

static void print_entry(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record;
    struct strbuf b = why_story_sentence(s);

    if (story_present(r->status) && !(is_lookalike(r) && c->entry == NULL))
        strbuf_putf(&b, "The inventory listed this source as %s for %s", r->status,
                    story_present(r->source_domain) ? r->source_domain : r->author_domain);
    if (c->entry != NULL && !story_is(c->entry->field[INVENTORY_status], r->status))
        strbuf_putf(&b, "%s as %s now",
                    story_present(r->status) ? ", and lists it" : "The inventory lists this source",
                    c->entry->field[INVENTORY_status]);
    if (c->entry != NULL && story_present(c->entry->field[INVENTORY_owner]))
        strbuf_putf(&b, "; its owner is %s", c->entry->field[INVENTORY_owner]);
    if (story_present(r->ticket))
        strbuf_putf(&b, "; ticket %s", r->ticket);
    sheet_sentence(s, b.p);
}

/* "95 minutes": exact enough for somebody who waited. */
static const char *wait_text(int64_t ms, char buf[static SHEET_SPAN_MAX])
{
    if (ms < 60 * 1000 || ms >= 3 * 60 * 60 * 1000)
        return sheet_span(ms, buf);
    (void)snprintf(buf, SHEET_SPAN_MAX, "%" PRId64 " minute%s", ms / 60000, ms < 2 * 60 * 1000 ? "" : "s");
    return buf;
}

/* What became of it afterwards: whether it came again, and how a held one is let go. */
static void print_after(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record, *later = c->later;
    char span[SHEET_SPAN_MAX];
    struct strbuf b = why_story_sentence(s);

    if (later != NULL) {
        strbuf_putf(&b, "It came again %s later and was %s (queue id %s)", wait_text(later->time_ms - r->time_ms, span),
                    story_is(later->disposition, "none") ? "delivered" : why_fate(later), later->queue_id);
        sheet_sentence(s, b.p);
    } else if (story_is(r->disposition, "tempfail")) {
        sheet_sentence(s, "It has not come again since");
    } else if (story_is(r->disposition, "quarantine") && c->mta_holds) {
        sheet_put(s, "  To release it: postsuper -H %s; to read it first: ", sheet_shown(s, r->queue_id));
        sheet_put(s, "postcat -q %s\n", sheet_shown(s, r->queue_id));
    } else if (story_is(r->disposition, "quarantine")) {
        sheet_sentence(s, "It was marked (X-Assay-Quarantine) and handed on: it is in the quarantine or junk folder "
                       "of the delivery side");
    }
}

static void print_story(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record;
    struct strbuf b = why_story_sentence(s);

    sheet_heading(s, "What happened");
    strbuf_putf(&b, "A message with %s in its From line",
                story_present(r->header_from) ? r->header_from : "nobody");
    if (is_lookalike(r))
        strbuf_putf(&b, " (a LOOK-ALIKE of %s)", c->client != NULL ? c->client->title : r->client);
    strbuf_putf(&b, ", to %s, %s", r->rcpt, fate(r->disposition));
    sheet_sentence(s, b.p);
    print_after(s, c);
    why_story_print_sender(s, c);
    print_entry(s, c);
}

/* ---- why ---- */

static void print_secondary(const struct sheet *s, const char *secondary)
{
    struct str rest = str_of(secondary);

    while (rest.n > 0) {
        struct str word = str_slice(rest, 0, str_find(rest, ','));
        struct strbuf b = why_story_sentence(s);
        int value;

        rest = str_slice(rest, word.n + 1, rest.n);
        if (!enum_value(&cause_names, word, &value))
            continue;
        strbuf_putf(&b, "Also (%.*s): %s", STR_FMT(word), cause_about((enum cause)value)->meaning);
        sheet_sentence(s, b.p);
    }
}

static const char *risk_meaning(const char *risk)
{
    static const struct { const char *word, *text; } rows[] = {
        {"spf-only", "it is confirmed by the address it came from alone: once it is forwarded, it fails; "
                     "have it signed (DKIM)"},
        {"dkim-only", "it is confirmed by its signature alone: once a list or a scanner changes it, it fails; have the "
                      "return path use the domain as well (SPF)"},
        {"weak-key", "its signature is made with a short key, which others refuse: make a new key of 2048 bits"},
        {"testing-key", "its key is marked as a test (t=y), and others may not count it: take the mark away"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (story_is(risk, rows[i].word))
            return rows[i].text;
    return "";
}

static void print_why(const struct sheet *s, const struct record *r)
{
    enum cause cause = cause_of(r->cause);
    struct strbuf b = why_story_sentence(s);

    if (cause == CAUSE_NONE && !story_present(r->risk) && !story_present(r->why))
        return;
    sheet_heading(s, "Why");
    if (cause != CAUSE_NONE) {
        strbuf_putf(&b, "%s (cause: %s%s%s)", cause_about(cause)->meaning, r->cause,
                    story_present(r->cause_detail) ? ", " : "", r->cause_detail);
        sheet_sentence(s, b.p);
        print_secondary(s, r->secondary);
    } else if (story_present(r->risk)) {
        strbuf_putf(&b, "It only just passes (%s): %s", r->risk, risk_meaning(r->risk));
        sheet_sentence(s, b.p);
    } else {
        sheet_sentence(s, r->why);
    }
}

/* ---- before ---- */

/* Tallies count days of UTC. */
static const char *day_text(int64_t day, char buf[static SHEET_TIME_MAX])
{
    time_t at = (time_t)(day * 24 * 60 * 60);
    struct tm tm;

    if (gmtime_r(&at, &tm) == NULL || strftime(buf, SHEET_TIME_MAX, "%Y-%m-%d", &tm) == 0)
        buf[0] = '\0';
    return buf;
}

static void print_before(const struct sheet *s, const struct casefile *c)
{
    const struct store_tally *t = &c->same;
    char first[SHEET_TIME_MAX], last[SHEET_TIME_MAX];
    struct strbuf b = why_story_sentence(s);

    if (!story_present(c->record->cause))
        return;
    sheet_heading(s, "How often");
    if (t->messages <= 1) {
        sheet_sentence(s, "This is the first such message on record: same domain, same source, same cause");
        return;
    }
    strbuf_putf(&b, "%" PRId64 " messages of %s from this source had the same cause", t->messages,
                c->record->author_domain);
    strbuf_putf(&b, ", on %" PRId64 " day%s: ", t->days, t->days == 1 ? "" : "s");
    strbuf_putf(&b, t->days == 1 ? "%s" : "first %s, ", day_text(t->first_day, first));
    if (t->days > 1)
        strbuf_putf(&b, "last %s", day_text(t->last_day, last));
    sheet_sentence(s, b.p);
}

static const char *dns_kind_word(enum dns_kind kind)
{
    static const char *const words[] = {[DNS_KIND_SPF] = "SPF record of", [DNS_KIND_DKIM] = "DKIM key",
                                        [DNS_KIND_DMARC] = "DMARC record"};

    return words[kind];
}

static void why_story_print_text(const struct sheet *s, const char *name, const char *text)
{
    struct strbuf b = strbuf_new(s->a, TEXT_SHOWN + 8);

    strbuf_put_escaped(&b, str_of(text), TEXT_SHOWN);
    sheet_label(s, name);
    sheet_put(s, "%s\n", b.p);
}

static void why_story_print_change(const struct sheet *s, const struct casefile *c, const struct casefile_dns *d,
                                   const struct dnstext_version *old)
{
    const struct dnstext_version *new = old - 1;
    char when[SHEET_TIME_MAX], ago[SHEET_SPAN_MAX], kept[SHEET_SPAN_MAX];
    struct strbuf b = why_story_sentence(s);

    strbuf_putf(&b, "The %s %s changed at %s", dns_kind_word(d->kind), d->name, sheet_time(new->first_seen_ms, when));
    strbuf_putf(&b, ", %s before this message; the old one may still be cached elsewhere for %s",
                sheet_span(c->record->time_ms - new->first_seen_ms, ago), sheet_span(old->ttl * 1000, kept));
    sheet_sentence(s, b.p);
    why_story_print_text(s, "now", new->text);
    why_story_print_text(s, "before", old->text);
}

static void print_changes(const struct sheet *s, const struct casefile *c)
{
    bool any = false;

    for (size_t i = 0; i < c->dns_count; i++) {
        const struct dnstext_version *old = casefile_replaced(c, &c->dns[i]);

        if (old == NULL)
            continue;
        if (!any)
            sheet_heading(s, "What changed");
        any = true;
        why_story_print_change(s, c, &c->dns[i], old);
    }
}

/* ---- the whole ---- */

static void print_closure(const struct sheet *s, const struct casefile *c)
{
    const char *note = story_present(c->record->cause) ? casefile_closure(s->a, c) : NULL;

    if (note == NULL)
        return;
    sheet_heading(s, "Closure note, ready to paste");
    for (struct str rest = str_of(note); rest.n > 0;) {
        struct str line = str_slice(rest, 0, str_find(rest, '\n'));

        sheet_put(s, "  %.*s\n", STR_FMT(line));
        rest = str_slice(rest, line.n + 1, rest.n);
    }
}

void why_print_case(const struct sheet *s, const struct casefile *c)
{
    print_head(s, c);
    print_next(s, c);
    print_story(s, c);
    print_why(s, c->record);
    print_before(s, c);
    print_changes(s, c);
    sheet_heading(s, "Evidence");
    why_print_evidence(s, c->record);
    print_closure(s, c);
}
