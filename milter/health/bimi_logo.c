#include "health/bimi_logo.h"

#include <string.h>

#include "formats/xml.h"

/* ---- records ---- */

bool bimi_record_alike(struct str txt)
{
    return str_starts_nocase(txt, STR("v=bimi"));
}

/* The next "name=value" of the record; false at its end, and `*bad` for what is neither that nor empty. */
static bool tag_next(struct str *rest, struct str *name, struct str *value, bool *bad)
{
    while (rest->n > 0) {
        size_t end = str_find(*rest, ';'), eq;
        struct str one = str_trim(str_slice(*rest, 0, end));

        *rest = str_slice(*rest, end + 1, rest->n);
        eq = str_find(one, '=');
        if (one.n == 0)
            continue;
        *bad = eq == one.n || eq == 0;
        *name = str_trim(str_slice(one, 0, eq));
        *value = str_trim(str_slice(one, eq + 1, one.n));
        return true;
    }
    return false;
}

static bool is_https(struct str url)
{
    return str_starts_nocase(url, STR("https://")) && url.n > 8 && str_find(url, ' ') == url.n &&
           str_find(url, ',') == url.n;
}

void bimi_record_read(struct str txt, struct bimi_record *out)
{
    struct str rest = txt, name, value;
    bool bad = false, has_l = false, has_a = false;

    *out = (struct bimi_record){.why = ""};
    if (!tag_next(&rest, &name, &value, &bad) || bad || !str_eq(name, STR("v")) || !str_eq(value, STR("BIMI1"))) {
        out->why = "it does not begin with v=BIMI1";
        return;
    }
    while (tag_next(&rest, &name, &value, &bad)) {
        if (bad) {
            out->why = "a part of it is no tag=value";
        } else if (str_eq(name, STR("l")) && !has_l) {
            has_l = true;
            out->logo = value;
        } else if (str_eq(name, STR("a")) && !has_a) {
            has_a = true;
            out->evidence = value;
        } else if (str_eq(name, STR("l")) || str_eq(name, STR("a"))) {
            out->why = "a tag stands there twice";
        }
    }
    if (out->why[0] != '\0')
        return;
    out->declined = has_l && out->logo.n == 0 && out->evidence.n == 0;
    if (!has_l && out->evidence.n == 0)
        out->why = "l= is missing";
    else if (out->logo.n > 0 && !is_https(out->logo))
        out->why = "l= is no https URL";
    else if (out->evidence.n > 0 && !is_https(out->evidence))
        out->why = "a= is no https URL";
    else if (out->logo.n == 0 && !out->declined && out->evidence.n == 0)
        out->why = "l= is missing";
}

/* ---- pictures ---- */

struct looking {
    unsigned depth;
    bool svg, version, profile, title;
    const char *why;
};

static void bimi_logo_on_open(void *arg, const char *name, const char *name_space)
{
    static const char *const barred[] = {"script", "image", "foreignObject", "iframe", "audio", "video", "animate",
                                         "animateMotion", "animateTransform", "animateColor", "set"};
    struct looking *k = arg;

    (void)name_space;
    if (k->depth++ == 0)
        k->svg = strcmp(name, "svg") == 0;
    for (size_t i = 0; i < sizeof barred / sizeof barred[0]; i++)
        if (strcmp(name, barred[i]) == 0)
            k->why = i < 2 ? (i == 0 ? "it holds a script" : "it holds a picture of another kind")
                           : "it holds what Tiny PS does not allow";
}

static void on_attribute(void *arg, const char *name, struct str value)
{
    struct looking *k = arg;

    if (k->depth == 1 && strcmp(name, "version") == 0)
        k->version = str_eq(str_trim(value), STR("1.2"));
    if (k->depth == 1 && strcmp(name, "baseProfile") == 0)
        k->profile = str_eq(str_trim(value), STR("tiny-ps"));
    if (strcmp(name, "href") == 0 && value.n > 0 && value.p[0] != '#')
        k->why = "it refers to something outside";
    if (name[0] == 'o' && name[1] == 'n')
        k->why = "it holds a script";
}

static void bimi_logo_on_close(void *arg, const char *name, struct str text)
{
    struct looking *k = arg;

    if (--k->depth == 1 && strcmp(name, "title") == 0)
        k->title = k->title || str_trim(text).n > 0;
}

const char *bimi_logo_trouble(struct str svg)
{
    static const struct xml_handler handler = {bimi_logo_on_open, bimi_logo_on_close, on_attribute};
    struct looking k = {.why = ""};
    struct xml_in *x;
    struct err e = ERR_NONE;

    if (xml_in_open(&handler, &k, NULL, &x, &e) != RC_OK)
        return "no memory to read it";
    if (xml_in_push(x, svg, &e) != RC_OK) {
        xml_in_abandon(x);
        return "it is no well-formed XML, or has a DOCTYPE";
    }
    if (xml_in_close(x, &e) != RC_OK)
        return "it is no well-formed XML";
    if (k.why[0] != '\0')
        return k.why;
    if (!k.svg)
        return "it is no SVG";
    if (!k.version || !k.profile)
        return "it is not SVG 1.2 with the profile tiny-ps";
    return k.title ? "" : "it has no title";
}
