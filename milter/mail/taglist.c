#include "mail/taglist.h"

#include <string.h>

/* tag-name = ALPHA *ALNUMPUNC ; ALNUMPUNC = ALPHA / DIGIT / "_" */
static bool taglist_name_valid(struct str s)
{
    if (s.n == 0 || !char_is_alpha(s.p[0]))
        return false;
    for (size_t i = 1; i < s.n; i++)
        if (!char_is_alnum(s.p[i]) && s.p[i] != '_')
            return false;
    return true;
}

/* tval = 1*VALCHAR ; VALCHAR = %x21-3A / %x3C-7E, with FWS between; UTF-8 by RFC 8616 */
static bool value_valid(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c == 0x7f || (c < 0x21 && !char_is_fws(s.p[i])))
            return false;
    }
    return true;
}

static enum rc tag_parse(struct str spec, struct tag *out, struct err *e)
{
    size_t eq = str_find(spec, '=');

    if (eq == spec.n)
        return err_set(e, RC_BAD, "tag without \"=\"");
    out->name = str_trim(str_slice(spec, 0, eq));
    out->value = str_trim(str_slice(spec, eq + 1, spec.n));
    if (!taglist_name_valid(out->name))
        return err_set(e, RC_BAD, "malformed tag name");
    if (!value_valid(out->value))
        return err_set(e, RC_BAD, "control character in tag %.*s=", STR_FMT(out->name));
    return RC_OK;
}

static bool has_tag(const struct taglist *list, struct str name)
{
    for (size_t i = 0; i < list->n; i++)
        if (str_eq(list->tag[i].name, name))
            return true;
    return false;
}

enum rc taglist_parse(struct arena *a, struct str text, struct taglist *out, struct err *e)
{
    struct tag tags[TAGLIST_MAX], *kept;
    struct taglist list = {.n = 0, .tag = tags};

    while (text.n > 0) {
        size_t end = str_find(text, ';');
        struct str spec = str_slice(text, 0, end);
        bool last = end >= text.n;
        enum rc rc;

        text = str_slice(text, end + 1, text.n);
        if (str_trim(spec).n == 0) {
            if (!last)
                return err_set(e, RC_BAD, "empty tag");
            break; /* blanks after the optional trailing ";" */
        }
        if (list.n == TAGLIST_MAX)
            return err_set(e, RC_LIMIT, "more than %d tags", TAGLIST_MAX);
        rc = tag_parse(spec, &tags[list.n], e);
        if (rc != RC_OK)
            return rc;
        if (has_tag(&list, tags[list.n].name))
            return err_set(e, RC_BAD, "duplicate tag %.*s=", STR_FMT(tags[list.n].name));
        list.n++;
    }
    kept = arena_array(a, list.n, sizeof *kept);
    if (kept == NULL)
        return err_set(e, RC_NOMEM, "no memory for a tag list");
    if (list.n > 0)
        memcpy(kept, tags, list.n * sizeof *kept);
    *out = (struct taglist){.n = list.n, .tag = kept};
    return RC_OK;
}

bool taglist_get(const struct taglist *list, const char *name, struct str *value)
{
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq(list->tag[i].name, str_of(name))) {
            *value = list->tag[i].value;
            return true;
        }
    }
    return false;
}

char *taglist_unfold(struct arena *a, struct str value)
{
    char *copy = arena_alloc(a, value.n + 1);
    size_t n = 0;

    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < value.n; i++)
        if (!char_is_fws(value.p[i]))
            copy[n++] = value.p[i];
    copy[n] = '\0';
    return copy;
}
