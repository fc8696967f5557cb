#include "clientreport/content.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "clientreport/words.h"

/* ---- blocks, rows, cells ---- */

struct block *content_block(struct content *c, enum block_kind kind, const char *text, const char *columns, size_t rows)
{
    size_t room = rows < BLOCK_ROWS_MAX ? rows : BLOCK_ROWS_MAX;
    bool full = c->d->blocks == BLOCKS_MAX;
    struct block *b = &c->d->block[full ? BLOCKS_MAX : c->d->blocks];

    *b = (struct block){.kind = kind, .text = text, .columns = columns};
    b->row = arena_array(c->a, room + 1, sizeof *b->row);
    if (!full && b->row != NULL)
        c->d->blocks++;
    return b;
}

struct block_row *content_row(struct content *c, struct block *b, enum block_row_kind kind, size_t cells)
{
    static struct block_cell nowhere[BLOCK_CELLS_MAX];
    static struct block_row lost;
    struct block_row *r = b->row == NULL || b->rows == BLOCK_ROWS_MAX ? &lost : &b->row[b->rows];
    struct block_cell *cell = arena_array(c->a, cells, sizeof *cell);

    *r = (struct block_row){.kind = kind, .cells = cells, .cell = cell == NULL ? nowhere : cell};
    for (size_t i = 0; i < cells; i++)
        r->cell[i] = (struct block_cell){.text = "", .small = "", .number = -1};
    if (r != &lost && cell != NULL)
        b->rows++;
    return r;
}

void content_texts(struct content *c, struct block *b, const char *one, const char *two, const char *three)
{
    struct block_row *r = content_row(c, b, BLOCK_ROW, three != NULL ? 3 : two != NULL ? 2 : 1);

    r->cell[0].text = one;
    if (two != NULL)
        r->cell[1].text = two;
    if (two != NULL && three != NULL)
        r->cell[2].text = three;
}

/* ---- what parts share ---- */

const struct episode *content_failure(const struct content *c, const char *source)
{
    for (size_t i = 0; i < c->f->open_n; i++)
        if (strcmp(c->f->open[i].source, source) == 0 && strcmp(c->f->open[i].workflow, "reports-missing") != 0)
            return &c->f->open[i];
    return NULL;
}

bool content_is_asked(const struct figures_source *s)
{
    enum { MEANINGFUL = 10 };

    return s->messages >= MEANINGFUL && strcmp(s->source, "unknown") != 0 &&
           (strcmp(s->status, "") == 0 || strcmp(s->status, "unknown") == 0 || strcmp(s->status, "pending") == 0);
}

const char *content_source(const struct content *c, const struct figures_source *s)
{
    const char *colon = strchr(s->source, ':');

    if (strcmp(s->source, "own-servers") == 0)
        return _("Your own servers");
    if (strcmp(s->source, "unknown") == 0)
        return _("Unknown servers");
    if (strncmp(s->source, "ptr:", 4) == 0)
        return words_put(c->a, _("Servers of %s"), colon + 1);
    if (strncmp(s->source, "as:", 3) == 0 || strncmp(s->source, "net:", 4) == 0)
        return words_put(c->a, _("Servers of network %s"), colon + 1);
    return s->title;
}

const char *content_stage(enum watch_stage stage)
{
    switch (stage) {
    case WATCH_STAGE_TESTING: return _("Quarantine, on trial");
    case WATCH_STAGE_QUARANTINE: return _("Quarantine");
    case WATCH_STAGE_REJECT: return _("Reject");
    default: return _("Monitor");
    }
}

/* ---- the whole ---- */

static const char *content_sub(struct content *c)
{
    const struct figures_question *q = &c->f->q;
    int64_t last = q->before_day - 1;

    /* TRANSLATORS: for whom; the first day; the last day; how many domains. */
    return words_put(c->a, words_say_n("For %1$s · %2$s to %3$s · %4$d domain",
                                       "For %1$s · %2$s to %3$s · %4$d domains", (int64_t)c->f->domains),
                     q->client->title, words_day(c->a, q->first_day), words_date(c->a, last), (int)c->f->domains);
}

static void content_head(struct content *c)
{
    const struct figures_question *q = &c->f->q;
    bool month = figures_month_before(q->before_day) == q->first_day;
    const char *made = words_date(c->a, c->about->made_ms / CLOCK_DAY_MS);
    struct document *d = c->d;

    d->title = month ? words_put(c->a, _("Email protection, %s"), words_month(c->a, q->first_day))
                     : _("Email protection");
    d->sub = content_sub(c);
    d->by = c->about->by;
    /* TRANSLATORS: the report's name, when it was made, whom to ask. */
    d->about = words_put(c->a, _("Report %1$s · made %2$s · %3$s"), c->about->id, made, c->about->contact);
    d->language = c->about->language;
    d->page = _("Page {n} of {all}");
    d->logo = c->about->logo;
}

static const char *content_date(struct content *c)
{
    char text[40];
    struct strbuf b = STRBUF_ON(text);
    time_t t = (time_t)(c->about->made_ms / 1000);
    struct tm tm = {0};

    (void)gmtime_r(&t, &tm);
    strbuf_putf(&b, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                tm.tm_min, tm.tm_sec);
    return words_put(c->a, "%s", text);
}

enum rc content_make(struct arena *a, const struct figures *f, const struct content_about *about, struct document *out,
                     struct err *e)
{
    static void (*const part[])(struct content *) = {
        content_tiles, content_chart, content_domains, content_sources, content_forged, content_done, content_open,
        content_accepted, content_next, content_words, content_note,
    };
    struct content c = {.a = a, .f = f, .about = about, .d = out};
    struct block *first;

    *out = (struct document){.block = arena_array(a, BLOCKS_MAX + 1, sizeof *out->block)};
    if (out->block == NULL)
        return err_set(e, RC_NOMEM, "no memory for a report");
    content_head(&c);
    out->date = content_date(&c);
    first = content_block(&c, BLOCK_SHORT, "", "", 3);
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
        part[i](&c);
    out->block[0] = *first;
    content_short(&c); /* it tells how many decisions there are, and so comes last */
    if (arena_ran_out(a))
        return err_set(e, RC_NOMEM, "no memory for a report");
    return out->blocks < BLOCKS_MAX ? RC_OK : err_set(e, RC_LIMIT, "a report has at most %d parts", BLOCKS_MAX - 1);
}
