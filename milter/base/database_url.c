#include "base/database_url.h"

static const struct str database_url_starts[] = {
    {"postgresql://", sizeof "postgresql://" - 1}, {"postgres://", sizeof "postgres://" - 1},
    {"service=", sizeof "service=" - 1},
};

bool database_url_is(struct str where)
{
    for (size_t i = 0; i < sizeof database_url_starts / sizeof database_url_starts[0]; i++)
        if (str_eq(str_slice(where, 0, database_url_starts[i].n), database_url_starts[i]))
            return true;
    return false;
}

/* "password", "sslpassword" … as a parameter, whatever stands before it. */
static bool names_password(struct str text)
{
    static const struct str word = {"password", sizeof "password" - 1};

    for (size_t i = 0; i + word.n < text.n; i++) {
        struct str rest = str_slice(text, i, text.n);
        size_t after = word.n;

        if (!str_starts_nocase(rest, word))
            continue;
        while (after < rest.n && char_is_wsp(rest.p[after]))
            after++;
        if (after < rest.n && rest.p[after] == '=')
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
    authority = str_slice(where, at + scheme.n, where.n); /* user:password@host, RFC 3986 section 3.2.1 */
    authority = str_slice(authority, 0, str_find(authority, '/'));
    authority = str_slice(authority, 0, str_find(authority, '?'));
    if (str_find(authority, '@') == authority.n)
        return false;
    authority = str_slice(authority, 0, str_find(authority, '@'));
    return str_find(authority, ':') < authority.n;
}
