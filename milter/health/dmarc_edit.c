#include "health/dmarc_edit.h"

#include <string.h>

#include "health/dmarc_tags.h"

static const char *const names[DMARC_EDIT_TAGS] = {"p", "sp", "np", "psd", "t", "adkim", "aspf", "fo", "rua", "ruf"};

bool dmarc_edit_policy(struct str value, enum dmarc_policy *out)
{
    int n;

    if (!enum_value(&dmarc_policy_names, value, &n))
        return false;
    *out = (enum dmarc_policy)n;
    return true;
}

bool dmarc_edit_has(const struct dmarc_edit *e, enum dmarc_edit_tag tag)
{
    return e->tag[tag].p != NULL;
}

void dmarc_edit_set(struct dmarc_edit *e, enum dmarc_edit_tag tag, const char *value)
{
    if (value == NULL ? dmarc_edit_has(e, tag) : !str_eq(e->tag[tag], str_of(value)))
        e->mended = true;
    e->tag[tag] = str_of(value);
}

/* ---- values ---- */

static bool dmarc_edit_one_of(struct str value, const char *letters)
{
    return value.n == 1 && strchr(letters, char_lower(value.p[0])) != NULL;
}

static bool fo_fits(struct str value)
{
    for (; value.n > 0; value = str_slice(value, str_find(value, ':') + 1, value.n))
        if (!dmarc_edit_one_of(str_trim(str_slice(value, 0, str_find(value, ':'))), "01ds"))
            return false;
    return true;
}

static bool value_fits(enum dmarc_edit_tag tag, struct str value)
{
    enum dmarc_policy policy;

    switch (tag) {
    case DMARC_EDIT_P:
    case DMARC_EDIT_SP:
    case DMARC_EDIT_NP: return dmarc_edit_policy(value, &policy);
    case DMARC_EDIT_PSD: return dmarc_edit_one_of(value, "yun");
    case DMARC_EDIT_T: return dmarc_edit_one_of(value, "yn");
    case DMARC_EDIT_ADKIM:
    case DMARC_EDIT_ASPF: return dmarc_edit_one_of(value, "rs");
    case DMARC_EDIT_FO: return value.n > 0 && fo_fits(value);
    case DMARC_EDIT_RUA:
    case DMARC_EDIT_RUF:
    case DMARC_EDIT_TAGS: break;
    }
    return value.n > 0;
}

/* ---- addresses ---- */

static bool has_uri(struct str list, struct str uri)
{
    for (; list.n > 0; list = str_slice(list, str_find(list, ',') + 1, list.n))
        if (str_eq_nocase(str_trim(str_slice(list, 0, str_find(list, ','))), uri))
            return true;
    return false;
}

/* One address as a URI that a reporter can use: mailto: before a bare one, no size behind it; STR_NONE. */
static struct str uri_mended(struct dmarc_edit *e, struct str uri)
{
    struct strbuf b = strbuf_new(e->arena, uri.n + 40);
    struct dmarc_record r;
    bool bare = str_find(uri, '@') < uri.n && str_find(uri, ':') == uri.n;

    strbuf_putf(&b, "v=DMARC1; p=none; rua=%s", bare ? "mailto:" : "");
    strbuf_put(&b, uri);
    if (dmarc_record_parse(e->arena, strbuf_str(&b), &r) != RC_OK || r.rua_count != 1)
        return STR_NONE;
    return str_of(r.rua[0]);
}

static struct str uris_mended(struct dmarc_edit *e, struct str list)
{
    struct strbuf b = strbuf_new(e->arena, list.n + 400);

    for (struct str rest = list; rest.n > 0; rest = str_slice(rest, str_find(rest, ',') + 1, rest.n)) {
        struct str one = str_trim(str_slice(rest, 0, str_find(rest, ','))), uri = uri_mended(e, one);

        e->mended = e->mended || !str_eq(one, uri);
        if (uri.n == 0 || has_uri(strbuf_str(&b), uri))
            continue;
        strbuf_puts(&b, b.n == 0 ? "" : ",");
        strbuf_put(&b, uri);
    }
    e->over = e->over || b.over;
    return strbuf_str(&b);
}

