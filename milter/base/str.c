#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

bool str_eq_nocase(struct str a, struct str b)
{
    return a.n == b.n && str_starts_nocase(a, b);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
    if (s.n < prefix.n)
        return false;
    for (size_t i = 0; i < prefix.n; i++)
        if (char_lower(s.p[i]) != char_lower(prefix.p[i]))
            return false;
    return true;
}

bool str_ends_nocase(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq_nocase(str_slice(s, s.n - suffix.n, s.n), suffix);
}

bool str_is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && char_is_fws(s.p[0]))
        s = str_slice(s, 1, s.n);
    while (s.n > 0 && char_is_fws(s.p[s.n - 1]))
        s.n--;
    return s;
}

char *str_dup(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.n + 1);

    if (copy != NULL && s.n > 0)
        memcpy(copy, s.p, s.n);
    return copy;
}

struct str str_head(struct str s, size_t max)
{
    if (s.n <= max)
        return s;
    while (max > 0 && ((unsigned char)s.p[max] & 0xc0) == 0x80)
        max--;
    return str_slice(s, 0, max);
}

const char *str_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    enum { MOST = 1999, CHARACTER = 4 }; /* with the next character str_head sees whether it cuts one */
    char text[MOST + CHARACTER];
    const char *copy = vsnprintf(text, sizeof text, fmt, ap) < 0 ? NULL : str_dup(a, str_head(str_of(text), MOST));

    return copy == NULL ? "" : copy;
}

char *str_dup_lower(struct arena *a, struct str s)
{
    char *copy = str_dup(a, s);

    if (copy != NULL)
        for (size_t i = 0; i < s.n; i++)
            copy[i] = char_lower(copy[i]);
    return copy;
}

bool str_to_u32(struct str s, uint32_t *out)
{
    uint64_t value = 0;

    if (s.n == 0 || s.n > 10)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!char_is_digit(s.p[i]))
            return false;
        value = value * 10 + (uint64_t)(s.p[i] - '0');
    }
    if (value > UINT32_MAX)
        return false;
    *out = (uint32_t)value;
    return true;
}

int char_hex(char c)
{
    if (char_is_digit(c))
        return c - '0';
    c = char_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool str_unhex(struct str digits, void *bytes, size_t n)
{
    unsigned char *to = bytes;

    for (size_t i = 0; i < digits.n; i++)
        if (char_hex(digits.p[i]) < 0)
            return false;
    if (digits.n != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)(char_hex(digits.p[2 * i]) << 4 | char_hex(digits.p[2 * i + 1]));
    return true;
}

struct strbuf strbuf_on(char *mem, size_t size)
{
    MUST(size > 0);
    mem[0] = '\0';
    return (struct strbuf){.p = mem, .max = size - 1};
}

struct strbuf strbuf_new(struct arena *a, size_t max)
{
    static char empty[1]; /* never written but with the NUL it holds */
    char *mem = arena_alloc(a, max + 1);

    if (mem == NULL)
        return (struct strbuf){.p = empty, .over = true};
    return strbuf_on(mem, max + 1);
}

void strbuf_put(struct strbuf *b, struct str s)
{
    size_t room = b->max - b->n;

    if (s.n > room) {
        b->over = true;
        s.n = room;
    }
    if (s.n == 0)
        return;
    memcpy(b->p + b->n, s.p, s.n);
    b->n += s.n;
    b->p[b->n] = '\0';
}

void strbuf_puts(struct strbuf *b, const char *z)
{
    strbuf_put(b, str_of(z));
}

void strbuf_putc(struct strbuf *b, char c)
{
    if (b->n == b->max) {
        b->over = true;
        return;
    }
    b->p[b->n++] = c;
    b->p[b->n] = '\0';
}

/* What vsnprintf would write. */
static void strbuf_print(struct strbuf *b, const char *fmt, va_list ap)
{
    size_t room = b->max - b->n;
    int want;

    if (b->max == 0) {
        b->over = true;
        return;
    }
    want = vsnprintf(b->p + b->n, room + 1, fmt, ap);
    MUST(want >= 0);
    if ((size_t)want > room) {
        b->over = true;
        want = (int)room;
    }
    b->n += (size_t)want;
}

static void strbuf_put_number(struct strbuf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    strbuf_put(b, (struct str){digits + at, sizeof digits - at});
}

static void strbuf_put_signed(struct strbuf *b, int64_t n)
{
    if (n < 0)
        strbuf_putc(b, '-');
    strbuf_put_number(b, n < 0 ? -(uint64_t)n : (uint64_t)n);
}

/* Texts and plain numbers, which are most of what there is, without what printf(3) does beside; the rest with it. */
void strbuf_putf(struct strbuf *b, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    for (;;) {
        const char *per_cent = strchrnul(fmt, '%');

        strbuf_put(b, (struct str){fmt, (size_t)(per_cent - fmt)});
        if (per_cent[0] == '\0')
            break;
        fmt = per_cent + 2;
        if (per_cent[1] == 's') {
            strbuf_puts(b, va_arg(ap, const char *));
        } else if (per_cent[1] == 'u') {
            strbuf_put_number(b, va_arg(ap, unsigned));
        } else if (strncmp(per_cent + 1, PRId64, sizeof PRId64 - 1) == 0) {
            strbuf_put_signed(b, va_arg(ap, int64_t));
            fmt = per_cent + sizeof PRId64;
        } else {
            strbuf_print(b, per_cent, ap);
            break;
        }
    }
    va_end(ap);
}

/* How many characters it begins with that stand for themselves. */
static size_t str_plain_run(struct str s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f && s.p[n] != '"' && s.p[n] != '\\')
        n++;
    return n;
}

