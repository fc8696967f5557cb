#include "syntax/sections.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/domain_name.h"
#include "syntax/parse.h"
#include "syntax/textfile.h"

enum { VALUE_SHOWN = 60 };

enum rc sections_bad(const struct sections *f, struct place place, struct err *e, const char *fmt, ...)
{
    char what[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    if (place.line == 0)
        return err_set(e, RC_BAD, "%s: %s", f->path, what);
    if (place.column == 0)
        return err_set(e, RC_BAD, "%s:%u: %s", f->path, place.line, what);
    return err_set(e, RC_BAD, "%s:%u:%u: %s", f->path, place.line, place.column, what);
}

enum rc sections_parse(struct arena *a, struct str text, const char *path, const struct section_kind *kind,
                       struct sections *out, struct err *e)
{
    *out = (struct sections){.path = path, .kind = kind};
    return parse_sections(a, text, out, e);
}

enum rc sections_read(struct arena *a, const char *path, const struct section_kind *kind, struct sections *out,
                      struct err *e)
{
    struct str text;
    enum rc rc = textfile_read(a, path, SECTIONS_FILE_MAX, &text, e);

    *out = (struct sections){.path = path, .kind = kind};
    return rc == RC_OK ? parse_sections(a, text, out, e) : rc;
}

/* ---- values ---- */

const char *section_text(struct arena *a, const struct section *s, size_t field)
{
    const struct section_value *v = &s->value[field];

    return v->n == 0 ? "" : str_dup(a, str_of(v->item[0].text));
}

enum rc section_texts(struct arena *a, const struct section *s, size_t field, struct string_list *out)
{
    const struct section_value *v = &s->value[field];

    *out = (struct string_list){.item = arena_array(a, v->n, sizeof *out->item)};
    if (v->n > 0 && out->item == NULL)
        return RC_NOMEM;
    for (; out->n < v->n; out->n++) {
        out->item[out->n] = str_dup(a, str_of(v->item[out->n].text));
        if (out->item[out->n] == NULL)
            return RC_NOMEM;
    }
    return RC_OK;
}

static enum rc sections_no_memory(const struct sections *f, struct err *e)
{
    return err_set(e, RC_NOMEM, "%s: no memory for what it holds", f->path);
}

/* "FIELD: "VALUE" is no …; remedy" with the value tamed for the terminal. */
static enum rc item_bad(const struct sections *f, size_t field, const struct section_item *item, const char *what,
                        struct err *e)
{
    char mem[4 * VALUE_SHOWN + 8];
    struct strbuf shown = STRBUF_ON(mem);

    strbuf_put_escaped(&shown, str_of(item->text), VALUE_SHOWN);
    return sections_bad(f, item->place, e, "%s: \"%s\" is %s", f->kind->field[field].name, shown.p, what);
}

enum rc section_domains(struct arena *a, const struct sections *f, const struct section *s, size_t field,
                        struct string_list *out, struct err *e)
{
    const struct section_value *v = &s->value[field];

    *out = (struct string_list){.item = arena_array(a, v->n, sizeof *out->item)};
    if (v->n > 0 && out->item == NULL)
        return sections_no_memory(f, e);
    for (; out->n < v->n; out->n++) {
        struct str text = str_of(v->item[out->n].text);

        if (domain_name_labels(text) < 2)
            return item_bad(f, field, &v->item[out->n], "no domain; write it as example.com, without dots around "
                            "it, and other alphabets as A-labels (xn--)", e);
        out->item[out->n] = str_dup_lower(a, text);
        if (out->item[out->n] == NULL)
            return sections_no_memory(f, e);
    }
    return RC_OK;
}

enum rc section_networks(struct arena *a, const struct sections *f, const struct section *s, size_t field,
                         struct net_list *out, struct err *e)
{
    enum { V4_BITS_MIN = 8, V6_BITS_MIN = 16 };
    const struct section_value *v = &s->value[field];

    *out = (struct net_list){.item = arena_array(a, v->n, sizeof *out->item)};
    if (v->n > 0 && out->item == NULL)
        return sections_no_memory(f, e);
    for (; out->n < v->n; out->n++) {
        struct ip_net *net = &out->item[out->n];

        if (!ip_net_parse(str_of(v->item[out->n].text), net))
            return item_bad(f, field, &v->item[out->n], "no network; write it as 192.0.2.0/24 or 2001:db8::/32", e);
        if (net->bits < (net->addr.family == IP_V4 ? V4_BITS_MIN : V6_BITS_MIN))
            return item_bad(f, field, &v->item[out->n], "more of the Internet than one sender has; write a longer "
                            "prefix", e);
    }
    return RC_OK;
}
