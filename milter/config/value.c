#include "config/value.h"

#include <string.h>

#include "base/database_url.h"

enum { VALUE_SHOWN = 80, LIST_MAX = 1000 };

static void *value_field(struct config *c, const struct option *o)
{
    return (char *)c + o->offset;
}

static const void *field_const(const struct config *c, const struct option *o)
{
    return (const char *)c + o->offset;
}

/* "NAME: "VALUE" is TEXT; REMEDY" with the value tamed for the terminal, and without one that holds a password. */
static enum rc value_bad(const struct option *o, struct str value, const char *what, const char *want,
                         struct err *e)
{
    char mem[4 * VALUE_SHOWN + 8];
    struct strbuf shown = STRBUF_ON(mem);

    if (database_url_has_password(value))
        return err_set(e, RC_BAD, "%s: its value holds a password, and is not shown here; %s", o->name, want);
    strbuf_put_escaped(&shown, value, VALUE_SHOWN);
    return err_set(e, RC_BAD, "%s: \"%s\" is %s; %s", o->name, shown.p, what, want);
}

static enum rc value_no_memory(const struct option *o, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for its value", o->name);
}

/* ---- numbers ---- */

static bool octal_parse(struct str s, uint32_t *out)
{
    *out = 0;
    if (s.n == 0 || s.n > 6)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '7')
            return false;
        *out = *out * 8 + (uint32_t)(s.p[i] - '0');
    }
    return true;
}

/* What the suffix letter multiplies by; 0 when this type does not know it. */
static uint32_t unit_of(enum option_type type, char suffix)
{
    switch (char_lower(suffix)) {
    case 's': return type == OPTION_SECONDS ? 1 : 0;
    case 'm': return type == OPTION_SECONDS ? 60 : type == OPTION_SIZE ? 1u << 20 : 0;
    case 'k': return type == OPTION_SIZE ? 1u << 10 : 0;
    default: return 0;
    }
}

static bool number_parse(const struct option *o, struct str s, uint32_t *out)
{
    uint32_t unit = 1;

    if (o->type == OPTION_OCTAL)
        return octal_parse(s, out);
    if (s.n > 0 && !char_is_digit(s.p[s.n - 1])) {
        unit = unit_of(o->type, s.p[s.n - 1]);
        s = str_trim(str_slice(s, 0, s.n - 1));
    }
    if (unit == 0 || !str_to_u32(s, out) || *out > UINT32_MAX / unit)
        return false;
    *out *= unit;
    return true;
}

static void bounds_text(const struct option *o, struct strbuf *out)
{
    static const char *const plain[] = {
        [OPTION_NUMBER] = "", [OPTION_SECONDS] = " seconds", [OPTION_SIZE] = " bytes, or with suffix K or M",
    };

    if (o->type == OPTION_OCTAL)
        strbuf_putf(out, "write an octal number from %o to 0%o", o->min, o->max);
    else
        strbuf_putf(out, "write a number from %u to %u%s", o->min, o->max, plain[o->type]);
}

static enum rc set_number(struct config *c, const struct option *o, struct str text, struct err *e)
{
    char mem[100];
    struct strbuf want = STRBUF_ON(mem);
    uint32_t n;

    bounds_text(o, &want);
    if (!number_parse(o, text, &n))
        return value_bad(o, text, o->type == OPTION_OCTAL ? "not an octal number" : "not a number", want.p, e);
    if (n < o->min || n > o->max)
        return value_bad(o, text, "out of bounds", want.p, e);
    *(unsigned *)value_field(c, o) = n;
    return RC_OK;
}

/* ---- words ---- */

static enum rc set_bool(struct config *c, const struct option *o, struct str text, struct err *e)
{
    static const char *const no_yes[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    static const struct enum_names words = ENUM_NAMES(no_yes);
    int which;

    if (!enum_value(&words, text, &which))
        return value_bad(o, text, "neither yes nor no", "write yes or no", e);
    *(bool *)value_field(c, o) = which % 2 == 1;
    return RC_OK;
}

/* Where yes and no are among the words, what else options take for them is, too: these were such options once. */
static struct str plain_word(const struct option *o, struct str text)
{
    static const char *const aliases[] = {"false", "true", "off", "on", "0", "1"};
    static const struct enum_names words = ENUM_NAMES(aliases);
    int which, yes, no;

