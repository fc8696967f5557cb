#include "health/alike.h"

#include <string.h>

#include "base/str.h"
#include "mail/domain.h"

enum { LABEL_ROOM = 80 };

struct making {
    struct arena *arena;
    const char *domain;
    struct str label, rest; /* "acme", ".example" */
    const char **out;
    size_t n;
};

static void put_name(struct making *m, struct str name)
{
    const char *normal;

    if (m->n == ALIKE_NAMES_MAX || domain_normalize(m->arena, name, &normal) != RC_OK ||
        strcmp(normal, m->domain) == 0)
        return;
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->out[i], normal) == 0)
            return;
    m->out[m->n++] = normal;
}

/* The label with `cut` bytes at `at` replaced by `with`. */
static void put_label(struct making *m, size_t at, size_t cut, const char *with)
{
    struct strbuf b = strbuf_new(m->arena, LABEL_ROOM + m->rest.n);
    size_t n = m->label.n - cut + strlen(with);

    strbuf_put(&b, str_slice(m->label, 0, at));
    strbuf_puts(&b, with);
    strbuf_put(&b, str_slice(m->label, at + cut, m->label.n));
    if (n == 0 || b.over || b.p[0] == '-' || b.p[b.n - 1] == '-' || strstr(b.p, "--") != NULL)
        return;
    strbuf_put(&b, m->rest);
    put_name(m, strbuf_str(&b));
}

static void omit(struct making *m)
{
    size_t letters = 0;

    for (size_t i = 0; i < m->label.n; i++)
        letters += m->label.p[i] != '-';
    for (size_t i = 0; i < m->label.n && letters >= 4; i++)
        if (m->label.p[i] != '-')
            put_label(m, i, 1, "");
}

static void swap(struct making *m)
{
    for (size_t i = 0; i + 1 < m->label.n; i++) {
        const char two[] = {m->label.p[i + 1], m->label.p[i], '\0'};

        put_label(m, i, 2, two);
    }
}

static void twice(struct making *m)
{
    for (size_t i = 0; i < m->label.n; i++) {
        const char two[] = {m->label.p[i], m->label.p[i], '\0'};

        if (m->label.p[i] != '-')
            put_label(m, i, 1, two);
    }
}

static void resemble(struct making *m)
{
    static const char *const pairs[][2] = {
        {"l", "1"}, {"l", "i"}, {"1", "l"}, {"1", "i"}, {"i", "l"}, {"i", "1"}, {"o", "0"}, {"0", "o"}, {"rn", "m"},
        {"m", "rn"}, {"vv", "w"}, {"w", "vv"}, {"cl", "d"}, {"d", "cl"}, {"g", "q"}, {"q", "g"}, {"u", "v"},
        {"v", "u"}, {"s", "5"}, {"5", "s"},
    };

    for (size_t k = 0; k < sizeof pairs / sizeof pairs[0]; k++)
        for (size_t i = 0; i < m->label.n; i++)
            if (strncmp(m->label.p + i, pairs[k][0], strlen(pairs[k][0])) == 0)
                put_label(m, i, strlen(pairs[k][0]), pairs[k][1]);
}

static void cyrillic(struct making *m)
{
    static const char *const letters[][2] = {
        {"a", "\xd0\xb0"}, {"c", "\xd1\x81"}, {"e", "\xd0\xb5"}, {"o", "\xd0\xbe"}, {"p", "\xd1\x80"},
        {"x", "\xd1\x85"}, {"y", "\xd1\x83"}, {"i", "\xd1\x96"},
    };

    for (size_t i = 0; i < m->label.n && !str_starts_nocase(m->label, STR("xn--")); i++)
        for (size_t k = 0; k < sizeof letters / sizeof letters[0]; k++)
            if (m->label.p[i] == letters[k][0][0])
                put_label(m, i, 1, letters[k][1]);
}

static void hyphens(struct making *m)
{
    for (size_t i = 0; i < m->label.n; i++)
        if (m->label.p[i] == '-')
            put_label(m, i, 1, "");
    for (size_t i = 1; i < m->label.n; i++)
        put_label(m, i, 0, "-");
}

static void elsewhere(struct making *m, const char *const *tld, size_t tlds)
{
    for (size_t i = 0; i < tlds; i++) {
        struct strbuf b = strbuf_new(m->arena, 300);

        strbuf_put(&b, m->label);
        strbuf_putf(&b, ".%s", tld[i]);
        put_name(m, strbuf_str(&b));
    }
}

size_t alike_names(struct arena *a, const char *domain, const char *const *tld, size_t tlds,
                   const char *out[ALIKE_NAMES_MAX])
{
    struct str name = str_of(domain);
    size_t dot = str_find(name, '.');
    struct making m = {.arena = a, .domain = domain, .label = {str_dup(a, str_slice(name, 0, dot)), dot},
                       .rest = str_slice(name, dot, name.n), .out = out};

    if (m.label.p == NULL || dot == name.n)
        return 0;
    omit(&m);
    swap(&m);
    twice(&m);
    resemble(&m);
    cyrillic(&m);
    hyphens(&m);
    elsewhere(&m, tld, tlds);
    return m.n;
}
