#include "incoming/markup.h"

#include <string.h>

bool markup_begins(struct str s, const char *with)
{
    return str_starts_nocase(s, str_of(with));
}

size_t markup_find(struct str s, const char *what)
{
    size_t n = strlen(what);

    for (size_t i = 0; i + n <= s.n; i++)
        if (s.p[i] == what[0] && memcmp(s.p + i, what, n) == 0)
            return i;
    return s.n;
}

static bool name_char(char c)
{
    return char_is_alnum(c) || c == '_' || c == ':' || c == '.' || c == '-';
}

bool markup_tag(struct str s, struct markup_tag *t)
{
    size_t i = 1, begin;

    *t = (struct markup_tag){.element = EL_UNKNOWN};
    if (s.n > i && s.p[i] == '/') {
        t->end = true;
        i++;
    }
    for (begin = i; i < s.n && i < MARKUP_NAME_AHEAD && name_char(s.p[i]); i++)
        if (s.p[i] == ':')
            begin = i + 1;
    t->element = element_of(str_slice(s, begin, i));
    if (t->element == EL_UNKNOWN || (i < s.n && s.p[i] != '>' && s.p[i] != '/' && !char_is_fws(s.p[i])))
        return false;
    for (; i < s.n && i < MARKUP_TAG_MAX && s.p[i] != '<'; i++) {
        if (s.p[i] == '>') {
            t->length = i + 1;
            t->alone = s.p[i - 1] == '/';
            return true;
        }
    }
    return true;
}

size_t markup_aside(struct str s)
{
    const char *mark = markup_begins(s, "<!--") ? "-->" : markup_begins(s, "<?") ? "?>" : NULL;
    size_t at;

    if (mark == NULL)
        return 0;
    s = str_slice(s, 0, MARKUP_ASIDE_MAX);
    at = markup_find(s, mark);
    return at == s.n ? 0 : at + strlen(mark);
}

bool markup_is_allowed(struct str digits)
{
    uint32_t c = 0;
    unsigned base = digits.n > 0 && char_lower(digits.p[0]) == 'x' ? 16 : 10;

    digits = str_slice(digits, base == 16 ? 1 : 0, digits.n);
    if (digits.n == 0 || digits.n > 8)
        return false;
    for (size_t i = 0; i < digits.n; i++) {
        char d = char_lower(digits.p[i]);
        unsigned v = char_is_digit(d) ? (unsigned)(d - '0') : (unsigned)(d - 'a') + 10;

        c = c * base + v;
    }
    return c == 9 || c == 10 || c == 13 || (c >= 0x20 && c < 0xd800) || (c >= 0xe000 && c < 0xfffe) ||
           (c >= 0x10000 && c < 0x110000);
}

bool markup_is_number(struct str s)
{
    bool hex = s.n > 1 && char_lower(s.p[0]) == 'x';

    for (size_t i = hex ? 1 : 0; i < s.n; i++)
        if (!char_is_digit(s.p[i]) && !(hex && char_lower(s.p[i]) >= 'a' && char_lower(s.p[i]) <= 'f'))
            return false;
    return s.n > 0;
}
