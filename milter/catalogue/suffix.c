#include "catalogue/suffix.h"

#include <string.h>

#define HASH_NONFATAL_OOM 1
#include "base/hashtable.h"

struct suffix {
    UT_hash_handle hh;
    const void *what;
};

static struct suffix *suffix_find(struct suffix *table, const char *domain, size_t n)
{
    struct suffix *s;

    HASH_FIND(hh, table, domain, (unsigned)n, s);
    return s;
}

const void *suffixes_add(struct suffixes *s, struct arena *a, const char *domain, const void *what, bool *full)
{
    size_t n = strlen(domain);
    struct suffix *entry = suffix_find(s->table, domain, n);

    *full = false;
    if (entry != NULL)
        return entry->what;
    entry = arena_alloc(a, sizeof *entry);
    if (entry != NULL) {
        entry->what = what;
        HASH_ADD_KEYPTR(hh, s->table, domain, (unsigned)n, entry);
    }
    *full = entry == NULL || entry->hh.tbl == NULL;
    return NULL;
}

const void *suffixes_find(const struct suffixes *s, const char *domain)
{
    size_t n = strlen(domain);

    while (n > 0) {
        const struct suffix *entry = suffix_find(s->table, domain, n);
        const char *dot;

        if (entry != NULL)
            return entry->what;
        dot = memchr(domain, '.', n);
        if (dot == NULL)
            break;
        n -= (size_t)(dot + 1 - domain);
        domain = dot + 1;
    }
    return NULL;
}

void suffixes_free(struct suffixes *s)
{
    HASH_CLEAR(hh, s->table);
}
