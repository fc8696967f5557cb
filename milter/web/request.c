#include "web/request.h"

#include <string.h>

static bool request_is_utf8(struct str s)
{
    while (s.n > 0) {
        size_t n = str_utf8_length(s);

        if (n == 0)
            return false;
        s = str_slice(s, n, s.n);
    }
    return true;
}

/* Undoes percent-encoding, and + in a form. */
static enum rc request_decode(struct arena *a, struct str s, bool form, const char **out, struct err *e)
{
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;

    if (p == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '%') {
            int high = i + 2 < s.n ? char_hex(s.p[i + 1]) : -1;
            int low = i + 2 < s.n ? char_hex(s.p[i + 2]) : -1;

            if (high < 0 || low < 0)
                return err_set(e, RC_BAD, "a %% in the address is not followed by two hexadecimal digits");
            p[n++] = (char)(high << 4 | low);
            i += 2;
        } else {
            p[n++] = form && s.p[i] == '+' ? ' ' : s.p[i];
        }
        if (p[n - 1] == '\0')
            return err_set(e, RC_BAD, "the address holds a NUL");
    }
    if (!request_is_utf8((struct str){p, n}))
        return err_set(e, RC_BAD, "the address is not UTF-8");
    *out = p;
    return RC_OK;
}

enum rc request_read_form(struct arena *a, struct str text, struct request_list *out, struct err *e)
{
    out->n = 0;
    while (text.n > 0) {
        struct str pair = str_slice(text, 0, str_find(text, '&'));
        size_t equals = str_find(pair, '=');
        struct request_parameter *item = &out->item[out->n];
        enum rc rc;

        text = str_slice(text, pair.n + 1, text.n);
        if (pair.n == 0)
            continue;
        if (out->n == REQUEST_PARAMETERS_MAX)
            return err_set(e, RC_LIMIT, "more than %d parameters", REQUEST_PARAMETERS_MAX);
        rc = request_decode(a, str_slice(pair, 0, equals), true, &item->name, e);
        if (rc == RC_OK)
            rc = request_decode(a, str_slice(pair, equals + 1, pair.n), true, &item->value, e);
        if (rc != RC_OK)
            return rc;
        if (request_value(out, item->name) == NULL)
            out->n++;
    }
    return RC_OK;
}

const char *request_value(const struct request_list *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->item[i].name, name) == 0)
            return l->item[i].value;
    return NULL;
}

/* Takes ".csv" or ".json" off the last segment. */
static void request_take_form(struct str *path, enum request_form *form)
{
    static const struct { struct str end; enum request_form form; } ends[] = {
        {{".csv", 4}, REQUEST_CSV}, {{".json", 5}, REQUEST_JSON},
    };

    *form = REQUEST_PAGE;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (str_ends_nocase(*path, ends[i].end)) {
            path->n -= ends[i].end.n;
            *form = ends[i].form;
            return;
        }
}

enum rc request_read_target(struct arena *a, struct str uri, struct request_target *out, struct err *e)
{
    size_t mark = str_find(uri, '?');
    struct str path = str_slice(uri, 0, mark);
    enum rc rc = RC_OK;

    *out = (struct request_target){.segments = 0};
    if (uri.n > REQUEST_URI_MAX)
        return err_set(e, RC_LIMIT, "the address is longer than %d bytes", REQUEST_URI_MAX);
    if (path.n == 0 || path.p[0] != '/')
        return err_set(e, RC_BAD, "the address does not begin with /");
    request_take_form(&path, &out->form);
    for (path = str_slice(path, 1, path.n); rc == RC_OK && path.n > 0;) {
        struct str one = str_slice(path, 0, str_find(path, '/'));

        path = str_slice(path, one.n + 1, path.n);
        if (out->segments == REQUEST_SEGMENTS_MAX)
            return err_set(e, RC_LIMIT, "the address has more than %d parts", REQUEST_SEGMENTS_MAX);
        rc = request_decode(a, one, false, &out->segment[out->segments], e);
        out->segments++;
    }
    return rc == RC_OK ? request_read_form(a, str_slice(uri, mark + 1, uri.n), &out->query, e) : rc;
}

struct str request_cookie(struct str field, struct str name)
{
    struct str found = STR_NONE;
    bool any = false;

    while (field.n > 0) {
        struct str pair = str_trim(str_slice(field, 0, str_find(field, ';')));
        size_t equals = str_find(pair, '=');

        field = str_slice(field, str_find(field, ';') + 1, field.n);
        if (!str_eq(str_slice(pair, 0, equals), name) || equals == pair.n)
            continue;
        if (any)
            return STR_NONE;
        any = true;
        found = str_slice(pair, equals + 1, pair.n);
    }
    return found;
}
