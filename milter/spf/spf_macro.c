#include "spf/spf_macro.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mail/domain.h"

enum { PARTS_ALL = 0, PARTS_MAX = 1000, VALUE_MAX = 80 };

/* A run of macro-literals, or one macro-expand. */
struct piece {
    struct str literal; /* text that stands for itself */
    bool expand;        /* written as a macro-expand: "%{...}", or "%%", "%_", "%-" with its text in literal */
    char letter;        /* macro-letter in lower case; '\0' for a literal */
    bool url;           /* it was in upper case: URL-escape */
    bool reverse;
    unsigned keep;      /* rightmost parts to keep, or PARTS_ALL */
    struct str delimiters;
};

static bool spf_macro_is_one_of(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* RFC 7208 section 7.1: macro-literal = %x21-24 / %x26-7E ; explain-string adds SP */
static bool is_literal(char c, enum spf_macro_place place)
{
    return (c > ' ' && c <= '~' && c != '%') || (c == ' ' && place == SPF_MACRO_EXPLAIN);
}

/* macro-letter = "s" / "l" / "o" / "d" / "i" / "p" / "h" / "c" / "r" / "t" / "v" */
static enum rc letter_parse(char c, enum spf_macro_place place, struct piece *out, struct err *e)
{
    out->letter = char_lower(c);
    out->url = out->letter != c;
    if (!spf_macro_is_one_of("slodiphcrtv", out->letter))
        return err_set(e, RC_BAD, "unknown macro letter");
    if (place == SPF_MACRO_DOMAIN && spf_macro_is_one_of("crt", out->letter))
        return err_set(e, RC_BAD, "%%{%c} is for explanations only", out->letter);
    return RC_OK;
}

/* transformers = *DIGIT [ "r" ], and the number is not zero (section 7.3); returns the bytes read. */
static enum rc transformers_parse(struct str body, struct piece *out, size_t *used, struct err *e)
{
    size_t i = 0;

    for (; i < body.n && char_is_digit(body.p[i]); i++)
        if (out->keep <= PARTS_MAX)
            out->keep = out->keep * 10 + (unsigned)(body.p[i] - '0');
    if (i > 0 && out->keep == 0)
        return err_set(e, RC_BAD, "a macro that keeps 0 parts");
    out->reverse = i < body.n && char_lower(body.p[i]) == 'r';
    *used = i + out->reverse;
    return RC_OK;
}

/* "%{" macro-letter transformers *delimiter "}" ; `body` is what stands between the braces */
static enum rc braces_parse(struct str body, enum spf_macro_place place, struct piece *out, struct err *e)
{
    size_t used = 0;
    enum rc rc;

    if (body.n == 0)
        return err_set(e, RC_BAD, "macro without a letter");
    rc = letter_parse(body.p[0], place, out, e);
    if (rc != RC_OK)
        return rc;
    body = str_slice(body, 1, body.n);
    rc = transformers_parse(body, out, &used, e);
    if (rc != RC_OK)
        return rc;
    out->delimiters = str_slice(body, used, body.n);
    for (size_t i = 0; i < out->delimiters.n; i++)
        if (!spf_macro_is_one_of(".-+,/_=", out->delimiters.p[i]))
            return err_set(e, RC_BAD, "malformed macro");
    if (out->delimiters.n == 0)
        out->delimiters = STR(".");
    return RC_OK;
}

/* `rest` begins with '%'. */
static enum rc expand_next(struct str *rest, enum spf_macro_place place, struct piece *out, struct err *e)
{
    char c = rest->n > 1 ? rest->p[1] : '\0';
    struct str body;
    size_t close;

    *out = (struct piece){.expand = true};
    body = str_slice(*rest, 2, rest->n);
    switch (c) {
    case '%': out->literal = STR("%"); break;
    case '_': out->literal = STR(" "); break;
    case '-': out->literal = STR("%20"); break;
    case '{':
        close = str_find(body, '}');
        if (close == body.n)
            return err_set(e, RC_BAD, "macro without its \"}\"");
        *rest = str_slice(body, close + 1, body.n);
        return braces_parse(str_slice(body, 0, close), place, out, e);
    default: return err_set(e, RC_BAD, "\"%%\" must be followed by one of { %% _ -");
    }
    *rest = body;
    return RC_OK;
}

/* Takes the next piece off `rest`, which must not be empty. */
static enum rc piece_next(struct str *rest, enum spf_macro_place place, struct piece *out, struct err *e)
{
    size_t n = 0;

    if (rest->p[0] == '%')
        return expand_next(rest, place, out, e);
    while (n < rest->n && is_literal(rest->p[n], place))
        n++;
    if (n < rest->n && rest->p[n] != '%')
        return err_set(e, RC_BAD, "byte 0x%02x, which SPF does not allow", (unsigned char)rest->p[n]);
    *out = (struct piece){.literal = str_slice(*rest, 0, n)};
    *rest = str_slice(*rest, n, rest->n);
    return RC_OK;
}

enum rc spf_macro_check(struct str text, enum spf_macro_place place, struct err *e)
{
    while (text.n > 0) {
        struct piece piece;
        enum rc rc = piece_next(&text, place, &piece, e);

        if (rc != RC_OK)
            return rc;
    }
    return RC_OK;
}

/* toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum ) */
static bool is_toplabel(struct str label)
{
    bool numeric = true;

    if (label.n == 0 || label.p[0] == '-' || label.p[label.n - 1] == '-')
        return false;
    for (size_t i = 0; i < label.n; i++) {
        if (!char_is_alnum(label.p[i]) && label.p[i] != '-')
            return false;
        numeric = numeric && char_is_digit(label.p[i]);
    }
    return !numeric;
}

/* "." toplabel [ "." ] at the end of the literals after the last macro */
static bool ends_in_toplabel(struct str tail)
{
    size_t dot;

    if (tail.n > 0 && tail.p[tail.n - 1] == '.')
        tail.n--;
    for (dot = tail.n; dot > 0; dot--)
        if (tail.p[dot - 1] == '.')
            return is_toplabel(str_slice(tail, dot, tail.n));
    return false;
}

/* domain-spec = macro-string domain-end ; domain-end = ( "." toplabel [ "." ] ) / macro-expand */
enum rc spf_macro_check_domain(struct str text, struct err *e)
{
    struct piece last = {.expand = false};

    if (text.n == 0)
        return err_set(e, RC_BAD, "the domain is missing");
    while (text.n > 0) {
        enum rc rc = piece_next(&text, SPF_MACRO_DOMAIN, &last, e);

        if (rc != RC_OK)
            return rc;
    }
    if (!last.expand && !ends_in_toplabel(last.literal))
        return err_set(e, RC_BAD, "the domain must have a dot and end in a top-level domain or a macro");
    return RC_OK;
}

bool spf_macro_uses(struct str text, char letter)
{
    while (text.n > 0) {
        struct piece piece;

        if (piece_next(&text, SPF_MACRO_EXPLAIN, &piece, NULL) != RC_OK)
            return false;
        if (piece.letter == letter)
            return true;
    }
    return false;
}

/* ---- expansion, section 7.3 ---- */

/* IPv6: 32 nibbles with dots between; upper case, as the published test suite wants it. */
static struct str ip_dotted(const struct ip *ip, char buf[static VALUE_MAX])
{
    struct strbuf out = strbuf_on(buf, VALUE_MAX);

    if (ip->family == IP_V4)
        return str_of(ip_text(ip, buf));
    for (int i = 0; i < 16; i++)
        strbuf_putf(&out, "%s%X.%X", i == 0 ? "" : ".", ip->b[i] >> 4, ip->b[i] & 15u);
    return strbuf_str(&out);
}

static struct str spf_macro_value_of(char letter, const struct spf_macro_values *v, char buf[static VALUE_MAX])
{
    switch (letter) {
    case 's': return v->sender;
    case 'l': return v->local;
    case 'o': return v->sender_domain;
    case 'd': return v->domain;
    case 'i': return ip_dotted(&v->ip, buf);
    case 'p': return v->validated;
    case 'h': return v->helo;
    case 'c': return str_of(ip_text(&v->ip, buf));
    case 'r': return v->receiver;
    case 'v': return v->ip.family == IP_V4 ? STR("in-addr") : STR("ip6");
    default: (void)snprintf(buf, VALUE_MAX, "%" PRId64, v->now); return str_of(buf);
    }
}

static bool is_delimiter(const struct piece *piece, char c)
{
    return str_find(piece->delimiters, c) < piece->delimiters.n;
}

static struct str first_parts(const struct piece *piece, struct str value)
{
    unsigned seen = 0;

    for (size_t i = 0; i < value.n; i++)
        if (is_delimiter(piece, value.p[i]) && ++seen == piece->keep)
            return str_slice(value, 0, i);
    return value;
}

static struct str last_parts(const struct piece *piece, struct str value)
{
    unsigned seen = 0;

    for (size_t i = value.n; i > 0; i--)
        if (is_delimiter(piece, value.p[i - 1]) && ++seen == piece->keep)
            return str_slice(value, i, value.n);
    return value;
}

/* Upper-case letters: escape all but unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~" (RFC 3986) */
static void put_part(struct strbuf *out, const struct piece *piece, struct str part)
{
    for (size_t i = 0; i < part.n; i++) {
        char c = part.p[i];

        if (!piece->url || char_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
            strbuf_putc(out, c);
        else
            strbuf_putf(out, "%%%02X", (unsigned char)c);
    }
}

/* Parts from last to first, so the rightmost kept after the reversal are the first before it. */
static void put_reversed(struct strbuf *out, const struct piece *piece, struct str value)
{
    size_t end;

    value = first_parts(piece, value);
    end = value.n;
    for (size_t i = value.n; i > 0; i--) {
        if (!is_delimiter(piece, value.p[i - 1]))
            continue;
        put_part(out, piece, str_slice(value, i, end));
        strbuf_putc(out, '.');
        end = i - 1;
    }
    put_part(out, piece, str_slice(value, 0, end));
}

static void put_forward(struct strbuf *out, const struct piece *piece, struct str value)
{
    size_t start = 0;

    value = last_parts(piece, value);
    for (size_t i = 0; i < value.n; i++) {
        if (!is_delimiter(piece, value.p[i]))
            continue;
        put_part(out, piece, str_slice(value, start, i));
        strbuf_putc(out, '.');
        start = i + 1;
    }
    put_part(out, piece, str_slice(value, start, value.n));
}

void spf_macro_expand(struct strbuf *out, struct str text, const struct spf_macro_values *values)
{
    for (unsigned pieces = 0; text.n > 0 && !out->over; pieces++) {
        char buf[VALUE_MAX];
        struct piece piece;

        if (pieces == SPF_MACRO_PIECES_MAX) {
            out->over = true;
            return;
        }
        if (piece_next(&text, SPF_MACRO_EXPLAIN, &piece, NULL) != RC_OK)
            return;
        if (piece.letter == '\0')
            strbuf_put(out, piece.literal);
        else if (piece.reverse)
            put_reversed(out, &piece, spf_macro_value_of(piece.letter, values, buf));
        else
            put_forward(out, &piece, spf_macro_value_of(piece.letter, values, buf));
    }
}

enum rc spf_macro_domain(struct arena *a, struct str spec, const struct spf_macro_values *values, struct str *out)
{
    char mem[SPF_MACRO_EXPANDED_MAX + 1];
    struct strbuf expanded = STRBUF_ON(mem);
    struct str name;
    char *copy;

    *out = STR_NONE;
    spf_macro_expand(&expanded, spec, values);
    if (expanded.over)
        return RC_OK;
    name = strbuf_str(&expanded);
    if (name.n > 0 && name.p[name.n - 1] == '.')
        name.n--;
    while (name.n > DOMAIN_MAX && str_find(name, '.') < name.n)
        name = str_slice(name, str_find(name, '.') + 1, name.n);
    copy = str_dup_lower(a, name);
    if (copy == NULL)
        return RC_NOMEM;
    *out = (struct str){copy, name.n};
    return RC_OK;
}
