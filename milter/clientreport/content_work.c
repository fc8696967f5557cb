/* The parts of a client's report that are about work: done, open, next, what is asked of the client, and the words. */
#include "base/clock.h"
#include "clientreport/content.h"

#include <string.h>

#include "clientreport/words.h"
#include "verdict/cause.h"

enum { WORK_SHOWN = 200 }; /* items of one list */

/* Of a list that is longer than is shown. */
static void work_left(struct content *c, size_t n)
{
    if (n > 0)
        (void)content_block(c, BLOCK_SMALL,
                            words_put(c->a, words_say_n("%s more is not listed here.", "%s more are not listed here.",
                                                        (int64_t)n), words_number(c->a, (int64_t)n)), "", 0);
}

/* A row of items: heading, text, when and under which ticket. */
static void work_item(struct content *c, struct block *b, const char *heading, const char *text, const char *when,
                      const char *ticket)
{
    struct block_row *r = content_row(c, b, BLOCK_ROW, 3);

    r->cell[0].text = heading;
    r->cell[1].text = text;
    r->cell[2].text = ticket[0] == '\0' ? when : words_put(c->a, "%s · %s", when, ticket);
}

/* ---- done ---- */

static const char *work_mended(struct content *c, const struct figures_done *d)
{
    if (d->after[1] == 0)
        return words_put(c->a, _("When it was worst, %1$s of its mail was confirmed."),
                         words_share(c->a, d->before[0], d->before[1]));
    /* TRANSLATORS: a share; a share; a day. */
    return words_put(c->a, _("From %1$s to %2$s confirmed, proven by the mail of the week from %3$s on."),
                     words_share(c->a, d->before[0], d->before[1]), words_share(c->a, d->after[0], d->after[1]),
                     words_day(c->a, d->day));
}

static void work_done(struct content *c, struct block *b, const struct figures_done *d)
{
    const char *heading = "", *text = "";

    switch (d->deed) {
    case DEED_MENDED:
        heading = words_put(c->a, _("%1$s for %2$s is in order again"), d->title, d->domain);
        text = work_mended(c, d);
        break;
    case DEED_POLICY:
        /* TRANSLATORS: a domain; a policy; a policy. */
        heading = words_put(c->a, _("%1$s moved from “%2$s” to “%3$s”"), d->domain, content_stage(d->from),
                            content_stage(d->to));
        break;
    case DEED_APPROVED:
        heading = words_put(c->a, _("%1$s was approved as a sender for %2$s"), d->title, d->domain);
        break;
    case DEED_RETIRED:
        heading = words_put(c->a, _("%1$s was retired as a sender for %2$s"), d->title, d->domain);
        break;
    }
    work_item(c, b, heading, text, words_day(c->a, d->day), d->ticket);
}

/* What was mended and made stricter comes before decisions, of which there may be hundreds in a day. */
static bool work_is_deed(const struct figures_done *d)
{
    return d->deed == DEED_MENDED || d->deed == DEED_POLICY;
}

void content_done(struct content *c)
{
    struct block *b;
    size_t deeds = 0, others, shown = 0;

    if (c->f->done_n == 0)
        return;
    for (size_t i = 0; i < c->f->done_n; i++)
        deeds += work_is_deed(&c->f->done[i]);
    deeds = deeds < WORK_SHOWN ? deeds : WORK_SHOWN;
    others = WORK_SHOWN - deeds;
    (void)content_block(c, BLOCK_HEADING, words_put(c->a, _("Done in %s"), words_month_alone(c->f->q.first_day)), "",
                        0);
    b = content_block(c, BLOCK_ITEMS, "", "", WORK_SHOWN);
    for (size_t i = 0; i < c->f->done_n; i++) {
        size_t *room = work_is_deed(&c->f->done[i]) ? &deeds : &others;

        if (*room == 0)
            continue;
        (*room)--;
        shown++;
        work_done(c, b, &c->f->done[i]);
    }
    work_left(c, c->f->done_n - shown + c->f->done_left);
}

/* ---- open ---- */

