/* Writes Authentication-Results: quotes, folds, and bounds what it writes. */
#include "mail/authres.h"

#include "mail/lex.h"

enum {
    COLUMNS_MAX = 76, /* and the ";" of the next result */
    TAB_COLUMNS = 8,
    ITEM_MAX = 2 * AUTHRES_VALUE_MAX + 128 /* "ptype.property=" and a value all of quoted-pairs */
};

static bool is_printable(char c)
{
    return c >= ' ' && c <= '~';
}

static bool is_ldh_or_dot(char c)
{
    return char_is_alnum(c) || c == '-' || c == '.';
}

static bool is_ascii_atext_or_dot(char c)
{
    return c == '.' || ((unsigned char)c < 0x80 && lex_is_atext(c));
}

static bool all(struct str s, bool (*is)(char))
{
    for (size_t i = 0; i < s.n; i++)
        if (!is(s.p[i]))
            return false;
    return true;
}

/* dot-atom-text = 1*atext *("." 1*atext), where `is` tells what may stand between the dots, and dots */
static bool is_dotted(struct str s, bool (*is)(char))
{
    bool dot = true;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' && dot)
            return false;
        dot = s.p[i] == '.';
    }
    return !dot && all(s, is);
}

/* The size of the quoted-string that `value` begins with; 0 when there is none that can be written as it is. */
static size_t quoted_size(struct str value)
{
    if (value.n == 0 || value.p[0] != '"')
        return 0;
    for (size_t i = 1; i < value.n && is_printable(value.p[i]); i++) {
        if (value.p[i] == '"')
            return i + 1;
        if (value.p[i] == '\\' && (++i == value.n || !is_printable(value.p[i])))
            return 0;
    }
    return 0;
}

/* [ [ local-part ] "@" ] domain-name (RFC 8601 section 2.2); a quoted local part keeps its own quotes, no others */
static bool is_bare_identity(struct str value)
{
    size_t quoted = quoted_size(value), at = quoted > 0 ? quoted : str_find(value, '@');
    struct str local = str_slice(value, 0, at);

    return at < value.n && value.p[at] == '@' &&
           (quoted > 0 || local.n == 0 || is_dotted(local, is_ascii_atext_or_dot)) &&
           is_dotted(str_slice(value, at + 1, value.n), is_ldh_or_dot);
}

static void put_quoted(struct strbuf *b, struct str text)
{
    strbuf_putc(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            strbuf_putc(b, '\\');
        strbuf_putc(b, is_printable(text.p[i]) ? text.p[i] : '?');
    }
    strbuf_putc(b, '"');
}

static void put_value(struct strbuf *b, struct str value)
{
    if ((value.n > 0 && all(value, lex_is_token)) || is_bare_identity(value))
        strbuf_put(b, value);
    else
        put_quoted(b, value);
}

/* Appends what is no result's; keeps count of the column. */
static void put_raw(struct authres_writer *w, const char *text)
{
    struct str s = str_of(text);

    strbuf_put(w->out, s);
    for (size_t i = 0; i < s.n; i++)
        w->column = s.p[i] == '\n' ? 0 : w->column + (s.p[i] == '\t' ? TAB_COLUMNS : 1);
}

/* Takes back the result being written if it passed the limit. */
static void check_room(struct authres_writer *w)
{
    if (!w->out->over && w->out->n <= w->end)
        return;
    w->out->n = w->mark_n;
    w->out->p[w->mark_n] = '\0';
    w->out->over = w->end == 0;
    w->column = w->mark_column;
    w->methods--;
    w->dropped = true;
    w->over = true;
}

/* A reason, property or comment of the result being written, on this line if it fits. */
static void put_item(struct authres_writer *w, const struct strbuf *item)
{
    MUST(!item->over);
    if (w->dropped)
        return;
    put_raw(w, w->column + 1 + item->n > COLUMNS_MAX ? "\n\t" : " ");
    put_raw(w, item->p);
    check_room(w);
}

void authres_begin(struct authres_writer *w, struct strbuf *out, const char *authserv_id)
{
    size_t from = out->n;

    *w = (struct authres_writer){.out = out, .end = out->n + AUTHRES_WRITE_MAX};
    put_value(out, str_of(authserv_id));
    if (out->over)
        w->end = 0; /* not even the id fits */
    w->column = sizeof "Authentication-Results: " - 1 + out->n - from;
}

void authres_method(struct authres_writer *w, const char *method, const char *result)
{
    w->mark_n = w->out->n;
    w->mark_column = w->column;
    w->dropped = false;
    w->methods++;
    put_raw(w, ";\n\t");
    put_raw(w, method);
    put_raw(w, "=");
    put_raw(w, result);
    check_room(w);
}

void authres_reason(struct authres_writer *w, struct str text)
{
    char mem[ITEM_MAX];
    struct strbuf item = STRBUF_ON(mem);

    strbuf_puts(&item, "reason=");
    put_quoted(&item, str_slice(text, 0, AUTHRES_VALUE_MAX));
    put_item(w, &item);
}

void authres_comment(struct authres_writer *w, const char *text)
{
    char mem[ITEM_MAX];
    struct strbuf item = STRBUF_ON(mem);

    for (const char *c = text; *c != '\0'; c++)
        MUST(is_printable(*c) && *c != '(' && *c != ')' && *c != '\\');
    strbuf_putc(&item, '(');
    strbuf_puts(&item, text);
    strbuf_putc(&item, ')');
    put_item(w, &item);
}

bool authres_prop(struct authres_writer *w, const char *ptype, const char *property, struct str value)
{
    char mem[ITEM_MAX];
    struct strbuf item = STRBUF_ON(mem);

    if (value.n > AUTHRES_VALUE_MAX || !all(value, is_printable))
        return false;
    strbuf_puts(&item, ptype);
    strbuf_putc(&item, '.');
    strbuf_puts(&item, property);
    strbuf_putc(&item, '=');
    put_value(&item, value);
    put_item(w, &item);
    return true;
}

void authres_end(struct authres_writer *w)
{
    if (w->methods == 0)
        put_raw(w, "; none");
}
