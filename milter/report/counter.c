#include "report/counter.h"

#include <stdlib.h>
#include <string.h>

#include "base/hashtable.h"

struct entry {
    UT_hash_handle hh;
    int64_t n;      /* not flushed yet */
    int64_t recent; /* of these since the last sweep */
    char key[];
};

struct counter {
    struct entry *entries;
    size_t memory, used; /* bytes */
    counter_flush *flush;
    void *arg;
};

enum rc counter_open(size_t memory, counter_flush *flush, void *arg, struct counter **out, struct err *e)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "no memory to count in");
    **out = (struct counter){.memory = memory, .flush = flush, .arg = arg};
    return RC_OK;
}

static size_t size_of(size_t key_bytes)
{
    enum { BUCKET_SHARE = 32 }; /* of the table and the allocator */

    return sizeof(struct entry) + key_bytes + BUCKET_SHARE;
}

static enum rc counter_drop(struct counter *c, struct entry *it, struct err *e)
{
    struct str key = {it->key, it->hh.keylen};
    enum rc rc = c->flush(c->arg, key, it->n, e);

    c->used -= size_of(key.n);
    HASH_DEL(c->entries, it);
    free(it);
    return rc;
}

/* Drops what came fewer than `least` times since the last sweep. */
static enum rc sweep(struct counter *c, int64_t least, struct err *e)
{
    enum rc rc = RC_OK;

    for (struct entry *it = c->entries, *after; it != NULL && rc == RC_OK; it = after) {
        after = it->hh.next;
        if (it->recent < least)
            rc = counter_drop(c, it, e);
        else
            it->recent = 0;
    }
    return rc;
}

/* A sweep must make room worth it: where too many came twice, all go. */
static enum rc counter_make_room(struct counter *c, struct err *e)
{
    enum rc rc = sweep(c, 2, e);

    if (rc == RC_OK && c->used > c->memory / 4 * 3)
        rc = sweep(c, INT64_MAX, e);
    return rc;
}

static enum rc add_new(struct counter *c, struct str key, unsigned hash, struct err *e)
{
    struct entry *it;
    enum rc rc = c->used + size_of(key.n) > c->memory ? counter_make_room(c, e) : RC_OK;

    if (rc != RC_OK)
        return rc;
    it = malloc(sizeof *it + key.n);
    if (it == NULL)
        return err_set(e, RC_NOMEM, "no memory to count in");
    it->n = it->recent = 1;
    memcpy(it->key, key.p, key.n);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, c->entries, it->key, key.n, hash, it);
    if (it->hh.tbl == NULL) {
        free(it);
        return err_set(e, RC_NOMEM, "no memory to count in");
    }
    c->used += size_of(key.n);
    return RC_OK;
}

enum rc counter_add(struct counter *c, struct str key, struct err *e)
{
    struct entry *it;
    unsigned hash;

    HASH_VALUE(key.p, key.n, hash);
    HASH_FIND_BYHASHVALUE(hh, c->entries, key.p, key.n, hash, it);
    if (it == NULL)
        return add_new(c, key, hash, e);
    it->n++;
    it->recent++;
    return RC_OK;
}

enum rc counter_finish(struct counter *c, struct err *e)
{
    return sweep(c, INT64_MAX, e);
}

void counter_free(struct counter *c)
{
    if (c == NULL)
        return;
    for (struct entry *it = c->entries, *after; it != NULL; it = after) {
        after = it->hh.next;
        HASH_DEL(c->entries, it);
        free(it);
    }
    free(c);
}
