#include "desk/sheet.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

enum { LABEL_WIDTH = 12, TEXT_MAX = 4000, FOLD_AT = 100, FOLD_MIN = 40, FOLD_MOST = 120 };

const char *sheet_shown_str(const struct sheet *s, struct str text)
{
    struct strbuf b = strbuf_new(s->a, TEXT_MAX);

    strbuf_put_clean(&b, text, TEXT_MAX);
    return b.p;
}

const char *sheet_shown(const struct sheet *s, const char *text)
{
    return sheet_shown_str(s, str_of(text));
}

const char *sheet_or(const struct sheet *s, const char *text, const char *otherwise)
{
    return text[0] != '\0' ? sheet_shown(s, text) : otherwise;
}

/* ---- collecting ---- */

static struct sheet_item *sheet_begin_item(const struct sheet *s, enum sheet_kind kind, const char *label)
{
    struct sheet_list *l = s->list;

    if (l->is_open && l->n < SHEET_ITEMS_MAX)
        l->n++; /* a label that nothing followed */
    l->is_open = false;
    if (l->n == SHEET_ITEMS_MAX) {
        l->left_off = true;
        return NULL;
    }
    l->item[l->n] = (struct sheet_item){.kind = kind, .label = label, .text = ""};
    return &l->item[l->n];
}

static void sheet_add_item(const struct sheet *s, enum sheet_kind kind, const char *text)
{
    struct sheet_item *item = sheet_begin_item(s, kind, "");
    const char *copy = str_dup(s->a, str_of(text));

    if (item == NULL)
        return;
    item->text = copy == NULL ? "" : copy;
    s->list->n++;
}

static void sheet_collect(const struct sheet *s, struct str text)
{
    struct sheet_list *l = s->list;

    while (text.n > 0) {
        size_t line = str_find(text, '\n');
        bool ends = line < text.n;

        if (!l->is_open && line > 0 && sheet_begin_item(s, SHEET_LINE, "") != NULL) {
            l->open = strbuf_new(s->a, SHEET_TEXT_MAX);
            l->is_open = true;
        }
        if (l->is_open) {
            strbuf_put(&l->open, str_slice(text, 0, line));
            l->item[l->n].text = l->open.p;
        }
        if (l->is_open && ends) {
            l->is_open = false;
            l->n++;
        }
        text = str_slice(text, line + 1, text.n);
    }
}

/* ---- writing ---- */

void sheet_put(const struct sheet *s, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    if (s->to != NULL) {
        (void)vfprintf(s->to, fmt, ap);
    } else {
        char mem[SHEET_TEXT_MAX + 1];
        int n = vsnprintf(mem, sizeof mem, fmt, ap);

        sheet_collect(s, (struct str){mem, n < 0 ? 0 : n < (int)sizeof mem ? (size_t)n : sizeof mem - 1});
    }
    va_end(ap);
}

void sheet_label(const struct sheet *s, const char *name)
{
    if (s->to != NULL) {
        (void)fprintf(s->to, "  %-*s ", LABEL_WIDTH, name);
    } else if (sheet_begin_item(s, SHEET_PAIR, name) != NULL) {
        s->list->open = strbuf_new(s->a, SHEET_TEXT_MAX);
        s->list->is_open = true;
    }
}

static void styled(const struct sheet *s, const char *sequence, const char *text)
{
    if (s->style != NULL)
        s->style(sequence);
    (void)fputs(text, s->to);
    if (s->style != NULL)
        s->style("\033[0m");
}

void sheet_heading(const struct sheet *s, const char *text)
{
    if (s->to == NULL) {
        sheet_add_item(s, SHEET_HEADING, text);
        return;
    }
    (void)fputc('\n', s->to);
    styled(s, "\033[1m", text);
    (void)fputc('\n', s->to);
}

void sheet_alarm(const struct sheet *s, const char *text)
{
    if (s->to == NULL)
        sheet_put(s, "%s", text);
    else
        styled(s, "\033[1;31m", text);
}

/* Columns of a sentence, the indentation aside: as the terminal has them, within what can be read. */
static size_t fold_at(const struct sheet *s)
{
    int width = s->width == 0 ? FOLD_AT : s->width - 3;

    return (size_t)(width < FOLD_MIN ? FOLD_MIN : width > FOLD_MOST ? FOLD_MOST : width);
}

/* How much of `text` goes on a line: up to the last blank within the width, or a longer word whole. */
static size_t line_of(const struct sheet *s, const char *text)
{
    size_t n = strlen(text), most = fold_at(s), cut = n > most ? most : n;

    if (n <= most)
        return n;
    while (cut > 0 && text[cut] != ' ')
        cut--;
    return cut > 0 ? cut : strcspn(text, " ");
}

static void sheet_fold(const struct sheet *s, const char *text)
{
    for (const char *rest = text; *rest != '\0';) {
        size_t line = line_of(s, rest);

        (void)fprintf(s->to, "  %.*s", (int)line, rest);
        rest += line;
        rest += strspn(rest, " ");
        if (*rest != '\0')
            (void)fputc('\n', s->to);
    }
}

void sheet_sentence(const struct sheet *s, const char *text)
{
    const char *shown = sheet_shown(s, text);
    size_t n = strlen(shown);
    char *copy = str_dup(s->a, (struct str){shown, n});

    if (n == 0 || copy == NULL)
        return;
    if (copy[0] >= 'a' && copy[0] <= 'z' && memchr(copy, '.', strcspn(copy, " ")) == NULL)
        copy[0] = (char)(copy[0] - 'a' + 'A'); /* a domain name that begins the sentence stays as it is */
    if (s->to == NULL) {
        struct strbuf b = strbuf_new(s->a, n + 1);

        strbuf_puts(&b, copy);
        if (strchr(".:?", copy[n - 1]) == NULL)
            strbuf_putc(&b, '.');
        sheet_add_item(s, SHEET_SENTENCE, b.p);
        return;
    }
    sheet_fold(s, copy);
    (void)fputs(strchr(".:?", copy[n - 1]) != NULL ? "\n" : ".\n", s->to);
}

const char *sheet_time(int64_t time_ms, char buf[static SHEET_TIME_MAX])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm tm;

    if (localtime_r(&seconds, &tm) == NULL || strftime(buf, SHEET_TIME_MAX, "%Y-%m-%d %H:%M:%S %Z", &tm) == 0)
        (void)snprintf(buf, SHEET_TIME_MAX, "at an unknown time");
    return buf;
}

const char *sheet_span(int64_t ms, char buf[static SHEET_SPAN_MAX])
{
    static const struct { const char *unit; int64_t ms; } units[] = {
        {"day", 24 * 60 * 60 * 1000}, {"hour", 60 * 60 * 1000}, {"minute", 60 * 1000}, {"second", 1000},
    };
    size_t i = 0;
    int64_t n;

    while (i + 1 < sizeof units / sizeof units[0] && ms < units[i].ms)
        i++;
    n = ms > 0 ? ms / units[i].ms : 0;
    (void)snprintf(buf, SHEET_SPAN_MAX, "%" PRId64 " %s%s", n, units[i].unit, n == 1 ? "" : "s");
    return buf;
}
