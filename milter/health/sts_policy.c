#include "health/sts_policy.h"

#include <string.h>

static const char *const modes[] = {"none", "testing", "enforce"};
const struct enum_names sts_mode_names = ENUM_NAMES(modes);

/* ---- policy files ---- */

/* sts-policy-mx-value: a name, or "*." and a name. */
static bool mx_fits(struct str mx)
{
    if (mx.n > 2 && mx.p[0] == '*' && mx.p[1] == '.')
        mx = str_slice(mx, 2, mx.n);
    if (mx.n == 0 || mx.n > 253)
        return false;
    for (size_t i = 0; i < mx.n; i++)
        if (!char_is_alnum(mx.p[i]) && mx.p[i] != '-' && mx.p[i] != '.' && mx.p[i] != '_')
            return false;
    return mx.p[0] != '.' && mx.p[0] != '-';
}

struct reading {
    struct sts_policy *out;
    bool version, mode, age;
};

static void take_field(struct reading *r, struct str name, struct str value)
{
    struct sts_policy *p = r->out;
    int mode;

    if (str_eq(name, STR("version")) && !r->version) {
        r->version = true;
        if (!str_eq(value, STR("STSv1")))
            p->why = "version is not STSv1";
    } else if (str_eq(name, STR("mode")) && !r->mode) {
        r->mode = true;
        if (enum_value(&sts_mode_names, value, &mode))
            p->mode = (enum sts_mode)mode;
        else
            p->why = "mode is not enforce, testing or none";
    } else if (str_eq(name, STR("max_age")) && !r->age) {
        r->age = true;
        if (!str_to_u32(value, &p->max_age) || p->max_age > STS_AGE_MAX)
            p->why = "max_age is not a number of seconds up to a year (31557600)";
    } else if (str_eq(name, STR("mx"))) {
        if (!mx_fits(value))
            p->why = "an mx that is no name";
        else if (p->mxs == STS_MX_MAX)
            p->why = "more than 100 mx";
        else
            p->mx[p->mxs++] = value;
    }
}

void sts_policy_read(struct str text, struct sts_policy *out)
{
    struct reading r = {.out = out};

    *out = (struct sts_policy){.why = ""};
    while (text.n > 0 && out->why[0] == '\0') {
        size_t end = str_find(text, '\n'), colon;
        struct str line = str_trim(str_slice(text, 0, end));

        text = str_slice(text, end + 1, text.n);
        colon = str_find(line, ':');
        if (line.n == 0)
            continue;
        if (colon == line.n)
            out->why = "a line without a colon";
        else
            take_field(&r, str_trim(str_slice(line, 0, colon)), str_trim(str_slice(line, colon + 1, line.n)));
    }
    if (out->why[0] != '\0')
        return;
    if (!r.version || !r.mode || !r.age)
        out->why = !r.version ? "no version" : !r.mode ? "no mode" : "no max_age";
    else if (out->mxs == 0 && out->mode != STS_MODE_NONE)
        out->why = "no mx";
}

bool sts_pattern_matches(struct str pattern, const char *host)
{
    struct str name = str_of(host);

    if (pattern.n > 2 && pattern.p[0] == '*' && pattern.p[1] == '.') {
        size_t dot = str_find(name, '.');

        return dot > 0 && dot < name.n && str_eq_nocase(str_slice(pattern, 2, pattern.n),
                                                       str_slice(name, dot + 1, name.n));
    }
    return str_eq_nocase(pattern, name);
}

bool sts_policy_covers(const struct sts_policy *p, const char *host)
{
    for (size_t i = 0; i < p->mxs; i++)
        if (sts_pattern_matches(p->mx[i], host))
            return true;
    return false;
}

/* ---- records ---- */

/* "v=WORD", blanks allowed behind it, then ";" (RFC 8461 section 3.1, RFC 8460 section 3). */
static bool sts_policy_begins(struct str txt, struct str version)
{
    if (txt.n < version.n || memcmp(txt.p, version.p, version.n) != 0)
        return false;
    txt = str_slice(txt, version.n, txt.n);
    while (txt.n > 0 && char_is_wsp(txt.p[0]))
        txt = str_slice(txt, 1, txt.n);
    return txt.n > 0 && txt.p[0] == ';';
}

static struct str field(struct str txt, const char *name)
{
    while (txt.n > 0) {
        size_t end = str_find(txt, ';'), eq;
        struct str one = str_slice(txt, 0, end);

        txt = str_slice(txt, end + 1, txt.n);
        eq = str_find(one, '=');
        if (eq < one.n && str_eq(str_trim(str_slice(one, 0, eq)), str_of(name)))
            return str_trim(str_slice(one, eq + 1, one.n));
    }
    return STR_NONE;
}

bool sts_record_is(struct str txt)
{
    return sts_policy_begins(txt, STR("v=STSv1"));
}

struct str sts_record_id(struct str txt)
{
    struct str id = field(txt, "id");

    for (size_t i = 0; i < id.n; i++)
        if (!char_is_alnum(id.p[i]))
            return STR_NONE;
    return id.n > 32 ? STR_NONE : id;
}

bool tlsrpt_record_is(struct str txt)
{
    return sts_policy_begins(txt, STR("v=TLSRPTv1"));
}

struct str tlsrpt_record_rua(struct str txt)
{
    return field(txt, "rua");
}

bool tlsrpt_uri_fits(struct str uri)
{
    size_t at = str_find(uri, '@');

    if (str_starts_nocase(uri, STR("mailto:")))
        return at > 7 && at + 1 < uri.n && str_find(uri, ' ') == uri.n && str_find(uri, '!') == uri.n;
    return str_starts_nocase(uri, STR("https://")) && uri.n > 10;
}