/* What has to be done about a failure, in a client's words. */
static const char *work_remedy(const char *cause)
{
    int value = CAUSE_NONE;

    (void)enum_value(&cause_names, str_of(cause), &value);
    switch (value) {
    case CAUSE_DKIM_UNALIGNED:
    case CAUSE_DKIM_ABSENT:
    case CAUSE_SPF_UNALIGNED:
    case CAUSE_DKIM_INVALID:
    case CAUSE_DKIM_WEAK_KEY:
        return _("The service has to be set up so that it signs in your name.");
    case CAUSE_DKIM_NO_KEY:
    case CAUSE_DNS_CHANGED:
    case CAUSE_SPF_NO_INCLUDE:
    case CAUSE_SPF_MULTIPLE:
    case CAUSE_SPF_SYNTAX:
    case CAUSE_SPF_LIMIT:
        return _("An entry in your DNS that the service needs is missing or wrong.");
    case CAUSE_DKIM_BROKEN:
        return _("Something changes the messages after they are signed.");
    default:
        return _("We are looking for the cause.");
    }
}

static void work_open(struct content *c, struct block *b, const struct episode *p)
{
    const char *since = words_put(c->a, _("since %s"), words_day(c->a, p->since_day));
    const char *name = figures_title(&c->f->q, p->source);

    if (strcmp(p->workflow, "reports-missing") == 0) {
        work_item(c, b, p->source[0] == '\0' ? words_put(c->a, _("No receiver reports on %s any more"), p->domain)
                                             : words_put(c->a, _("%1$s sends no reports on %2$s any more"), p->source,
                                                         p->domain),
                  _("We look whether the address for reports is still right."), since, p->ticket);
        return;
    }
    work_item(c, b, words_put(c->a, _("Mail from %1$s for %2$s is not confirmed"), name, p->domain),
              /* TRANSLATORS: what to do; messages that passed; of messages. */
              words_put(c->a, _("%1$s In the worst week %2$s of %3$s messages were confirmed."), work_remedy(p->cause),
                        words_number(c->a, p->passed), words_number(c->a, p->messages)),
              since, p->ticket);
}

void content_open(struct content *c)
{
    struct block *b;

    (void)content_block(c, BLOCK_HEADING, _("Still open"), "", 0);
    if (c->f->open_n == 0) {
        (void)content_block(c, BLOCK_TEXT, _("Nothing."), "", 0);
        return;
    }
    b = content_block(c, BLOCK_ITEMS, "", "", WORK_SHOWN);
    for (size_t i = 0; i < c->f->open_n && i < WORK_SHOWN; i++)
        work_open(c, b, &c->f->open[i]);
    work_left(c, (c->f->open_n > WORK_SHOWN ? c->f->open_n - WORK_SHOWN : 0) + c->f->open_left);
}

/* ---- accepted ---- */

static void work_accepted(struct content *c, struct block *b, const struct exception *x)
{
    const char *until = words_date(c->a, x->until_day), *since = words_date(c->a, x->since_ms / CLOCK_DAY_MS);

    content_texts(c, b,
                  x->source[0] == '\0'
                      /* TRANSLATORS: a domain; a date. */
                      ? words_put(c->a, _("%1$s stays as it is until %2$s"), x->domain, until)
                      /* TRANSLATORS: a service; a domain; a date. */
                      : words_put(c->a, _("%1$s for %2$s stays as it is until %3$s"),
                                  figures_title(&c->f->q, x->source), x->domain, until),
                  /* TRANSLATORS: a risk; why; by whom; a date. */
                  words_put(c->a, _("The risk: %1$s. The reason: %2$s. Accepted by %3$s on %4$s."), x->risk, x->reason,
                            x->owner, since), NULL);
}

void content_accepted(struct content *c)
{
    struct block *b;

    if (c->f->accepted_n == 0)
        return;
    (void)content_block(c, BLOCK_HEADING, words_say_n("A risk you accepted", "Risks you accepted",
                                                      (int64_t)c->f->accepted_n), "", 0);
    b = content_block(c, BLOCK_ACCEPTED, "", "", WORK_SHOWN);
    for (size_t i = 0; i < c->f->accepted_n && i < WORK_SHOWN; i++)
        work_accepted(c, b, &c->f->accepted[i]);
    work_left(c, c->f->accepted_n > WORK_SHOWN ? c->f->accepted_n - WORK_SHOWN : 0);
}

/* ---- next, and what is asked ---- */

static int64_t work_conditions(const struct figures_domain *d)
{
    int64_t met = 0;

    for (int i = 0; i < WATCH_CONDITION_COUNT; i++)
        met += d->ready.condition[i].met;
    return met;
}

