#include "keeper/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/hashtable.h"

enum { NAME_SIZE = 80, FORGET_MS = 3600 * 1000 };

struct guarded {
    UT_hash_handle hh;
    char name[NAME_SIZE];
    int wrong;
    int64_t last_ms;
};

struct guard {
    struct guarded *table;
    int64_t second_ms; /* the beginning of the second that is counted */
    int tries;
};

struct guard *guard_new(void)
{
    return calloc(1, sizeof(struct guard));
}

void guard_free(struct guard *g)
{
    struct guarded *x, *next;

    if (g == NULL)
        return;
    HASH_ITER(hh, g->table, x, next) {
        HASH_DEL(g->table, x);
        free(x);
    }
    free(g);
}

static struct guarded *guard_find(struct guard *g, const char *name)
{
    struct guarded *x = NULL;
    char key[NAME_SIZE];

    (void)snprintf(key, sizeof key, "%s", name);
    HASH_FIND_STR(g->table, key, x);
    return x;
}

static int64_t guard_wait_ms(const struct guarded *x)
{
    int beyond = x->wrong - GUARD_FREE;

    if (beyond < 0)
        return 0;
    return 1000 * (beyond >= 6 ? (int64_t)GUARD_LONGEST_S : (int64_t)1 << beyond);
}

bool guard_may(struct guard *g, const char *name, int64_t now_ms, int *wait_s)
{
    const struct guarded *x = guard_find(g, name);
    int64_t left = x == NULL ? 0 : x->last_ms + guard_wait_ms(x) - now_ms;

    *wait_s = left > 0 ? (int)((left + 999) / 1000) : 0;
    if (left > 0)
        return false;
    if (now_ms - g->second_ms >= 1000) {
        g->second_ms = now_ms;
        g->tries = 0;
    }
    if (g->tries >= GUARD_PER_SECOND) {
        *wait_s = 1;
        return false;
    }
    g->tries++;
    return true;
}

/* Makes room: those not tried for long, or else the one that was tried least lately (it was added first). */
static void guard_tidy(struct guard *g, int64_t now_ms)
{
    struct guarded *x, *next;

    HASH_ITER(hh, g->table, x, next) {
        if (now_ms - x->last_ms < FORGET_MS && HASH_COUNT(g->table) < GUARD_NAMES_MAX)
            continue;
        HASH_DEL(g->table, x);
        free(x);
    }
}

void guard_note(struct guard *g, const char *name, bool right, int64_t now_ms)
{
    struct guarded *x = guard_find(g, name);

    if (right && x != NULL) {
        HASH_DEL(g->table, x);
        free(x);
    }
    if (right)
        return;
    if (x == NULL) {
        if (HASH_COUNT(g->table) >= GUARD_NAMES_MAX)
            guard_tidy(g, now_ms);
        x = calloc(1, sizeof *x);
        if (x == NULL)
            return;
        (void)snprintf(x->name, sizeof x->name, "%s", name);
        HASH_ADD_STR(g->table, name, x);
    }
    x->wrong += x->wrong < 1000;
    x->last_ms = now_ms;
}
