#include "base/database_url.h"

static const struct str database_url_starts[] = {
    {"postgresql://", sizeof "postgresql://" - 1}, {"postgres://", sizeof "postgres://" - 1},
    {"service=", sizeof "service=" - 1},
};

bool database_url_is(struct str where)
{
    for (size_t i = 0; i < sizeof database_url_starts / sizeof database_url_starts[0]; i++)
        if (str_starts_nocase(where, database_url_starts[i]))
            return true;
    return false;
}

/* The character at the beginning, as libpq reads it: "%61" is "a".  *n: its bytes. */
static char decoded(struct str text, size_t *n)
{
    bool is_hex = text.n >= 3 && text.p[0] == '%' && char_hex(text.p[1]) >= 0 && char_hex(text.p[2]) >= 0;

    *n = is_hex ? 3 : 1;
    return is_hex ? (char)(char_hex(text.p[1]) << 4 | char_hex(text.p[2])) : text.p[0];
}

/* Whether `text` begins so, in any case, and what is behind it. */
static bool begins(struct str text, const char *word, struct str *rest)
{
    for (size_t n; *word != '\0'; word++, text = str_slice(text, n, text.n))
        if (text.n == 0 || char_lower(decoded(text, &n)) != *word)
            return false;
    *rest = text;
    return true;
}

/* "password", "sslpassword", "passwd" … as a parameter, whatever stands before it. */
static bool names_password(struct str text)
{
    for (; text.n > 0; text = str_slice(text, 1, text.n)) {
        struct str rest;

        if (!begins(text, "passw", &rest))
            continue;
        for (size_t n; rest.n > 0 && char_is_alpha(decoded(rest, &n));)
            rest = str_slice(rest, n, rest.n);
        while (rest.n > 0 && char_is_wsp(rest.p[0]))
            rest = str_slice(rest, 1, rest.n);
        if (rest.n > 0 && rest.p[0] == '=')
            return true;
    }
    return false;
}

bool database_url_has_password(struct str where)
{
    struct str scheme = STR("://"), authority = where;
    size_t at = 0;

    while (at + scheme.n <= where.n && !str_eq(str_slice(where, at, at + scheme.n), scheme))
        at++;
    if (names_password(where))
        return true;
    if (at + scheme.n > where.n)
        return false;
    /* user:password@host, RFC 3986 section 3.2.1; a password in which "/", "?" or "#" stands as it is, is one, too */
    authority = str_slice(where, at + scheme.n, where.n);
    if (str_find(authority, '@') == authority.n)
        return false;
    authority = str_slice(authority, 0, str_find(authority, '@'));
    return str_find(authority, ':') < authority.n;
}