void dmarc_edit_report_to(struct dmarc_edit *e, struct str uri)
{
    struct str *rua = &e->tag[DMARC_EDIT_RUA];
    struct strbuf b = strbuf_new(e->arena, rua->n + uri.n + 1);

    if (uri.n == 0 || has_uri(*rua, uri))
        return;
    strbuf_put(&b, *rua);
    strbuf_puts(&b, b.n == 0 ? "" : ",");
    strbuf_put(&b, uri);
    *rua = strbuf_str(&b);
    e->mended = true;
}

/* ---- reading ---- */

static void put_known(struct dmarc_edit *e, enum dmarc_edit_tag tag, struct str value)
{
    if (dmarc_edit_has(e, tag)) {
        e->mended = true; /* the first counts */
        return;
    }
    if (tag == DMARC_EDIT_RUA || tag == DMARC_EDIT_RUF)
        value = uris_mended(e, value);
    if (value_fits(tag, value))
        e->tag[tag] = value;
    else
        e->mended = true;
}

static void put_unknown(struct dmarc_edit *e, struct str name, struct str value)
{
    struct strbuf b = strbuf_new(e->arena, name.n + value.n + 1);

    strbuf_put(&b, name);
    strbuf_putc(&b, '=');
    strbuf_put(&b, value);
    if (e->unknowns == DMARC_EDIT_UNKNOWN_MAX)
        e->over = true;
    else
        e->unknown[e->unknowns++] = strbuf_str(&b);
}

static void put_tag(struct dmarc_edit *e, struct str name, struct str value, struct str text)
{
    const char *meant = dmarc_tag_meant(name, text);

    for (int i = 0; i < DMARC_EDIT_TAGS; i++)
        if (str_eq_nocase(name, str_of(names[i])) || (meant != NULL && strcmp(meant, names[i]) == 0)) {
            e->mended = e->mended || meant != NULL;
            put_known(e, (enum dmarc_edit_tag)i, value);
            return;
        }
    if (str_eq_nocase(name, STR("pct"))) {
        e->pct = value;
    } else if (str_eq_nocase(name, STR("rf")) || str_eq_nocase(name, STR("ri")) || value.n == 0 || name.n == 0) {
        e->mended = true;
    } else {
        put_unknown(e, name, value);
    }
}

/* "v=DMARC1 p=none" says what "v=DMARC1; p=none" does: what follows the version's blank. */
static struct str behind_version(struct str value)
{
    size_t blank = str_find(value, ' ');

    return str_slice(value, blank + 1, value.n);
}

void dmarc_edit_read(struct arena *a, struct str text, struct dmarc_edit *out)
{
    struct str rest, name, value;

    *out = (struct dmarc_edit){.arena = a};
    while (text.n > 0 && (char_is_fws(text.p[0]) || text.p[0] == '"' || text.p[0] == '\''))
        text = str_slice(text, 1, text.n);
    while (text.n > 0 && (char_is_fws(text.p[text.n - 1]) || text.p[text.n - 1] == '"' || text.p[text.n - 1] == '\''))
        text.n--;
    rest = text;
    for (size_t place = 0; dmarc_tag_next(&rest, &name, &value) && place < DMARC_TAGS_MAX; place++) {
        if (name.n == 0 && value.n == 0)
            continue;
        if (str_eq_nocase(name, STR("v")) || str_eq_nocase(name, STR("dmarc1"))) {
            struct str more = behind_version(value);
            size_t eq = str_find(more, '=');

            if (more.n > 0 && eq < more.n)
                put_tag(out, str_trim(str_slice(more, 0, eq)), str_trim(str_slice(more, eq + 1, more.n)), text);
            continue;
        }
        out->mended = out->mended || (place > 1 && str_eq_nocase(name, STR("p")));
        put_tag(out, name, value, text);
    }
}

/* ---- writing ---- */

const char *dmarc_edit_text(struct dmarc_edit *e)
{
    struct strbuf b = strbuf_new(e->arena, DMARC_EDIT_TEXT_MAX);

    strbuf_puts(&b, "v=DMARC1");
    for (size_t i = 0; i < DMARC_EDIT_TAGS; i++)
        if (e->tag[i].n > 0)
            strbuf_putf(&b, "; %s=%.*s", names[i], STR_FMT(e->tag[i]));
    for (size_t i = 0; i < e->unknowns; i++)
        strbuf_putf(&b, "; %.*s", STR_FMT(e->unknown[i]));
    if (e->pct.n > 0)
        strbuf_putf(&b, "; pct=%.*s", STR_FMT(e->pct));
    return b.over || e->over || !str_is_ascii(strbuf_str(&b)) ? "" : b.p;
}
