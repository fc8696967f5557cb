#include "formats/mbox.h"

#include <string.h>

enum { LINE_MAX_BYTES = 1000 };

static struct str mbox_bare(struct str s)
{
    if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
        s = str_slice(s, 3, s.n);
    while (s.n > 0 && (s.p[0] == '\r' || s.p[0] == '\n'))
        s = str_slice(s, 1, s.n);
    return s;
}

/* "Name:", with which a line of a header begins. */
static bool mbox_is_field(struct str s)
{
    size_t n = 0;

    while (n < s.n && n < 100 && s.p[n] > ' ' && s.p[n] < 0x7f && s.p[n] != ':')
        n++;
    return n > 0 && n < s.n && s.p[n] == ':';
}

/* "From sender date" and its line end; 0 none. */
static size_t mbox_envelope(struct str s)
{
    struct str ahead = str_slice(s, 0, LINE_MAX_BYTES);
    size_t line = str_find(ahead, '\n');

    return s.n > 5 && memcmp(s.p, "From ", 5) == 0 && line < ahead.n ? line + 1 : 0;
}

/* The same in the middle, where it may also be a sentence: with a time, and a header behind it. */
static bool mbox_is_separator(struct str s)
{
    size_t n = mbox_envelope(s);

    return n > 0 && memchr(s.p, ':', n) != NULL && mbox_is_field(str_slice(s, n, s.n));
}

bool mbox_is(struct str bytes)
{
    return mbox_envelope(mbox_bare(bytes)) > 0;
}

struct str mbox_without_envelope(struct str mail)
{
    struct str s = mbox_bare(mail);
    size_t n = mbox_envelope(s);

    return n > 0 ? str_slice(s, n, s.n) : mail;
}

/* Where the next mail begins; the end. */
static size_t mbox_mail_end(struct str s)
{
    static const char separator[] = "\nFrom ";
    size_t at = 0;

    while (at < s.n) {
        const char *p = memmem(s.p + at, s.n - at, separator, sizeof separator - 1);

        if (p == NULL)
            return s.n;
        at = (size_t)(p - s.p) + 1;
        if (at >= 2 && (s.p[at - 2] == '\n' || (at >= 3 && s.p[at - 2] == '\r' && s.p[at - 3] == '\n')) &&
            mbox_is_separator(str_slice(s, at, s.n)))
            return at;
    }
    return s.n;
}

bool mbox_has_more(struct str bytes)
{
    struct str s = mbox_bare(bytes);

    return mbox_envelope(s) > 0 && mbox_mail_end(s) < s.n;
}

struct str mbox_next(struct str *rest)
{
    struct str s = mbox_bare(*rest);
    size_t n = mbox_mail_end(s);

    *rest = str_slice(s, n, s.n);
    return mbox_without_envelope(str_slice(s, 0, n));
}
