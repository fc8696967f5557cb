#include "web/html.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

enum { FOREIGN_MAX = 200, FIRST_SIZE = 16 * 1024 };

void html_begin(struct html *o, size_t most)
{
    *o = (struct html){.most = most};
}

void html_free(struct html *o)
{
    free(o->p);
    *o = (struct html){.most = o->most};
}

static bool html_grow(struct html *o, size_t need)
{
    size_t max = o->max == 0 ? FIRST_SIZE : o->max;
    char *p;

    while (max < need)
        max *= 2;
    if (max > o->most)
        max = o->most;
    p = realloc(o->p, max);
    if (p == NULL)
        return false;
    o->p = p;
    o->max = max;
    return true;
}

void html_raw(struct html *o, const char *s, size_t n)
{
    if (o->over || n > o->most - o->n || (o->n + n > o->max && !html_grow(o, o->n + n))) {
        o->over = true;
        return;
    }
    if (n > 0)
        memcpy(o->p + o->n, s, n);
    o->n += n;
}

void html_literal(struct html *o, const char *s)
{
    html_raw(o, s, strlen(s));
}

/* ---- text ---- */

static const char *html_entity(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static bool html_is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && html_entity((char)c) == NULL;
}

/* One character that is not plain; its length. */
static size_t html_put_character(struct html *o, struct str s)
{
    const char *entity = html_entity(s.p[0]);
    struct str rest = s, shown;
    char mem[STR_SHOWN_MAX];

    if (entity != NULL) {
        html_literal(o, entity);
        return 1;
    }
    shown = str_take_shown(&rest, mem);
    html_raw(o, shown.p, shown.n);
    return s.n - rest.n;
}

static void html_put_text(struct html *o, struct str s)
{
    while (s.n > 0) {
        size_t plain = 0;

        while (plain < s.n && html_is_plain((unsigned char)s.p[plain]))
            plain++;
        html_raw(o, s.p, plain);
        s = str_slice(s, plain, s.n);
        if (s.n > 0)
            s = str_slice(s, html_put_character(o, s), s.n);
    }
}

void html_text(struct html *o, const char *s)
{
    if (s != NULL)
        html_put_text(o, str_of(s));
}

void html_foreign(struct html *o, struct foreign v)
{
    struct str s = str_of(v.text);
    bool cut = s.n > FOREIGN_MAX;

    html_literal(o, "<bdi>");
    html_put_text(o, str_head(s, FOREIGN_MAX));
    html_literal(o, cut ? "…</bdi>" : "</bdi>");
}

/* ---- values ---- */

const char *html_int_text(int64_t v, char buf[static HTML_VALUE_MAX])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRId64, v), to = 0;
    int first = v < 0 ? 1 : 0;

    for (int i = 0; i < n; i++) {
        if (i > first && (n - i) % 3 == 0)
            buf[to++] = ',';
        buf[to++] = digits[i];
    }
    buf[to] = '\0';
    return buf;
}

const char *html_share_text(struct share v, char buf[static HTML_VALUE_MAX])
{
    int64_t tenths;

    if (v.whole <= 0) {
        (void)snprintf(buf, HTML_VALUE_MAX, "no mail");
        return buf;
    }
    tenths = v.part * 1000 / v.whole; /* rounded down: 100.0 % is all of it */
    (void)snprintf(buf, HTML_VALUE_MAX, "%" PRId64 ".%" PRId64 " %%", tenths / 10, tenths % 10);
    return buf;
}

static const char *html_time_text(int64_t s, const char *format, char buf[static HTML_VALUE_MAX])
{
    time_t t = (time_t)s;
    struct tm tm;

    if (gmtime_r(&t, &tm) == NULL || strftime(buf, HTML_VALUE_MAX, format, &tm) == 0)
        (void)snprintf(buf, HTML_VALUE_MAX, "unknown");
    return buf;
}

const char *html_when_text(struct when v, char buf[static HTML_VALUE_MAX])
{
    if (v.ms != 0)
        return html_time_text(v.ms / 1000, "%a %e %b %Y, %H:%M", buf);
    (void)snprintf(buf, HTML_VALUE_MAX, "never");
    return buf;
}

const char *html_day_text(struct day v, char buf[static HTML_VALUE_MAX])
{
    return html_time_text(v.day * 86400, "%a %e %b %Y", buf);
}

void html_int(struct html *o, int64_t v)
{
    char buf[HTML_VALUE_MAX];

    html_text(o, html_int_text(v, buf));
}

void html_size(struct html *o, size_t v)
{
    html_int(o, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void html_share(struct html *o, struct share v)
{
    char buf[HTML_VALUE_MAX];

    html_text(o, html_share_text(v, buf));
}

void html_when(struct html *o, struct when v)
{
    char buf[HTML_VALUE_MAX];

    html_text(o, html_when_text(v, buf));
}

void html_day(struct html *o, struct day v)
{
    char buf[HTML_VALUE_MAX];

    html_text(o, html_day_text(v, buf));
}

void html_url(struct html *o, struct url u)
{
    html_text(o, u.p);
}
