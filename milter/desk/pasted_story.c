/* What was pasted, in words: another receiver's refusal, and what other servers wrote into the header. */
#include "desk/pasted_story.h"

#include <inttypes.h>
#include <string.h>

enum { SENTENCE_MAX = 2000, VALUE_SHOWN = 200 };

static struct strbuf pasted_story_sentence(const struct sheet *s)
{
    return strbuf_new(s->a, SENTENCE_MAX);
}

static void print_cause(const struct sheet *s, enum cause cause)
{
    struct strbuf b = pasted_story_sentence(s);

    if (cause == CAUSE_NONE)
        return;
    strbuf_putf(&b, "%s (likely cause: %s)", cause_about(cause)->meaning, enum_name(&cause_names, (int)cause));
    sheet_sentence(s, b.p);
}

static void print_whom(const struct sheet *s, const char *domain, const struct pasted_around *around)
{
    struct strbuf b = pasted_story_sentence(s);

    if (domain[0] == '\0')
        return;
    if (around->client == NULL) {
        strbuf_putf(&b, "The domain is %s, which belongs to no client here", domain);
    } else {
        strbuf_putf(&b, "%s belongs to %s", domain, around->client->title);
        for (size_t i = 0; i < around->client->contacts.n; i++)
            strbuf_putf(&b, "%s%s", i > 0 ? ", " : "; ask ", around->client->contacts.item[i]);
        if (around->client->dns_owner[0] != '\0')
            strbuf_putf(&b, "; its DNS is changed by %s", around->client->dns_owner);
    }
    sheet_sentence(s, b.p);
}

/* The sources that fail here, too, are the first to look at. */
static void print_sources(const struct sheet *s, const char *domain, const struct pasted_around *around)
{
    size_t shown = 0;

    for (size_t i = 0; i < around->source_count; i++) {
        const struct inventory_row *r = &around->source[i];

        if (r->passed >= r->volume)
            continue;
        if (shown++ == 0) {
            struct strbuf b = pasted_story_sentence(s);

            strbuf_putf(&b, "Sources of %s whose mail fails here, too:", domain);
            sheet_sentence(s, b.p);
        }
        (void)fprintf(s->to, "      %-22s %" PRId64 " of %" PRId64 " messages failed, ", sheet_shown(s, r->source),
                      r->volume - r->passed, r->volume);
        (void)fprintf(s->to, "%s (assay source show %s ", sheet_shown(s, r->field[INVENTORY_status]),
                      sheet_shown(s, r->domain));
        (void)fprintf(s->to, "%s)\n", sheet_shown(s, r->source));
    }
}

static void pasted_story_print_playbook(const struct sheet *s, enum playbook playbook)
{
    if (playbook != PLAYBOOK_NONE)
        (void)fprintf(s->to, "  Playbook: %s (assay why --playbook with the same text prints it, filled in)\n",
                      enum_name(&playbook_names, (int)playbook));
}

static void print_domain_command(const struct sheet *s, const char *domain)
{
    if (domain[0] != '\0')
        (void)fprintf(s->to, "  assay domain %s tells what is wrong with its records.\n", sheet_shown(s, domain));
}

static void print_bounce(const struct sheet *s, const struct pasted *p, const struct pasted_around *around)
{
    static const char *const word[] = {[BOUNCE_PASSED] = "passed", [BOUNCE_FAILED] = "did not pass"};
    const struct bounce_text *b = &p->bounce;
    struct strbuf says = pasted_story_sentence(s);

    (void)fprintf(s->to, "Refused elsewhere: %s by %s%s\n", b->code, b->receiver,
                  b->later ? ", for now: the sender's server tries again" : "");
    sheet_heading(s, "What to do now");
    sheet_sentence(s, b->next);
    print_whom(s, b->domain, around);
    print_sources(s, b->domain, around);
    if (b->cause != CAUSE_NONE)
        print_domain_command(s, b->domain);
    pasted_story_print_playbook(s, b->playbook);
    sheet_heading(s, "Why");
    sheet_sentence(s, b->says);
    if (b->spf != BOUNCE_NOT_SAID)
        strbuf_putf(&says, "SPF %s", word[b->spf]);
    if (b->dkim != BOUNCE_NOT_SAID)
        strbuf_putf(&says, "%sDKIM %s", says.n > 0 ? ", " : "", word[b->dkim]);
    if (b->dmarc != BOUNCE_NOT_SAID)
        strbuf_putf(&says, "%sDMARC %s", says.n > 0 ? ", " : "", word[b->dmarc]);
    if (says.n > 0)
        sheet_sentence(s, says.p);
    print_cause(s, b->cause);
    sheet_sentence(s, "It is mail that left, and the records here are of mail that came in: "
                   "so the message itself is not among them");
}

