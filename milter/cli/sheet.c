#include "cli/sheet.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

enum { LABEL_WIDTH = 12, TEXT_MAX = 4000, FOLD_AT = 100 };

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

void sheet_label(const struct sheet *s, const char *name)
{
    (void)fprintf(s->to, "  %-*s ", LABEL_WIDTH, name);
}

void sheet_heading(const struct sheet *s, const char *text)
{
    (void)fprintf(s->to, "\n%s\n", text);
}

/* How much of `text` goes on a line: up to the last blank within the width, or a longer word whole. */
static size_t line_of(const char *text)
{
    size_t n = strlen(text), cut = n > FOLD_AT ? FOLD_AT : n;

    if (n <= FOLD_AT)
        return n;
    while (cut > 0 && text[cut] != ' ')
        cut--;
    return cut > 0 ? cut : strcspn(text, " ");
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
    for (const char *rest = copy; *rest != '\0';) {
        size_t line = line_of(rest);

        (void)fprintf(s->to, "  %.*s", (int)line, rest);
        rest += line;
        rest += strspn(rest, " ");
        if (*rest != '\0')
            (void)fputc('\n', s->to);
    }
    (void)fputs(strchr(".:?", copy[n - 1]) != NULL ? "\n" : ".\n", s->to);
}

const char *sheet_time(int64_t time_ms, char buf[static SHEET_TIME_MAX])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL || strftime(buf, SHEET_TIME_MAX, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
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