static void put_escaped_char(struct strbuf *b, char c)
{
    if (c == '"' || c == '\\')
        strbuf_putf(b, "\\%c", c);
    else if (c >= 0x20 && c < 0x7f)
        strbuf_putc(b, c);
    else
        strbuf_putf(b, "\\x%02x", (unsigned char)c);
}

void strbuf_put_escaped(struct strbuf *b, struct str s, size_t max)
{
    size_t n = s.n < max ? s.n : max;

    for (size_t i = 0; i < n;) {
        size_t run = str_plain_run(str_slice(s, i, n));

        strbuf_put(b, str_slice(s, i, i + run));
        i += run;
        if (i < n)
            put_escaped_char(b, s.p[i++]);
    }
    if (s.n > max)
        strbuf_puts(b, "...");
}

size_t str_utf8_length(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

    if (n == 0 || n > s.n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)) /* overlong, surrogate */
        return 0;
    if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) /* overlong, beyond U+10FFFF */
        return 0;
    return n;
}

static unsigned long utf8_code(struct str s, size_t n)
{
    static const unsigned char lead[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned long code = (unsigned char)s.p[0] & lead[n];

    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)s.p[i] & 0x3f);
    return code;
}

/* C0, DEL, C1 (U+009B begins an escape sequence), line separators, and what turns the direction of text around. */
static bool is_control(unsigned long code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x061c || code == 0x200e || code == 0x200f ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

/* C0 and C1, marks of direction, what has no width, the BOM, what annotates, tags. */
static bool is_hidden(unsigned long code)
{
    return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0) || code == 0xad ||
           code == 0x61c || code == 0x180e || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe007f);
}

struct str str_take_shown(struct str *rest, char mem[static STR_SHOWN_MAX])
{
    size_t n = str_utf8_length(*rest);
    struct strbuf b = strbuf_on(mem, STR_SHOWN_MAX);
    struct str s = str_slice(*rest, 0, n);

    *rest = str_slice(*rest, n == 0 ? 1 : n, rest->n);
    if (n == 0)
        return STR("\xef\xbf\xbd");
    if (!is_hidden(utf8_code(s, n)))
        return s;
    strbuf_putf(&b, "\\u%04lX", utf8_code(s, n));
    return strbuf_str(&b);
}

/* How many printable ASCII characters it begins with. */
static size_t printable_run(struct str s)
{
    size_t n = 0;

    while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f)
        n++;
    return n;
}

void strbuf_put_clean(struct strbuf *b, struct str s, size_t max)
{
    size_t start = b->n;

    while (s.n > 0) {
        size_t room = max - (b->n - start), n = printable_run(str_slice(s, 0, room + 1));
        bool plain = true;

        if (n == 0) {
            n = str_utf8_length(s);
            plain = n > 0 && !is_control(utf8_code(s, n));
            if ((plain ? n : 4) > room)
                return;
        }
        if (plain)
            strbuf_put(b, str_slice(s, 0, n < room ? n : room));
        else
            strbuf_putf(b, "\\x%02x", (unsigned char)s.p[0]);
        if (plain && n > room)
            return;
        s = str_slice(s, plain ? n : 1, s.n);
    }
}

struct str strbuf_str(const struct strbuf *b)
{
    return (struct str){b->p, b->n};
}