static bool work_may_rise(const struct figures_domain *d)
{
    return d->judged && d->ready.now != d->ready.next;
}

/* The domain to go on with: one that is ready, else the one that is nearest to it. */
static const struct figures_domain *work_next(const struct content *c)
{
    const struct figures_domain *best = NULL;

    for (size_t i = 0; i < c->f->domains; i++) {
        const struct figures_domain *d = &c->f->domain[i];

        if (work_may_rise(d) && (best == NULL || d->ready.ready > best->ready.ready ||
                                 (d->ready.ready == best->ready.ready && work_conditions(d) > work_conditions(best))))
            best = d;
    }
    return best;
}

static const char *work_condition(enum watch_condition condition)
{
    static const char *const words[WATCH_CONDITION_COUNT] = {
        N_("at least 5 receivers report"), N_("there are reports of at least 20 of 28 days"),
        N_("every service that matters is decided on"), N_("each approved service is confirmed"),
        N_("all approved services together are confirmed"), N_("no new service for 14 days"),
        N_("what is not confirmed is forged or was forwarded"), N_("no approved service fails"),
        N_("the step before has been in force for 14 days"),
    };

    return _(words[condition]);
}

static const char *work_missing(struct content *c, const struct figures_domain *d)
{
    struct strbuf b = strbuf_new(c->a, 900);

    for (int i = 0; i < WATCH_CONDITION_COUNT; i++)
        if (!d->ready.condition[i].met) {
            strbuf_puts(&b, b.n == 0 ? "" : "; ");
            strbuf_puts(&b, work_condition((enum watch_condition)i));
        }
    return b.p;
}

static void work_recommend(struct content *c)
{
    const struct figures_domain *d = work_next(c);
    const char *would;

    if (d == NULL) {
        bool all = c->f->domains > 0;

        for (size_t i = 0; i < c->f->domains; i++)
            all = all && c->f->domain[i].judged;
        (void)content_block(c, BLOCK_TEXT,
                            all ? _("Every domain is at “reject”, the last step; we keep watch that it stays right.")
                                : _("There are too few reports to recommend a step yet."), "", 0);
        return;
    }
    would = words_put(c->a, words_say_n("Had it been in force for the last four weeks, it would have stopped %s "
                                        "message.",
                                        "Had it been in force for the last four weeks, it would have stopped %s "
                                        "messages.", d->ready.blocked), words_number(c->a, d->ready.blocked));
    if (d->ready.ready)
        /* TRANSLATORS: a domain; a policy; what it would have stopped. */
        would = words_put(c->a, _("%1$s meets all conditions for “%2$s”. %3$s"), d->name, content_stage(d->ready.next),
                          would);
    else
        /* TRANSLATORS: a domain; a policy; how many; of how many; what it would have stopped. */
        would = words_put(c->a, _("%1$s comes nearest to its next step, “%2$s”: %3$d of %4$d conditions are met. %5$s"),
                          d->name, content_stage(d->ready.next), (int)work_conditions(d), (int)WATCH_CONDITION_COUNT,
                          would);
    (void)content_block(c, BLOCK_TEXT, would, "", 0);
    if (!d->ready.ready)
        (void)content_block(c, BLOCK_TEXT, words_put(c->a, _("What is still missing: %s."), work_missing(c, d)), "", 0);
}

static void work_decide(struct content *c, const char *question, const char *yes, const char *no)
{
    struct block *b = content_block(c, BLOCK_DECISION, "", "", 1);
    struct block_row *r = content_row(c, b, BLOCK_ROW, 3);

    c->decisions++;
    r->cell[0].text = words_put(c->a, "%d. %s", (int)c->decisions, question);
    r->cell[1].text = yes;
    r->cell[2].text = no;
}

static void work_decide_source(struct content *c, const struct figures_source *s)
{
    const char *name = content_source(c, s);

    /* TRANSLATORS: a service; messages; a domain. */
    work_decide(c, words_put(c->a, words_say_n("%1$s sent %2$s message in the name of %3$s. Do you want that?",
                                               "%1$s sent %2$s messages in the name of %3$s. Do you want that?",
                                               s->messages), name, words_number(c->a, s->messages), s->domain),
                _("Yes; its owner is ______________________"), _("No, block it"));
}