/* ---- headers of others ---- */

static struct str subject_of(const struct authres_result *r)
{
    static const char *const props[][2] = {{"header", "d"},         {"header", "i"}, {"smtp", "mailfrom"},
                                           {"header", "from"},      {"smtp", "helo"}, {"policy", "iprev"},
                                           {"smtp", "remote-ip"}};
    struct str value = STR_NONE;

    for (size_t i = 0; value.n == 0 && i < sizeof props / sizeof props[0]; i++)
        value = pasted_prop(r, props[i][0], props[i][1]);
    return value;
}

static void print_result(const struct sheet *s, const struct authres_result *r)
{
    struct str subject = subject_of(r), selector = pasted_prop(r, "header", "s");

    (void)fprintf(s->to, "      %-6s ", sheet_shown_str(s, r->method));
    (void)fprintf(s->to, "%s", sheet_shown_str(s, r->result));
    if (subject.n > 0)
        (void)fprintf(s->to, " for %s", sheet_shown_str(s, str_slice(subject, 0, VALUE_SHOWN)));
    if (selector.n > 0)
        (void)fprintf(s->to, " (selector %s)", sheet_shown_str(s, selector));
    if (r->reason.n > 0)
        (void)fprintf(s->to, ": %s", sheet_shown_str(s, str_slice(r->reason, 0, VALUE_SHOWN)));
    (void)fputc('\n', s->to);
}

static void print_said(const struct sheet *s, const struct pasted *p, const struct pasted_around *around)
{
    struct strbuf b = pasted_story_sentence(s);

    sheet_heading(s, "What the header says (newest first)");
    for (size_t i = 0; i < p->said_count; i++) {
        struct str by = p->said[i].res.id;

        (void)fprintf(s->to, "  %s%s%s:\n", by.n == 0 ? "a server that does not say its name" : sheet_shown_str(s, by),
                      str_eq_nocase(by, str_of(around->authserv_id)) ? " (this site)" : "",
                      p->said[i].arc ? ", in an ARC chain" : "");
        for (size_t j = 0; j < p->said[i].res.n; j++)
            print_result(s, &p->said[i].res.result[j]);
    }
    strbuf_puts(&b, "Anybody can write such a field; trust only the one of the server that received the message "
                "last");
    sheet_sentence(s, b.p);
}

static void print_conclusion(const struct sheet *s, const struct pasted *p, const struct pasted_around *around)
{
    const char *domain = p->author[0] == '\0' ? "a domain that the text does not name" : p->author;

    if (p->cause == CAUSE_NONE) {
        (void)fprintf(s->to, "The header of a message from %s: its newest Authentication-Results has no failure of "
                      "DMARC\n", sheet_shown(s, domain));
        return;
    }
    (void)fprintf(s->to, "The header of a message from %s: DMARC failed\n", sheet_shown(s, domain));
    sheet_heading(s, "What to do now");
    sheet_sentence(s, cause_about(p->cause)->step);
    print_whom(s, p->author, around);
    print_sources(s, p->author, around);
    print_domain_command(s, p->author);
    pasted_story_print_playbook(s, cause_about(p->cause)->playbook);
    sheet_heading(s, "Why");
    print_cause(s, p->cause);
}

void pasted_print(const struct sheet *s, const struct pasted *p, const struct pasted_around *around)
{
    bool bounce = p->bounce.receiver != NULL;

    if (bounce)
        print_bounce(s, p, around);
    else if (p->said_count > 0)
        print_conclusion(s, p, around);
    if (p->said_count > 0)
        print_said(s, p, around);
}

bool pasted_says_something(const struct pasted *p)
{
    return p->bounce.receiver != NULL || p->said_count > 0;
}

const char *pasted_domain(const struct pasted *p)
{
    return p->bounce.receiver != NULL && p->bounce.domain[0] != '\0' ? p->bounce.domain : p->author;
}

enum cause pasted_cause(const struct pasted *p)
{
    return p->bounce.receiver != NULL ? p->bounce.cause : p->cause;
}