    if (!enum_value(o->words, STR("yes"), &yes) || !enum_value(o->words, STR("no"), &no) ||
        !enum_value(&words, text, &which))
        return text;
    return which % 2 == 1 ? STR("yes") : STR("no");
}

static enum rc set_word(struct config *c, const struct option *o, struct str text, struct err *e)
{
    char mem[200];
    struct strbuf want = STRBUF_ON(mem);

    if (enum_value(o->words, plain_word(o, text), value_field(c, o)))
        return RC_OK;
    for (int i = 0; i < o->words->count; i++)
        strbuf_putf(&want, "%s%s", i == 0 ? "write " : i == o->words->count - 1 ? " or " : ", ",
                    enum_name(o->words, i));
    return value_bad(o, text, "not one of its values", want.p, e);
}

/* ---- texts ---- */

/* What can be written between double quotes and comes back as it was. */
static bool quotable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f || s.p[i] == '"' || s.p[i] == '\\')
            return false;
    return true;
}

static enum rc text_item(struct arena *a, const struct option *o, struct str text, const char **out,
                         struct err *e)
{
    const char *want = "";

    if (!quotable(text))
        return value_bad(o, text, "not plain text", "leave out quotes, backslashes and control characters", e);
    if (o->check != NULL && !o->check(text, &want))
        return value_bad(o, text, "not understood", want, e);
    *out = str_dup(a, text);
    return *out == NULL ? value_no_memory(o, e) : RC_OK;
}

static bool is_separator(char ch)
{
    return ch == ',' || char_is_fws(ch);
}

/* Takes the next item off `rest`; false when there is none. */
static bool next_item(struct str *rest, struct str *item)
{
    size_t from = 0, to;

    while (from < rest->n && is_separator(rest->p[from]))
        from++;
    to = from;
    while (to < rest->n && !is_separator(rest->p[to]))
        to++;
    *item = str_slice(*rest, from, to);
    *rest = str_slice(*rest, to, rest->n);
    return item->n > 0;
}

static size_t count_items(struct str text)
{
    struct str item;
    size_t n = 0;

    while (next_item(&text, &item))
        n++;
    return n;
}

static enum rc set_texts(struct arena *a, struct config *c, const struct option *o, struct str text,
                         size_t n, struct err *e)
{
    struct string_list list = {.item = arena_array(a, n, sizeof *list.item)};
    struct str item;

    if (list.item == NULL)
        return value_no_memory(o, e);
    while (next_item(&text, &item)) {
        enum rc rc = text_item(a, o, item, &list.item[list.n], e);

        if (rc != RC_OK)
            return rc;
        list.n++;
    }
    *(struct string_list *)value_field(c, o) = list;
    return RC_OK;
}

static enum rc set_networks(struct arena *a, struct config *c, const struct option *o, struct str text,
                            size_t n, struct err *e)
{
    struct net_list list = {.item = arena_array(a, n, sizeof *list.item)};
    struct str item;

    if (list.item == NULL)
        return value_no_memory(o, e);
    while (next_item(&text, &item))
        if (!ip_net_parse(item, &list.item[list.n++]))
            return value_bad(o, item, "not a network", "write addresses or networks: 192.0.2.1, 2001:db8::/32",
                             e);
    *(struct net_list *)value_field(c, o) = list;
    return RC_OK;
}

enum rc value_set(struct arena *a, struct config *c, const struct option *o, struct str text, struct err *e)
{
    size_t items = option_is_list(o) ? count_items(text) : 0;