void content_next(struct content *c)
{
    enum { ASKED_MAX = 8 };
    struct block *sign;
    int64_t later = 0;

    (void)content_block(c, BLOCK_HEADING, _("What we recommend next"), "", 0);
    work_recommend(c);
    for (size_t i = 0; i < c->f->sources; i++) {
        if (!content_is_asked(&c->f->source[i]))
            continue;
        if (c->decisions < ASKED_MAX)
            work_decide_source(c, &c->f->source[i]);
        else
            later++;
    }
    for (size_t i = 0; i < c->f->domains; i++) {
        const struct figures_domain *d = &c->f->domain[i];

        if (!work_may_rise(d) || !d->ready.ready)
            continue;
        if (c->decisions == ASKED_MAX)
            later++;
        else
            work_decide(c, words_put(c->a, _("May we publish “%1$s” for %2$s?"), content_stage(d->ready.next), d->name),
                        _("Yes"), _("Not yet, because ______________________"));
    }
    if (later > 0) /* not all at once, or none is answered */
        (void)content_block(c, BLOCK_SMALL,
                            words_put(c->a, words_say_n("%s more question waits until these are answered.",
                                                        "%s more questions wait until these are answered.", later),
                                      words_number(c->a, later)), "", 0);
    if (c->decisions == 0)
        return;
    sign = content_block(c, BLOCK_SIGN, "", "", 1);
    content_texts(c, sign, _("Name"), _("Signature"), _("Date"));
}

/* ---- words ---- */

void content_words(struct content *c)
{
    struct block *b;

    (void)content_block(c, BLOCK_HEADING, _("Words"), "", 0);
    b = content_block(c, BLOCK_WORDS, "", "", 6);
    content_texts(c, b, _("Confirmed"), _("the receiver could prove that the message is from the domain in its From "
                                          "line (DMARC pass)."), NULL);
    content_texts(c, b, _("Forged"), _("nothing proves it, and no service that is known sent it."), NULL);
    content_texts(c, b, _("Monitor, quarantine, reject"),
                  _("what your domain asks receivers to do with mail that nothing proves: nothing; put it into junk; "
                    "refuse it. “On trial” asks them only to report what they would do."), NULL);
    content_texts(c, b, _("DNS"), _("the public directory of your domain; entries in it say who may send for you."),
                  NULL);
}

static const char *work_counted(struct content *c)
{
    const struct figures *f = c->f;
    int64_t lost = f->all.n[PART_LOST];
    const char *left = lost == 0 ? "" : words_put(c->a, _(" Mail that a forwarder or a mailing list changed on the "
                                                          "way, %s messages, counts neither as yours nor as forged."),
                                                  words_number(c->a, lost));

    if (f->own_mail)
        return words_put(c->a, _("Counted is the mail in your name that came in at our mail servers; no receiver’s "
                                 "report came for this time. A day is a day of UTC.%s"), left);
    /* TRANSLATORS: reports; receivers; a date; about forwarded mail. */
    return words_put(c->a,
                     words_say_n("From %1$s reports of %2$s receiver that had come by %3$s; a day is a day of UTC. "
                                 "Receivers that send no reports are not in it.%4$s",
                                 "From %1$s reports of %2$s receivers that had come by %3$s; a day is a day of UTC. "
                                 "Receivers that send no reports are not in it.%4$s", f->reporters),
                     words_number(c->a, f->reports), words_number(c->a, f->reporters),
                     words_date(c->a, c->about->made_ms / CLOCK_DAY_MS), left);
}

void content_note(struct content *c)
{
    struct block *b = content_block(c, BLOCK_NOTE, "", "", 3);

    content_texts(c, b, _("How this was counted."), work_counted(c), NULL);
    content_texts(c, b, words_put(c->a, _("Edition %1$d of %2$s."), (int)c->about->edition, c->about->id),
                  _("The figures of an edition never change; reports that come later make a new edition, which says "
                    "what differs."), NULL);
    if (c->about->earlier.made_ms != 0)
        /* TRANSLATORS: a date; messages; a share; forged messages. */
        content_texts(c, b, _("What differs."),
                      words_put(c->a, _("The edition of %1$s counted %2$s messages, %3$s of yours confirmed, and %4$s "
                                        "forged ones."),
                                words_date(c->a, c->about->earlier.made_ms / CLOCK_DAY_MS),
                                words_number(c->a, c->about->earlier.messages),
                                words_share(c->a, c->about->earlier.confirmed, c->about->earlier.own),
                                words_number(c->a, c->about->earlier.forged)), NULL);
}
