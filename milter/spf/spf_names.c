#include "spf/spf_names.h"

#include <string.h>

/* What stands behind the colon of a term that vouches for one host or by another's record; STR_NONE. */
static struct str target_of(struct str term)
{
    static const struct str vouching[] = {{"include:", 8}, {"a:", 2}, {"mx:", 3}, {"ptr:", 4}};

    if (term.n > 0 && term.p[0] == '+')
        term = str_slice(term, 1, term.n);
    for (size_t i = 0; i < sizeof vouching / sizeof vouching[0]; i++) {
        struct str target = str_slice(term, vouching[i].n, term.n);

        if (!str_starts_nocase(term, vouching[i]))
            continue;
        if (str_find(target, '%') < target.n || str_find(target, '/') < target.n)
            return STR_NONE;
        if (target.n > 0 && target.p[target.n - 1] == '.')
            target.n--;
        return target;
    }
    return STR_NONE;
}

static void spf_names_add(struct arena *a, struct str domain, const char *term, struct spf_name *out, size_t *n)
{
    const char *name;

    for (size_t i = 0; i < *n; i++)
        if (str_eq_nocase(str_of(out[i].domain), domain))
            return;
    name = domain.n == 0 ? NULL : str_dup_lower(a, domain);
    if (name != NULL)
        out[(*n)++] = (struct spf_name){name, term};
}

size_t spf_names(struct arena *a, const struct spf_evidence *e, struct spf_name out[SPF_NAMES_MAX])
{
    size_t n = 0;

    if (!e->checked || e->result != SPF_PASS)
        return 0;
    spf_names_add(a, target_of(str_of(e->mechanism)), e->mechanism, out, &n);
    spf_names_add(a, target_of(str_of(e->leaf)), e->leaf, out, &n);
    spf_names_add(a, str_of(e->leaf_domain), "", out, &n);
    spf_names_add(a, str_of(e->mechanism_domain), "", out, &n);
    return n;
}
