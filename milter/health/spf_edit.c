#include "health/spf_edit.h"

#include <string.h>

static bool is_modifier(struct str w)
{
    for (size_t i = 0; i < w.n && w.p[i] != ':' && w.p[i] != '/'; i++)
        if (w.p[i] == '=')
            return true;
    return false;
}

/* The milder of two ends: ?, ~, -.  + is none. */
static char milder(char a, char b)
{
    static const char order[] = "-~?";
    const char *x = a == 0 ? NULL : strchr(order, a), *y = b == 0 ? NULL : strchr(order, b);

    if (x == NULL || y == NULL)
        return x == NULL ? b : a;
    return x > y ? a : b;
}

static bool has_term(const struct spf_edit *e, struct str term)
{
    for (size_t i = 0; i < e->n; i++)
        if (str_eq_nocase(e->term[i], term))
            return true;
    return false;
}

bool spf_term_same(const struct spf_term *a, const struct spf_term *b)
{
    struct str x = a->text, y = b->text;

    x = str_slice(x, x.n > 0 && x.p[0] == '+' ? 1 : 0, x.n);
    y = str_slice(y, y.n > 0 && y.p[0] == '+' ? 1 : 0, y.n);
    return str_eq_nocase(x, y);
}

bool spf_term_within(const struct spf_term *a, const struct spf_term *b)
{
    if (a->kind != b->kind || a->qualifier != b->qualifier || (a->kind != SPF_TERM_IP4 && a->kind != SPF_TERM_IP6))
        return false;
    return a->kind == SPF_TERM_IP4 ? b->bits4 <= a->bits4 && ip_in_prefix(&a->network, &b->network, b->bits4)
                                   : b->bits6 <= a->bits6 && ip_in_prefix(&a->network, &b->network, b->bits6);
}

void spf_edit_add(struct spf_edit *e, struct str term)
{
    if (e->n == SPF_EDIT_TERMS_MAX)
        e->over = true;
    else
        e->term[e->n++] = term;
}

static void read_modifier(struct spf_edit *e, struct str w, bool merging)
{
    size_t eq = str_find(w, '=');
    struct str name = str_slice(w, 0, eq), value = str_slice(w, eq + 1, w.n);

    if (str_eq_nocase(name, STR("redirect")) && merging) {
        struct strbuf b = strbuf_new(e->arena, value.n + 10);

        strbuf_puts(&b, "include:");
        strbuf_put(&b, value);
        if (!has_term(e, strbuf_str(&b)))
            spf_edit_add(e, strbuf_str(&b));
    } else if (str_eq_nocase(name, STR("redirect"))) {
        e->redirect = value;
    } else if (str_eq_nocase(name, STR("exp"))) {
        e->exp = e->exp.n > 0 ? e->exp : value;
    } else if (e->others < sizeof e->other / sizeof e->other[0]) {
        e->other[e->others++] = w;
    } else {
        e->over = true;
    }
}

void spf_edit_read(struct spf_edit *e, struct str text, bool merging)
{
    struct str rest = str_slice(text, 6, text.n);
    char end = 0;
    bool all = false;

    while (rest.n > 0) {
        size_t n = str_find(rest, ' ');
        struct str w = str_slice(rest, 0, n), bare = w;

        rest = str_slice(rest, n + 1, rest.n);
        if (w.n > 0 && strchr("+-~?", w.p[0]) != NULL)
            bare = str_slice(w, 1, w.n);
        if (w.n == 0)
            continue;
        if (str_eq_nocase(bare, STR("all"))) {
            e->changed = e->changed || all;
            end = all ? end : bare.n == w.n ? '+' : w.p[0];
            all = true;
        } else if (is_modifier(w)) {
            read_modifier(e, w, merging);
        } else if (!merging || !has_term(e, w)) {
            e->changed = e->changed || all; /* it comes before all now */
            spf_edit_add(e, w);
        }
    }
    e->end = merging ? milder(e->end, end == '+' ? 0 : end) : end;
    if (all && e->redirect.n > 0 && !merging) {
        e->redirect = STR_NONE;
        e->changed = true;
    }
}

struct str spf_edit_text(struct spf_edit *e)
{
    struct strbuf b = strbuf_new(e->arena, SPF_EDIT_TEXT_MAX);

    strbuf_puts(&b, "v=spf1");
    for (size_t i = 0; i < e->n; i++) {
        strbuf_putc(&b, ' ');
        strbuf_put(&b, e->term[i]);
    }
    if (e->end != 0)
        strbuf_putf(&b, " %call", e->end);
    if (e->redirect.n > 0)
        strbuf_putf(&b, " redirect=%.*s", STR_FMT(e->redirect));
    if (e->exp.n > 0)
        strbuf_putf(&b, " exp=%.*s", STR_FMT(e->exp));
    for (size_t i = 0; i < e->others; i++)
        strbuf_putf(&b, " %.*s", STR_FMT(e->other[i]));
    e->over = e->over || b.over;
    return strbuf_str(&b);
}
