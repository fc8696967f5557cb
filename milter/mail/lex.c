#include "mail/lex.h"

#include <string.h>

bool lex_take(struct lex *l, char c)
{
    if (!lex_sees(l, c))
        return false;
    l->at++;
    return true;
}

/*
 * comment = "(" *([FWS] ccontent) [FWS] ")" ; ccontent = ctext / quoted-pair / comment
 * Counted, not recursed into.
 */
static bool comment(struct lex *l)
{
    unsigned depth = 0;

    while (l->at < l->s.n) {
        char c = l->s.p[l->at++];

        if (c == '\\')
            l->at++;
        else if (c == '(' && ++depth > LEX_COMMENT_DEPTH_MAX)
            return false;
        else if (c == ')' && --depth == 0)
            return true;
        else if (c == '\0')
            return false;
    }
    l->at = l->s.n; /* a backslash at the end steps past it */
    return false;
}

bool lex_cfws(struct lex *l)
{
    while (l->at < l->s.n) {
        char c = l->s.p[l->at];

        if (char_is_fws(c))
            l->at++;
        else if (c != '(')
            break;
        else if (!comment(l))
            return false;
    }
    return true;
}

struct str lex_span(struct lex *l, bool (*is)(char))
{
    size_t from = l->at;

    while (l->at < l->s.n && is(l->s.p[l->at]))
        l->at++;
    return str_slice(l->s, from, l->at);
}

/* quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE ; qcontent = qtext / quoted-pair */
bool lex_quoted(struct lex *l, struct str *inner)
{
    size_t from = ++l->at;

    while (l->at < l->s.n) {
        char c = l->s.p[l->at++];

        if (c == '\\') {
            l->at++;
        } else if (c == '"') {
            *inner = str_slice(l->s, from, l->at - 1);
            return true;
        } else if (c == '\0') {
            return false;
        }
    }
    l->at = l->s.n;
    return false;
}

struct str lex_unquote(struct arena *a, struct str inner)
{
    char *text = arena_alloc(a, inner.n + 1);
    size_t n = 0;

    if (text == NULL)
        return STR_NONE;
    for (size_t i = 0; i < inner.n; i++) {
        if (inner.p[i] == '\\' && i + 1 < inner.n)
            i++;
        if (inner.p[i] != '\r' && inner.p[i] != '\n')
            text[n++] = inner.p[i];
    }
    return (struct str){text, n};
}

bool lex_is_token(char c)
{
    switch (c) {
    case '(':
    case ')':
    case '<':
    case '>':
    case '@':
    case ',':
    case ';':
    case ':':
    case '\\':
    case '"':
    case '/':
    case '[':
    case ']':
    case '?':
    case '=': return false;
    default: return c > ' ' && c <= '~';
    }
}

bool lex_is_domain(char c)
{
    return char_is_alnum(c) || c == '-' || c == '_' || c == '.' || (unsigned char)c >= 0x80;
}

bool lex_is_authserv_id(char c)
{
    return lex_is_token(c) || c == '/' || (unsigned char)c >= 0x80;
}

bool lex_is_atext(char c)
{
    return char_is_alnum(c) || (unsigned char)c >= 0x80 || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool lex_is_blank_or_control(char c)
{
    return (unsigned char)c <= ' ' || c == 0x7f;
}

bool lex_is_name(struct str name, struct str wanted)
{
    while (name.n > 0 && lex_is_blank_or_control(name.p[name.n - 1]))
        name.n--;
    while (name.n > 0 && lex_is_blank_or_control(name.p[0]))
        name = str_slice(name, 1, name.n);
    return str_eq_nocase(name, wanted);
}
