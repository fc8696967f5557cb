/* The parts of a client's report that show mail: in short, figures, days, domains, sources, forgeries. */
#include "clientreport/content.h"

#include <string.h>

#include "clientreport/words.h"

/* ---- in short ---- */

static const struct figures_source *mail_find(const struct content *c, const char *source)
{
    for (size_t i = 0; i < c->f->sources; i++)
        if (strcmp(c->f->source[i].source, source) == 0)
            return &c->f->source[i];
    return NULL;
}

/* The worst failure that is open, by messages. */
static const struct episode *mail_worst(const struct content *c, int64_t *failures)
{
    const struct episode *worst = NULL;

    *failures = 0;
    for (size_t i = 0; i < c->f->open_n; i++) {
        const struct episode *p = &c->f->open[i];

        if (strcmp(p->workflow, "reports-missing") == 0)
            continue;
        ++*failures;
        if (worst == NULL || p->messages - p->passed > worst->messages - worst->passed)
            worst = p;
    }
    return worst;
}

static const char *mail_short_failing(const struct content *c, const struct episode *p, int64_t failures)
{
    const struct figures_source *s = mail_find(c, p->source);
    const char *name = s == NULL ? figures_title(&c->f->q, p->source) : content_source(c, s);
    const char *day = words_day(c->a, p->since_day);

    if (failures > 1)
        /* TRANSLATORS: how many; a service; a day. */
        return words_put(c->a, _("%1$s things need repair; the largest: since %3$s nobody can tell your mail from %2$s "
                                 "from a forgery."), words_number(c->a, failures), name, day);
    /* TRANSLATORS: a service; a day. */
    return words_put(c->a, _("One thing needs repair: since %2$s nobody can tell your mail from %1$s from a forgery."),
                     name, day);
}

static const char *mail_short_first(const struct content *c)
{
    int64_t failures;
    const struct episode *worst = mail_worst(c, &failures);
    int64_t own = parts_own(&c->f->all), confirmed = c->f->all.n[PART_CONFIRMED];

    if (parts_all(&c->f->all) == 0)
        return _("No mail in your name was reported in this time.");
    if (worst != NULL)
        return mail_short_failing(c, worst, failures);
    if (own == 0)
        return _("You have approved no service yet, so none of the mail in your name counts as yours.");
    if (confirmed * 100 >= own * 95)
        return words_put(c->a, _("All is well: %s of your mail can be told from a forgery."),
                         words_share(c->a, confirmed, own));
    return words_put(c->a, _("%s of your mail can be told from a forgery; the rest cannot yet."),
                     words_share(c->a, confirmed, own));
}

static const char *mail_short_failed(const struct content *c)
{
    int64_t n = c->f->all.n[PART_NOT_CONFIRMED];

    if (n == 0)
        return NULL;
    if (c->f->junked + c->f->refused == 0)
        return words_put(c->a, words_say_n("%s message of yours went out without proof that it is yours.",
                                           "%s messages of yours went out without proof that they are yours.", n),
                         words_number(c->a, n));
    /* TRANSLATORS: messages; of these into junk; of these refused. */
    return words_put(c->a, _("%1$s messages of yours went out without proof that they are yours; receivers put %2$s of "
                             "them into junk and refused %3$s."), words_number(c->a, n),
                     words_number(c->a, c->f->junked), words_number(c->a, c->f->refused));
}

static const char *mail_short_forged(const struct content *c)
{
    int64_t n = c->f->all.n[PART_FORGED], stopped = 0;
    const char *forged, *ask;

    for (size_t i = 0; i < c->f->domains; i++)
        stopped += c->f->domain[i].refused + c->f->domain[i].held;
    /* TRANSLATORS: messages; of these refused or put into junk. */
    forged = n == 0 ? _("No forged mail in your name was seen.")
                    : words_put(c->a, words_say_n("%1$s forged message used your names; %2$s was refused or put into "
                                                  "junk.", "%1$s forged messages used your names; %2$s of them were "
                                                  "refused or put into junk.", n),
                                words_number(c->a, n), words_number(c->a, stopped));
    if (c->decisions == 0)
        return forged;
    ask = words_put(c->a, words_say_n("We ask you for one decision, at the end.",
                                      "We ask you for %s decisions, at the end.", c->decisions),
                    words_number(c->a, c->decisions));
    return words_put(c->a, "%s %s", forged, ask);
}

void content_short(struct content *c)
{
    struct block *b = &c->d->block[0];
    const char *failed = mail_short_failed(c);

    content_texts(c, b, mail_short_first(c), NULL, NULL);
    if (failed != NULL)
        content_texts(c, b, failed, NULL, NULL);
    content_texts(c, b, mail_short_forged(c), NULL, NULL);
}

