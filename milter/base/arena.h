/*
 * arena.h - memory that lives as long as one message (or one parse).
 *
 * Everything allocated from an arena is freed together.  The arena has a
 * limit in bytes, which is the outermost guard of what one message can cost;
 * parsers have their own, tighter limits on counts and lengths.
 *
 * Threads: an arena belongs to one thread at a time; it does not lock.
 */
#ifndef ASSAY_BASE_ARENA_H
#define ASSAY_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A new, empty arena of at most `limit` bytes in all; NULL without memory. */
struct arena *arena_new(size_t limit);

/* The same for one that stays small, where many are held: it takes memory in blocks of `block` bytes, not of 16 KiB. */
struct arena *arena_new_of(size_t limit, size_t block);

/* Frees the arena and all that came from it.  NULL is allowed. */
void arena_free(struct arena *a);

/* Forgets all that came from it; keeps one block for reuse. */
void arena_reset(struct arena *a);

/* The same, and keeps none, since it may be long before it is used again. */
void arena_empty(struct arena *a);

/*
 * `n` bytes, zeroed, aligned for any object, valid until reset or free.
 * NULL when the limit would be passed or memory is gone; callers answer
 * RC_LIMIT or RC_NOMEM to theirs.
 */
void *arena_alloc(struct arena *a, size_t n) __attribute__((malloc));

/* `count` * `size` bytes, overflow-checked, otherwise as arena_alloc. */
void *arena_array(struct arena *a, size_t count, size_t size) __attribute__((malloc));

/*
 * Room for one thing more in a list of `n` things of `size` bytes that has room for `*room`: the list, or a copy of it
 * with twice as much, at most `max`; the first time (NULL, 0) of a few.  NULL when `n` is `max`, or as arena_alloc.
 */
void *arena_grow(struct arena *a, void *list, size_t n, size_t *room, size_t max, size_t size);

/*
 * Scratch: what is allocated after arena_mark is given back by arena_rewind.  Marks are given back in reverse order,
 * before reset, or not at all.  That the arena ran out in between is not forgotten.
 */
struct arena_mark {
    void *block, *below; /* the arena's own */
    size_t in_block, used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

/*
 * Keeps the last `n` bytes of the limit back (at most half of it), until a reset or a call with 0: so that what is done
 * last with a message does not lack what was done before it took.
 */
void arena_keep_back(struct arena *a, size_t n);

/* Bytes handed out since new or reset, each piece rounded up to its alignment. */
size_t arena_used(const struct arena *a);

/* Whether it had to refuse memory since new or reset: what was made of it may lack something. */
bool arena_ran_out(const struct arena *a);

#endif
