#include "web/url.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static void url_put_encoded(struct strbuf *b, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (char_is_alnum(*p) || strchr("-._~@", *p) != NULL)
            strbuf_putc(b, *p);
        else
            strbuf_putf(b, "%%%02X", (unsigned)(unsigned char)*p);
    }
}

static struct url url_end(const struct strbuf *b)
{
    return (struct url){b->over ? "" : b->p};
}

struct url url_path(struct arena *a, ...)
{
    char mem[URL_MAX];
    struct strbuf b = STRBUF_ON(mem);
    const char *segment;
    va_list ap;

    va_start(ap, a);
    while ((segment = va_arg(ap, const char *)) != NULL) {
        if (segment[0] == '\0')
            continue;
        strbuf_putc(&b, '/');
        url_put_encoded(&b, segment);
    }
    va_end(ap);
    if (b.n == 0)
        strbuf_putc(&b, '/');
    if (b.over)
        return (struct url){""};
    segment = str_dup(a, strbuf_str(&b));
    return (struct url){segment == NULL ? "" : segment};
}

struct url url_with(struct arena *a, struct url u, const char *name, const char *value)
{
    struct strbuf b;

    if (value == NULL || value[0] == '\0' || u.p[0] == '\0')
        return u;
    b = strbuf_new(a, strlen(u.p) + strlen(name) + 3 * strlen(value) + 2);
    strbuf_puts(&b, u.p);
    strbuf_putc(&b, strchr(u.p, '?') == NULL ? '?' : '&');
    url_put_encoded(&b, name);
    strbuf_putc(&b, '=');
    url_put_encoded(&b, value);
    return url_end(&b);
}

struct url url_with_int(struct arena *a, struct url u, const char *name, long long value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%lld", value);
    return url_with(a, u, name, text);
}

struct url url_fragment(struct arena *a, struct url u, const char *name)
{
    struct strbuf b = strbuf_new(a, strlen(u.p) + 3 * strlen(name) + 1);

    strbuf_puts(&b, u.p);
    strbuf_putc(&b, '#');
    url_put_encoded(&b, name);
    return url_end(&b);
}

struct url url_https(struct arena *a, const char *text)
{
    struct str s = str_of(text);
    const char *copy;

    if (!str_starts_nocase(s, STR("https://")) || s.n > URL_MAX)
        return (struct url){""};
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= 0x20 || (unsigned char)s.p[i] >= 0x7f || strchr("\"'<>\\`", s.p[i]) != NULL)
            return (struct url){""};
    copy = str_dup(a, s);
    return (struct url){copy == NULL ? "" : copy};
}