/* ---- tiles ---- */

void content_tiles(struct content *c)
{
    struct block *b = content_block(c, BLOCK_TILES, "", "", 4);
    const struct parts *all = &c->f->all, *was = &c->f->earlier;
    bool known = parts_all(was) > 0;
    const char *month = words_month_alone(c->f->earlier_first_day);
    const char *none = words_put(c->a, _("%s: not known"), month);

    content_texts(c, b, _("Your mail, confirmed"), words_share(c->a, all->n[PART_CONFIRMED], parts_own(all)),
                  known ? words_put(c->a, _("%1$s: %2$s"), month,
                                    words_share(c->a, was->n[PART_CONFIRMED], parts_own(was))) : none);
    content_texts(c, b, _("Messages in all"), words_number(c->a, parts_all(all)),
                  known ? words_put(c->a, _("%1$s: %2$s"), month, words_number(c->a, parts_all(was))) : none);
    content_texts(c, b, _("Forged in your name"), words_number(c->a, all->n[PART_FORGED]),
                  known ? words_put(c->a, _("%1$s: %2$s"), month, words_number(c->a, was->n[PART_FORGED])) : none);
    content_texts(c, b, _("Open points"), words_number(c->a, (int64_t)c->f->open_n),
                  words_put(c->a, words_say_n("%s thing done", "%s things done", (int64_t)c->f->done_n),
                            words_number(c->a, (int64_t)c->f->done_n)));
}

/* ---- days ---- */

/* The top of the scale: an even number with noughts, at least the highest day. */
static int64_t mail_scale(int64_t peak)
{
    static const int64_t steps[] = {2, 4, 6, 8, 10};
    int64_t ten = 1;

    for (;; ten *= 10)
        for (size_t i = 0; i < 5; i++)
            if (steps[i] * ten >= peak)
                return steps[i] * ten;
}

static void mail_chart_marks(struct content *c, struct block *b, int64_t peak)
{
    enum { LINES = 2 };
    int64_t top = mail_scale(peak), days = (int64_t)b->points, step = days <= 10 ? 1 : days <= 40 ? 7 : 30;

    for (int64_t i = 0; i <= LINES; i++) {
        struct block_row *r = content_row(c, b, BLOCK_ROW_SUM, 1);

        r->cell[0].number = top * i / LINES;
        r->cell[0].text = words_number(c->a, top * i / LINES);
    }
    for (int64_t i = 0; i < days; i += step) {
        struct block_row *r = content_row(c, b, BLOCK_ROW_PART, 1);

        r->cell[0].number = i;
        r->cell[0].text = words_day_short(c->a, c->f->q.first_day + i);
    }
}

void content_chart(struct content *c)
{
    static const enum part parts[BLOCK_SERIES_MAX] = {PART_CONFIRMED, PART_NOT_CONFIRMED, PART_OPEN, PART_FORGED};
    const char *const name[BLOCK_SERIES_MAX] = {_("Yours, confirmed"), _("Yours, not confirmed"), _("Not decided"),
                                                _("Forged")};
    size_t days = (size_t)(c->f->q.before_day - c->f->q.first_day);
    int64_t *value = arena_array(c->a, days * BLOCK_SERIES_MAX, sizeof *value), peak = 1, peak_day = 0;
    struct block *b;

    if (value == NULL || parts_all(&c->f->all) == 0)
        return;
    (void)content_block(c, BLOCK_HEADING, _("Mail by day"), "", 0);
    b = content_block(c, BLOCK_CHART, "", "", BLOCK_SERIES_MAX + days + 8);
    for (size_t i = 0; i < days; i++) {
        int64_t sum = 0;

        for (size_t k = 0; k < BLOCK_SERIES_MAX; k++)
            sum += value[k * days + i] = c->f->day[i].n[parts[k]];
        if (sum > peak) {
            peak = sum;
            peak_day = (int64_t)i;
        }
    }
    b->series = BLOCK_SERIES_MAX;
    b->points = days;
    b->value = value;
    for (size_t k = 0; k < BLOCK_SERIES_MAX; k++)
        content_row(c, b, BLOCK_ROW_HEAD, 1)->cell[0].text = name[k];
    mail_chart_marks(c, b, peak);
    /* TRANSLATORS: a day; messages of that day. */
    b->text = words_put(c->a, _("Messages by day; the most came on %1$s: %2$s."),
                        words_day(c->a, c->f->q.first_day + peak_day), words_number(c->a, peak));
}

/* ---- domains ---- */

