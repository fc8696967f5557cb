#include "dkim/dkim_memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { PIECE_MAX = 2048, ARENA_MAX = 1024 * 1024, ARENA_PIECES = 8 * 1024 };

#if defined(__SANITIZE_ADDRESS__)
enum { WATCHED = true };
#elif defined(__has_feature)
enum { WATCHED = __has_feature(address_sanitizer) };
#else
enum { WATCHED = false };
#endif

/* Stands before each piece. */
union piece {
    bool alone; /* malloc's */
    max_align_t aligned;
};

struct arena *dkim_memory_new(void)
{
    return arena_new_of(ARENA_MAX, ARENA_PIECES);
}

void *dkim_memory_take(void *arena, size_t n)
{
    bool alone = arena == NULL || n > PIECE_MAX || WATCHED;
    union piece *p = alone ? NULL : arena_alloc(arena, sizeof *p + n);

    if (p == NULL) {
        alone = true;
        p = n > SIZE_MAX - sizeof *p ? NULL : malloc(sizeof *p + n);
    }
    if (p == NULL)
        return NULL;
    p->alone = alone;
    return p + 1;
}

void dkim_memory_give(void *arena, void *mem)
{
    union piece *p = mem;

    (void)arena;
    if (p != NULL && p[-1].alone)
        free(p - 1);
}
