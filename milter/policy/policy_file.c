/* Reads the rules of a policy.conf. */
#include "policy/policy.h"

#include <stdlib.h>

enum { ARENA_BYTES = 64 << 20 }; /* at most; a file has 2 MB */

/* What `policy` is the first member of. */
struct snapshot {
    struct policy policy;
    struct arena *arena;
};

static struct snapshot *policy_file_of(struct policy *p)
{
    return (struct snapshot *)(void *)p;
}

static enum rc policy_file_read_file(struct snapshot *s, struct arena *scratch, const char *path, struct err *e)
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
    if (s != NULL)
        s->arena = arena_new(ARENA_BYTES);
    if (s == NULL || s->arena == NULL || scratch == NULL)
        rc = err_set(e, RC_NOMEM, "no memory for the rules");
    else if (path[0] != '\0')
        rc = policy_file_read_file(s, scratch, path, e);
    arena_free(scratch);
    if (rc == RC_OK)
        *out = &s->policy;
    else if (s != NULL)
        policy_free(&s->policy);
    return rc;
}

void policy_free(struct policy *p)
{
    if (p == NULL)
        return;
    arena_free(policy_file_of(p)->arena);
    free(policy_file_of(p));
}