static void mail_state(const struct figures_domain *d, struct block_cell *cell)
{
    cell->number = BLOCK_BAND_NONE;
    if (d->parked) {
        cell->text = _("Parked");
        return;
    }
    switch (d->band) {
    case WATCH_HEALTHY: cell->text = _("Healthy"); cell->number = BLOCK_BAND_HEALTHY; break;
    case WATCH_WATCH: cell->text = _("Watch"); cell->number = BLOCK_BAND_WATCH; break;
    case WATCH_TICKET: cell->text = _("Repair"); cell->number = BLOCK_BAND_TICKET; break;
    case WATCH_ESCALATE: cell->text = _("Repair now"); cell->number = BLOCK_BAND_ESCALATE; break;
    default: cell->text = _("Too little mail to say"); break;
    }
}

static void mail_domain(struct content *c, struct block *b, const struct figures_domain *d)
{
    struct block_row *r = content_row(c, b, BLOCK_ROW, 5);
    int64_t own = parts_own(&d->parts);

    r->cell[0].text = d->name;
    r->cell[1].text = d->policy[0] == '\0' ? _("Not known") : content_stage(d->stage);
    r->cell[1].number = d->policy[0] == '\0' ? -1 : (int64_t)d->stage + 1;
    r->cell[2].text = words_number(c->a, parts_all(&d->parts));
    r->cell[3].text = own == 0 && d->parked ? _("sends none") : words_share(c->a, d->parts.n[PART_CONFIRMED], own);
    r->cell[3].number = own == 0 ? -1 : d->parts.n[PART_CONFIRMED] * 1000 / own;
    mail_state(d, &r->cell[4]);
}

void content_domains(struct content *c)
{
    struct block *b;
    struct block_row *head;

    if (c->f->domains == 0)
        return;
    (void)content_block(c, BLOCK_HEADING, _("Your domains"), "", 0);
    b = content_block(c, BLOCK_TABLE, _("Your domains"), "lprsb", c->f->domains + 1);
    head = content_row(c, b, BLOCK_ROW_HEAD, 5);
    head->cell[0].text = _("Domain");
    head->cell[1].text = _("What receivers are asked to do with forgeries");
    head->cell[2].text = _("Messages");
    head->cell[3].text = _("Yours, confirmed");
    head->cell[4].text = _("State");
    for (size_t i = 0; i < c->f->domains; i++)
        mail_domain(c, b, &c->f->domain[i]);
    (void)content_block(c, BLOCK_SMALL, _("Four steps lead to a safe domain: monitor, quarantine on trial, quarantine, "
                                          "reject."), "", 0);
}

/* ---- sources ---- */

static const char *mail_remark(struct content *c, const struct figures_source *s)
{
    const struct episode *failure = content_failure(c, s->source);

    if (strcmp(s->status, "retired") == 0)
        return _("Should not send any more");
    if (content_is_asked(s))
        return _("If it is yours, name an owner; else it will be blocked one day");
    if (strcmp(s->status, "approved") != 0)
        return _("Too little to ask about");
    if (failure != NULL)
        return words_put(c->a, _("Repair: not confirmed since %s"), words_day(c->a, failure->since_day));
    return s->passed * 100 >= s->messages * 98 ? _("In order") : _("Not all of it can be confirmed yet");
}

static void mail_source(struct content *c, struct block *b, const struct figures_source *s)
{
    struct block_row *r = content_row(c, b, BLOCK_ROW, 5);

    r->cell[0].text = content_source(c, s);
    r->cell[0].small = s->domains == 1 ? (c->f->domains > 1 ? s->domain : "")
                                       : words_put(c->a, _("%d of your domains"), (int)s->domains);
    r->cell[1].text = s->owner[0] != '\0' ? s->owner : strcmp(s->status, "approved") == 0 ? "" : _("Not known");
    if (s->first_seen_day >= c->f->q.first_day && s->first_seen_day < c->f->q.before_day)
        r->cell[1].small = words_put(c->a, _("new since %s"), words_day(c->a, s->first_seen_day));
    r->cell[2].text = words_number(c->a, s->messages);
    r->cell[3].text = words_share(c->a, s->passed, s->messages);
    r->cell[3].number = s->passed * 1000 / s->messages;
    r->cell[4].text = mail_remark(c, s);
}

enum { SOURCE_APPROVED, SOURCE_WAITING, SOURCE_RETIRED, SOURCE_KINDS };

static int mail_source_kind(const struct figures_source *s)
{
    return strcmp(s->status, "approved") == 0 ? SOURCE_APPROVED
           : strcmp(s->status, "retired") == 0 ? SOURCE_RETIRED : SOURCE_WAITING;
}