    if (items > LIST_MAX)
        return err_set(e, RC_LIMIT, "%s: more than %d items; join networks, or drop some", o->name, LIST_MAX);
    switch (o->type) {
    case OPTION_TEXT: return text_item(a, o, text, value_field(c, o), e);
    case OPTION_BOOL: return set_bool(c, o, text, e);
    case OPTION_WORD: return set_word(c, o, text, e);
    case OPTION_TEXTS: return set_texts(a, c, o, text, items, e);
    case OPTION_NETWORKS: return set_networks(a, c, o, text, items, e);
    case OPTION_NUMBER:
    case OPTION_OCTAL:
    case OPTION_SECONDS:
    case OPTION_SIZE: return set_number(c, o, text, e);
    }
    return err_set(e, RC_INTERNAL, "%s: option of unknown type", o->name);
}

/* ---- back to text ---- */

static void print_size(unsigned n, FILE *to)
{
    if (n >= 1u << 20 && n % (1u << 20) == 0)
        (void)fprintf(to, "%uM", n >> 20);
    else if (n >= 1u << 10 && n % (1u << 10) == 0)
        (void)fprintf(to, "%uK", n >> 10);
    else
        (void)fprintf(to, "%u", n);
}

static void print_texts(const struct string_list *list, FILE *to)
{
    (void)fputc('{', to);
    for (size_t i = 0; i < list->n; i++)
        (void)fprintf(to, "%s\"%s\"", i == 0 ? "" : ", ", list->item[i]);
    (void)fputc('}', to);
}

static void print_networks(const struct net_list *list, FILE *to)
{
    char buf[IP_TEXT_MAX];

    (void)fputc('{', to);
    for (size_t i = 0; i < list->n; i++) {
        const struct ip_net *net = &list->item[i];
        bool whole = net->bits == (net->addr.family == IP_V4 ? 32 : 128);

        (void)fprintf(to, "%s\"%s", i == 0 ? "" : ", ", ip_text(&net->addr, buf));
        if (!whole)
            (void)fprintf(to, "/%u", net->bits);
        (void)fputc('"', to);
    }
    (void)fputc('}', to);
}

void value_print(const struct config *c, const struct option *o, FILE *to)
{
    const void *f = field_const(c, o);

    switch (o->type) {
    case OPTION_TEXT: (void)fprintf(to, "\"%s\"", *(const char *const *)f); break;
    case OPTION_BOOL: (void)fputs(*(const bool *)f ? "yes" : "no", to); break;
    case OPTION_WORD: (void)fputs(enum_name(o->words, *(const int *)f), to); break;
    case OPTION_TEXTS: print_texts(f, to); break;
    case OPTION_NETWORKS: print_networks(f, to); break;
    case OPTION_OCTAL: (void)fprintf(to, "%03o", *(const unsigned *)f); break;
    case OPTION_SIZE: print_size(*(const unsigned *)f, to); break;
    case OPTION_NUMBER:
    case OPTION_SECONDS: (void)fprintf(to, "%u", *(const unsigned *)f); break;
    }
}

static bool texts_equal(const struct string_list *a, const struct string_list *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->item[i], b->item[i]) != 0)
            return false;
    return true;
}

static bool networks_equal(const struct net_list *a, const struct net_list *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!ip_eq(&a->item[i].addr, &b->item[i].addr) || a->item[i].bits != b->item[i].bits)
            return false;
    return true;
}

bool value_equal(const struct config *a, const struct config *b, const struct option *o)
{
    const void *x = field_const(a, o), *y = field_const(b, o);

    switch (o->type) {
    case OPTION_TEXT: return strcmp(*(const char *const *)x, *(const char *const *)y) == 0;
    case OPTION_BOOL: return *(const bool *)x == *(const bool *)y;
    case OPTION_WORD: return *(const int *)x == *(const int *)y;
    case OPTION_TEXTS: return texts_equal(x, y);
    case OPTION_NETWORKS: return networks_equal(x, y);
    case OPTION_NUMBER:
    case OPTION_OCTAL:
    case OPTION_SECONDS:
    case OPTION_SIZE: return *(const unsigned *)x == *(const unsigned *)y;
    }
    return false;
}
