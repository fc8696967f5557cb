#include "auth/dkim_length.h"

static void count(void *ctx, struct str piece)
{
    uint64_t *bytes = ctx;

    *bytes += piece.n;
}

void dkim_length_start(struct dkim_length *l, bool simple, bool relaxed)
{
    l->wanted[DKIM_CANON_SIMPLE] = simple;
    l->wanted[DKIM_CANON_RELAXED] = relaxed;
    for (int how = DKIM_CANON_SIMPLE; how <= DKIM_CANON_RELAXED; how++) {
        l->bytes[how] = 0;
        dkim_canon_body_start(&l->body[how], (enum dkim_canon)how, count, &l->bytes[how]);
    }
}

void dkim_length_add(struct dkim_length *l, struct str piece)
{
    for (int how = DKIM_CANON_SIMPLE; how <= DKIM_CANON_RELAXED; how++)
        if (l->wanted[how])
            dkim_canon_body_add(&l->body[how], piece);
}

void dkim_length_end(struct dkim_length *l)
{
    for (int how = DKIM_CANON_SIMPLE; how <= DKIM_CANON_RELAXED; how++)
        if (l->wanted[how])
            dkim_canon_body_end(&l->body[how]);
}

uint64_t dkim_length_beyond(const struct dkim_length *l, const struct dkim_sig *sig)
{
    uint64_t bytes = l->bytes[sig->body_relaxed ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE];

    if (!sig->has_length)
        return 0;
    return bytes < sig->length ? DKIM_LENGTH_SHORT : bytes - sig->length;
}