static void mail_sources_of(struct content *c, struct block *b, int kind, const char *words)
{
    enum { SHOWN = 40 };
    int64_t shown = 0, others = 0, messages = 0, passed = 0;

    for (size_t i = 0; i < c->f->sources; i++) {
        const struct figures_source *s = &c->f->source[i];

        if (mail_source_kind(s) != kind || s->messages == 0)
            continue;
        if (shown == 0)
            content_row(c, b, BLOCK_ROW_PART, 1)->cell[0].text = words;
        if (shown++ < SHOWN) {
            mail_source(c, b, s);
        } else {
            others++;
            messages += s->messages;
            passed += s->passed;
        }
    }
    if (others > 0) {
        struct block_row *r = content_row(c, b, BLOCK_ROW, 5);

        r->cell[0].text = words_put(c->a, words_say_n("%s other", "%s others", others), words_number(c->a, others));
        r->cell[2].text = words_number(c->a, messages);
        r->cell[3].text = words_share(c->a, passed, messages);
        r->cell[3].number = messages == 0 ? -1 : passed * 1000 / messages;
    }
}

void content_sources(struct content *c)
{
    struct block *b;
    struct block_row *head;

    if (c->f->sources == 0)
        return;
    (void)content_block(c, BLOCK_HEADING, _("Who sends mail in your name"), "", 0);
    b = content_block(c, BLOCK_TABLE, _("Who sends mail in your name"), "llrsl", 130);
    head = content_row(c, b, BLOCK_ROW_HEAD, 5);
    head->cell[0].text = _("Service");
    head->cell[1].text = _("Owner at your side");
    head->cell[2].text = _("Messages");
    head->cell[3].text = _("Confirmed");
    head->cell[4].text = _("Remark");
    mail_sources_of(c, b, SOURCE_APPROVED, _("Approved: you named an owner"));
    mail_sources_of(c, b, SOURCE_WAITING, _("Not decided: new, or waiting for your word"));
    mail_sources_of(c, b, SOURCE_RETIRED, _("Retired: should not send any more"));
}

/* ---- forgeries ---- */

static void mail_forged_row(struct content *c, struct block *b, enum block_row_kind kind, const char *name, int64_t all,
                            int64_t refused, int64_t held)
{
    struct block_row *r = content_row(c, b, kind, 5);

    r->cell[0].text = name;
    r->cell[1].text = words_number(c->a, all);
    r->cell[2].text = words_number(c->a, refused);
    r->cell[3].text = words_number(c->a, held);
    r->cell[4].text = words_number(c->a, all - refused - held);
}

static void mail_forged_table(struct content *c)
{
    struct block *b = content_block(c, BLOCK_TABLE, _("Forged mail"), "lrrrr", c->f->domains + 2);
    struct block_row *head = content_row(c, b, BLOCK_ROW_HEAD, 5);
    int64_t all = 0, refused = 0, held = 0, rows = 0;

    head->cell[0].text = _("In the name of");
    head->cell[1].text = _("Forged");
    head->cell[2].text = _("Refused");
    head->cell[3].text = _("Put into junk");
    head->cell[4].text = _("Let through");
    for (size_t i = 0; i < c->f->domains; i++) {
        const struct figures_domain *d = &c->f->domain[i];

        if (d->parts.n[PART_FORGED] == 0)
            continue;
        mail_forged_row(c, b, BLOCK_ROW, d->name, d->parts.n[PART_FORGED], d->refused, d->held);
        all += d->parts.n[PART_FORGED];
        refused += d->refused;
        held += d->held;
        rows++;
    }
    if (rows > 1)
        mail_forged_row(c, b, BLOCK_ROW_SUM, _("All"), all, refused, held);
}

void content_forged(struct content *c)
{
    int64_t peak = 0, at = 0;

    (void)content_block(c, BLOCK_HEADING, _("Forged mail"), "", 0);
    if (c->f->all.n[PART_FORGED] == 0) {
        (void)content_block(c, BLOCK_TEXT, _("None was seen."), "", 0);
        return;
    }
    for (int64_t i = 0; i < c->f->q.before_day - c->f->q.first_day; i++)
        if (c->f->day[i].n[PART_FORGED] > peak) {
            peak = c->f->day[i].n[PART_FORGED];
            at = i;
        }
    (void)content_block(c, BLOCK_TEXT,
                        peak == 0 ? _("We cannot see who received it; receivers report numbers only.")
                                  : words_put(c->a, _("The most came on %1$s: %2$s messages. We cannot see who "
                                                      "received them; receivers report numbers only."),
                                              words_day(c->a, c->f->q.first_day + at), words_number(c->a, peak)),
                        "", 0);
    mail_forged_table(c);
}
