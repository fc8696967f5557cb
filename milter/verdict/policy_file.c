/* The rules of a policy.conf as a counted snapshot. */
#include "verdict/policy.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { ARENA_BYTES = 64 << 20 }; /* at most; a file has 2 MB */

/* What `policy` is the first member of. */
struct snapshot {
    struct policy policy;
    struct arena *arena;
    atomic_uint holders;
};

static struct snapshot *of(struct policy *p)
{
    return (struct snapshot *)(void *)p;
}

static enum rc read_file(struct snapshot *s, struct arena *scratch, const char *path, struct err *e)
{
    struct sections f;
    enum rc rc = sections_read(scratch, path, &policy_sections, &f, e);

    return rc == RC_OK ? policy_make(s->arena, &f, &s->policy, e) : rc;
}

enum rc policy_load(const char *path, struct policy **out, struct err *e)
{
    struct snapshot *s = calloc(1, sizeof *s);
    struct arena *scratch = arena_new(ARENA_BYTES);
    enum rc rc = RC_OK;

    *out = NULL;
    if (s != NULL) {
        s->arena = arena_new(ARENA_BYTES);
        atomic_init(&s->holders, 1);
    }
    if (s == NULL || s->arena == NULL || scratch == NULL)
        rc = err_set(e, RC_NOMEM, "no memory for the rules");
    else if (path[0] != '\0')
        rc = read_file(s, scratch, path, e);
    arena_free(scratch);
    if (rc == RC_OK)
        *out = &s->policy;
    else if (s != NULL)
        policy_release(&s->policy);
    return rc;
}

struct policy *policy_hold(struct policy *p)
{
    (void)atomic_fetch_add_explicit(&of(p)->holders, 1, memory_order_relaxed);
    return p;
}

void policy_release(struct policy *p)
{
    if (p == NULL || atomic_fetch_sub_explicit(&of(p)->holders, 1, memory_order_acq_rel) > 1)
        return;
    arena_free(of(p)->arena);
    free(of(p));
}
