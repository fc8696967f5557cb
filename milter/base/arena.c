#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/spare.h"

struct block {
    struct block *next;
    size_t size;
    size_t used;
    max_align_t mem[];
};

struct arena {
    size_t limit;
    size_t block;         /* size of those that hold many pieces */
    size_t kept_back;     /* of it */
    size_t used;          /* bytes handed out, rounding included */
    struct block *blocks; /* newest first; allocations come from the first */
    bool ran_out;
};

struct arena *arena_new(size_t limit)
{
    return arena_new_of(limit, spare_size(SPARE_16K) - sizeof(struct block));
}

struct arena *arena_new_of(size_t limit, size_t block)
{
    struct arena *a = calloc(1, sizeof *a);

    if (a != NULL) {
        a->limit = limit;
        a->block = block;
    }
    return a;
}

/* One that holds many pieces is of a size that is kept for others. */
static bool block_is_spare(size_t size)
{
    return sizeof(struct block) + size == spare_size(SPARE_16K);
}

static void block_free(struct block *b)
{
    if (block_is_spare(b->size))
        spare_give(SPARE_16K, b);
    else
        free(b);
}

static void blocks_free(struct block *b)
{
    while (b != NULL) {
        struct block *next = b->next;

        block_free(b);
        b = next;
    }
}

void arena_free(struct arena *a)
{
    if (a == NULL)
        return;
    blocks_free(a->blocks);
    free(a);
}

void arena_reset(struct arena *a)
{
    if (a->blocks != NULL) {
        blocks_free(a->blocks->next);
        a->blocks->next = NULL;
        a->blocks->used = 0;
    }
    a->used = 0;
    a->kept_back = 0;
    a->ran_out = false;
}

void arena_empty(struct arena *a)
{
    blocks_free(a->blocks);
    a->blocks = NULL;
    arena_reset(a);
}

static struct block *block_add(struct arena *a, size_t n)
{
    size_t size = n > a->block / 4 ? n : a->block;
    struct block *b = block_is_spare(size) ? spare_take(SPARE_16K) : malloc(sizeof *b + size);

    if (b == NULL)
        return NULL;
    b->size = size;
    b->used = 0;
    if (size == n && a->blocks != NULL) { /* a block of its own: keep filling the first */
        b->next = a->blocks->next;
        a->blocks->next = b;
    } else {
        b->next = a->blocks;
        a->blocks = b;
    }
    return b;
}

static void *arena_take(struct arena *a, size_t n)
{
    const size_t unit = alignof(max_align_t), limit = a->limit - a->kept_back;
    struct block *b = a->blocks;
    void *p;

    if (n > limit)
        return NULL;
    n = n == 0 ? unit : (n + unit - 1) / unit * unit;
    if (n > limit || a->used > limit - n)
        return NULL;
    if (b == NULL || b->size - b->used < n)
        b = block_add(a, n);
    if (b == NULL)
        return NULL;
    p = (char *)b->mem + b->used;
    b->used += n;
    a->used += n;
    return memset(p, 0, n);
}

void *arena_alloc(struct arena *a, size_t n)
{
    void *p = arena_take(a, n);

    a->ran_out = a->ran_out || p == NULL;
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    return arena_alloc(a, size != 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size);
}

void *arena_grow(struct arena *a, void *list, size_t n, size_t *room, size_t max, size_t size)
{
    enum { FIRST = 16 };
    size_t more = *room == 0 ? FIRST : *room * 2;
    void *copy;

    if (n < *room)
        return list;
    if (more > max)
        more = max;
    copy = n < more ? arena_array(a, more, size) : NULL;
    if (copy != NULL && n > 0)
        memcpy(copy, list, n * size);
    if (copy != NULL)
        *room = more;
    return copy;
}

struct arena_mark arena_mark(const struct arena *a)
{
    struct arena_mark mark = {.used = a->used};

    if (a->blocks != NULL) {
        mark.block = a->blocks;
        mark.below = a->blocks->next;
        mark.in_block = a->blocks->used;
    }
    return mark;
}

/* Newer blocks stand above the one that was first, or, those with one large piece, between it and the one below. */
void arena_rewind(struct arena *a, struct arena_mark mark)
{
    while (a->blocks != mark.block) {
        struct block *b = a->blocks;

        a->blocks = b->next;
        block_free(b);
    }
    while (a->blocks != NULL && a->blocks->next != mark.below) {
        struct block *b = a->blocks->next;

        a->blocks->next = b->next;
        block_free(b);
    }
    if (a->blocks != NULL)
        a->blocks->used = mark.in_block;
    a->used = mark.used;
}

void arena_keep_back(struct arena *a, size_t n)
{
    a->kept_back = n < a->limit / 2 ? n : a->limit / 2;
}

bool arena_ran_out(const struct arena *a)
{
    return a->ran_out;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
