/* The words of `assay why`: the next step first, then the story, then the evidence. */
#include "cli/why.h"

#include <inttypes.h>
#include <string.h>

#include "verdict/cause.h"

enum { SENTENCE_MAX = 2000, TEXT_SHOWN = 400 };

static bool present(const char *text)
{
    return text[0] != '\0';
}

static bool is(const char *text, const char *word)
{
    return strcmp(text, word) == 0;
}

static struct strbuf sentence(const struct sheet *s)
{
    return strbuf_new(s->a, SENTENCE_MAX);
}

/* Our own name of the cause, as one of the enum; CAUSE_NONE for what this program does not know. */
static enum cause cause_of(const char *word)
{
    int value;

    return present(word) && enum_value(&cause_names, str_of(word), &value) ? (enum cause)value : CAUSE_NONE;
}

static const char *source_title(const struct casefile *c)
{
    if (c->sender != NULL)
        return c->sender->title;
    return present(c->record->source) ? c->record->source : "unknown";
}

/* ---- the head ---- */

static const char *headline(const struct record *r)
{
    static const struct { const char *dmarc, *text; } rows[] = {
        {"fail", "nothing confirms that it is from"},
        {"pass", "it is confirmed to be from"},
        {"none", "there is no policy to test it against for"},
        {"temperror", "DNS did not answer, so it could not be tested whether it is from"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is(r->dmarc, rows[i].dmarc))
            return rows[i].text;
    return "its author cannot be read";
}

static void print_head(const struct sheet *s, const struct record *r)
{
    char when[SHEET_TIME_MAX];

    if (present(r->ref))
        (void)fprintf(s->to, "Reference %s: ", sheet_shown(s, r->ref));
    (void)fprintf(s->to, "DMARC %s, ", sheet_or(s, r->dmarc, "none"));
    (void)fprintf(s->to, "%s%s", headline(r), present(r->author_domain) ? " " : "");
    (void)fprintf(s->to, "%s\n", sheet_shown(s, r->author_domain));
    (void)fprintf(s->to, "%s, queue id %s\n", sheet_time(r->time_ms, when), sheet_or(s, r->queue_id, "unknown"));
}

/* ---- what to do ---- */

static void print_job(const struct sheet *s, const struct casefile *c)
{
    struct strbuf b = sentence(s);

    if (c->client == NULL)
        return;
    strbuf_putf(&b, "%s belongs to %s", c->record->author_domain, c->client->title);
    if (present(c->client->dns_owner))
        strbuf_putf(&b, "; its DNS is changed by %s", c->client->dns_owner);
    for (size_t i = 0; i < c->client->contacts.n; i++)
        strbuf_putf(&b, "%s%s", i == 0 ? "; ask " : ", ", c->client->contacts.item[i]);
    sheet_sentence(s, b.p);
}

static void print_next(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record;

    if (!present(r->next))
        return;
    sheet_heading(s, "What to do now");
    sheet_sentence(s, r->next);
    print_job(s, c);
    if (c->sender != NULL && present(c->sender->setup) && !is(r->cause, "forwarded") && !is(r->cause, "mailing-list"))
        (void)fprintf(s->to, "  %s explains it at %s\n", sheet_shown(s, c->sender->title),
                      sheet_shown(s, c->sender->setup));
    if (present(r->playbook))
        (void)fprintf(s->to, "  Playbook: %s (assay why --playbook %s prints it, filled in)\n",
                      sheet_shown(s, r->playbook), sheet_or(s, r->ref, sheet_shown(s, r->queue_id)));
}

/* ---- what happened ---- */

static const char *fate(const char *disposition)
{
    static const struct { const char *word, *text; } rows[] = {
        {"reject", "was refused: whoever sent it was told so at once"},
        {"quarantine", "was held in quarantine"},
        {"tempfail", "was put off: the sender's server tries again later"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is(disposition, rows[i].word))
            return rows[i].text;
    return "was let through to the next filter or the mailbox";
}

static void print_sender(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record;
    struct strbuf b = sentence(s);

    if (!present(r->source) || is(r->source, "unknown")) {
        strbuf_putf(&b, "Who runs the server that sent it, %s, is not known", r->client_ip);
    } else {
        strbuf_putf(&b, "It was sent by %s", source_title(c));
        strbuf_putf(&b, "%s%s%s", present(r->source_detail) ? " (known by " : "", r->source_detail,
                    present(r->source_detail) ? ")" : "");
    }
    sheet_sentence(s, b.p);
}

static void print_entry(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record;
    struct strbuf b = sentence(s);

    if (present(r->status))
        strbuf_putf(&b, "The inventory had this source as %s for %s", r->status,
                    present(r->source_domain) ? r->source_domain : r->author_domain);
    if (c->entry != NULL && !is(c->entry->field[INVENTORY_status], r->status))
        strbuf_putf(&b, "%s as %s now", present(r->status) ? ", and has it" : "The inventory has this source",
                    c->entry->field[INVENTORY_status]);
    if (c->entry != NULL && present(c->entry->field[INVENTORY_owner]))
        strbuf_putf(&b, "; its owner is %s", c->entry->field[INVENTORY_owner]);
    if (present(r->ticket))
        strbuf_putf(&b, "; ticket %s", r->ticket);
    sheet_sentence(s, b.p);
}

static void print_story(const struct sheet *s, const struct casefile *c)
{
    const struct record *r = c->record;
    struct strbuf b = sentence(s);

    sheet_heading(s, "What happened");
    strbuf_putf(&b, "A message that says it is from %s, to %s", present(r->header_from) ? r->header_from : "nobody",
                r->rcpt);
    strbuf_putf(&b, ", %s", fate(r->disposition));
    sheet_sentence(s, b.p);
    print_sender(s, c);
    print_entry(s, c);
}

/* ---- why ---- */

static void print_secondary(const struct sheet *s, const char *secondary)
{
    struct str rest = str_of(secondary);

    while (rest.n > 0) {
        struct str word = str_slice(rest, 0, str_find(rest, ','));
        struct strbuf b = sentence(s);
        int value;

        rest = str_slice(rest, word.n + 1, rest.n);
        if (!enum_value(&cause_names, word, &value))
            continue;
        strbuf_putf(&b, "Besides (%.*s): %s", STR_FMT(word), cause_about((enum cause)value)->meaning);
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
        {"weak-key", "its signature hangs on a short key, which others refuse: a new key of 2048 bits is due"},
        {"testing-key", "its key is marked as a test (t=y), and others may not count it: take the mark away"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (is(risk, rows[i].word))
            return rows[i].text;
    return "";
}

static void print_why(const struct sheet *s, const struct record *r)
{
    enum cause cause = cause_of(r->cause);
    struct strbuf b = sentence(s);

    if (cause == CAUSE_NONE && !present(r->risk) && !present(r->why))
        return;
    sheet_heading(s, "Why");
    if (cause != CAUSE_NONE) {
        strbuf_putf(&b, "%s (cause: %s%s%s)", cause_about(cause)->meaning, r->cause,
                    present(r->cause_detail) ? ", " : "", r->cause_detail);
        sheet_sentence(s, b.p);
        print_secondary(s, r->secondary);
    } else if (present(r->risk)) {
        strbuf_putf(&b, "It passes, but hangs on little (%s): %s", r->risk, risk_meaning(r->risk));
        sheet_sentence(s, b.p);
    } else {
        sheet_sentence(s, r->why);
    }
}

/* ---- before ---- */

static const char *day_text(int64_t day, char buf[static SHEET_TIME_MAX])
{
    (void)sheet_time(day * 24 * 60 * 60 * 1000, buf);
    buf[strcspn(buf, " ")] = '\0';
    return buf;
}

static void print_before(const struct sheet *s, const struct casefile *c)
{
    const struct store_tally *t = &c->same;
    char first[SHEET_TIME_MAX], last[SHEET_TIME_MAX];
    struct strbuf b = sentence(s);

    if (!present(c->record->cause))
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

static void print_text(const struct sheet *s, const char *name, const char *text)
{
    struct strbuf b = strbuf_new(s->a, TEXT_SHOWN + 8);

    strbuf_put_escaped(&b, str_of(text), TEXT_SHOWN);
    sheet_label(s, name);
    (void)fprintf(s->to, "%s\n", b.p);
}

static void print_change(const struct sheet *s, const struct casefile *c, const struct casefile_dns *d,
                         const struct store_dns_text *old)
{
    const struct store_dns_text *new = old - 1;
    char when[SHEET_TIME_MAX], ago[SHEET_SPAN_MAX], kept[SHEET_SPAN_MAX];
    struct strbuf b = sentence(s);

    strbuf_putf(&b, "The %s %s changed at %s", dns_kind_word(d->kind), d->name, sheet_time(new->first_seen_ms, when));
    strbuf_putf(&b, ", %s before this message; the old one may be remembered elsewhere for %s",
                sheet_span(c->record->time_ms - new->first_seen_ms, ago), sheet_span(old->ttl * 1000, kept));
    sheet_sentence(s, b.p);
    print_text(s, "now", new->text);
    print_text(s, "before", old->text);
}

static void print_changes(const struct sheet *s, const struct casefile *c)
{
    bool any = false;

    for (size_t i = 0; i < c->dns_count; i++) {
        const struct store_dns_text *old = casefile_replaced(c, &c->dns[i]);

        if (old == NULL)
            continue;
        if (!any)
            sheet_heading(s, "What changed");
        any = true;
        print_change(s, c, &c->dns[i], old);
    }
}

/* ---- the whole ---- */

static void print_closure(const struct sheet *s, const struct casefile *c)
{
    const char *note = present(c->record->cause) ? casefile_closure(s->a, c) : NULL;

    if (note == NULL)
        return;
    sheet_heading(s, "Closure note, ready to paste");
    for (struct str rest = str_of(note); rest.n > 0;) {
        struct str line = str_slice(rest, 0, str_find(rest, '\n'));

        (void)fprintf(s->to, "  %.*s\n", STR_FMT(line));
        rest = str_slice(rest, line.n + 1, rest.n);
    }
}

void why_print_case(const struct sheet *s, const struct casefile *c)
{
    print_head(s, c->record);
    print_next(s, c);
    print_story(s, c);
    print_why(s, c->record);
    print_before(s, c);
    print_changes(s, c);
    sheet_heading(s, "Evidence");
    why_print_evidence(s, c->record);
    print_closure(s, c);
}

void why_print_line(const struct sheet *s, const struct record *r)
{
    const char *key = present(r->ref) ? r->ref : r->queue_id;
    char when[SHEET_TIME_MAX];

    (void)fprintf(s->to, "%s  %-10s ", sheet_time(r->time_ms, when), sheet_shown(s, key));
    (void)fprintf(s->to, "%-9s %-24s ", sheet_shown(s, r->dmarc), sheet_or(s, r->author_domain, "-"));
    (void)fprintf(s->to, "%-18s %s\n", sheet_or(s, r->source, "-"), sheet_or(s, r->cause, sheet_or(s, r->risk, "-")));
}
