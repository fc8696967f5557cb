#include "base/shares.h"

#include <stdlib.h>
#include <string.h>

#include "base/hashtable.h"

/* One name; the first of them is the table. */
struct shares {
    UT_hash_handle hh;
    unsigned taken;
    char name[];
};

bool shares_take(struct shares **s, const char *name, unsigned most)
{
    struct shares *one = NULL;
    size_t n = strlen(name);

    HASH_FIND(hh, *s, name, n, one);
    if (one == NULL) {
        one = calloc(1, sizeof *one + n + 1);
        if (one == NULL)
            return false;
        memcpy(one->name, name, n + 1);
        HASH_ADD_KEYPTR(hh, *s, one->name, n, one);
        if (one->hh.tbl == NULL) {
            free(one);
            return false;
        }
    }
    if (one->taken >= most)
        return false;
    one->taken++;
    return true;
}

void shares_clear(struct shares **s)
{
    struct shares *one, *next;

    HASH_ITER(hh, *s, one, next) {
        HASH_DEL(*s, one);
        free(one);
    }
}
