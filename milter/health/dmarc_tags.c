#include "health/dmarc_tags.h"

static const char *const known[] = {"v", "p", "sp", "np", "adkim", "aspf", "psd", "t", "rua", "ruf", "fo",
                                    "pct", "rf", "ri"};
enum { KNOWN = sizeof known / sizeof known[0] };

bool dmarc_tag_next(struct str *rest, struct str *name, struct str *value)
{
    struct str spec;
    size_t end, eq;

    if (rest->n == 0)
        return false;
    end = str_find(*rest, ';');
    spec = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end + 1, rest->n);
    eq = str_find(spec, '=');
    *name = str_trim(str_slice(spec, 0, eq));
    *value = str_trim(str_slice(spec, eq + 1, spec.n));
    return true;
}

bool dmarc_tag(struct str text, const char *name, struct str *value)
{
    struct str seen;

    while (dmarc_tag_next(&text, &seen, value))
        if (str_eq_nocase(seen, str_of(name)))
            return true;
    return false;
}

/* One letter more, less or other. */
static bool one_off(struct str a, struct str b)
{
    size_t head = 0, tail = 0, least = a.n < b.n ? a.n : b.n, most = a.n < b.n ? b.n : a.n;

    while (head < least && char_lower(a.p[head]) == char_lower(b.p[head]))
        head++;
    while (tail < least - head && char_lower(a.p[a.n - 1 - tail]) == char_lower(b.p[b.n - 1 - tail]))
        tail++;
    return most - head - tail == 1;
}

static bool is_known(struct str name)
{
    for (size_t i = 0; i < KNOWN; i++)
        if (str_eq_nocase(name, str_of(known[i])))
            return true;
    return false;
}

const char *dmarc_tag_meant(struct str name, struct str text)
{
    static const char *const meant[] = {"p", "sp", "np", "rua", "ruf", "adkim", "aspf"};
    struct str value;

    for (size_t i = 0; i < sizeof meant / sizeof meant[0] && !is_known(name); i++)
        if (one_off(name, str_of(meant[i])) && !dmarc_tag(text, meant[i], &value))
            return meant[i];
    return NULL;
}

static void judge_removed(struct health_judge *j, const struct dmarc_record *r, struct str text, const char *at)
{
    uint32_t percent = 100;
    struct str pct, other;
    bool has_pct = dmarc_tag(text, "pct", &pct);
    bool less = has_pct && str_to_u32(pct, &percent) && percent < 100;

    if (less && !r->testing && r->p.state == DMARC_TAG_VALID && r->p.value != DMARC_P_NONE) {
        const char *shown = health_text(j, "%u", (unsigned)percent);

        health_fact(health_find(j, "dmarc-pct", HEALTH_WARNING, at, health_text(j, "pct=%s", shown)), "pct", shown);
        has_pct = false; /* once is enough */
    }
    if (has_pct || dmarc_tag(text, "rf", &other) || dmarc_tag(text, "ri", &other)) {
        struct health_finding *f = health_find(j, "dmarc-removed-tag", HEALTH_ADVICE, at, "pct, rf or ri");

        health_fact(f, "tags", "pct, rf and ri");
    }
}

void health_judge_dmarc_tags(struct health_judge *j, const struct dmarc_record *r, struct str text, const char *at)
{
    struct str rest = text, name, value;

    for (size_t place = 0; dmarc_tag_next(&rest, &name, &value) && place < DMARC_TAGS_MAX; place++) {
        const char *shown;

        if (name.n == 0) {
            place--; /* two semicolons */
            continue;
        }
        if (place > 1 && str_eq_nocase(name, STR("p")))
            (void)health_find(j, "dmarc-order", HEALTH_ADVICE, at, "p is not the second tag");
        if (is_known(name))
            continue;
        shown = health_shown(j, name, 40);
        health_fact(health_find(j, "dmarc-unknown-tag",
                                dmarc_tag_meant(name, text) != NULL ? HEALTH_WARNING : HEALTH_ADVICE, at, shown),
                    "tag", shown);
    }
    judge_removed(j, r, text, at);
    if (dmarc_tag(text, "fo", &value) && !dmarc_tag(text, "ruf", &name))
        (void)health_find(j, "dmarc-fo", HEALTH_ADVICE, at, "fo without ruf");
}
