#include "dkim/body_hash.h"

#include <stdlib.h>
#include <string.h>

/* One digest wanted. */
struct mark {
    uint64_t length;
    bool reached;
    unsigned char digest[CRYPTO_SHA256_SIZE];
};

/* One canonicalization; `hash` is NULL while nobody wants it. */
struct stream {
    struct dkim_canon_body canon;
    struct crypto_hash *hash;
    uint64_t seen;      /* canonical bytes so far */
    size_t next;        /* the first mark not reached yet */
    size_t n;
    bool failed;        /* memory ran out for a digest */
    struct mark mark[BODY_HASH_WANTS_MAX + 1]; /* ascending; one more for BODY_HASH_ALL */
};

struct body_hash {
    struct stream stream[2]; /* by enum dkim_canon */
    bool ended;
};

struct body_hash *body_hash_new(void)
{
    return calloc(1, sizeof(struct body_hash));
}

void body_hash_free(struct body_hash *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < 2; i++)
        crypto_hash_free(b->stream[i].hash);
    free(b);
}

/* The next mark is reached; nothing is hashed after the last. */
static void reach(struct stream *s)
{
    struct mark *m = &s->mark[s->next++];

    m->reached = s->next < s->n ? crypto_hash_peek(s->hash, m->digest) : crypto_hash_end(s->hash, m->digest);
    s->failed = s->failed || !m->reached;
}

/* Takes canonical bytes, stopping for a digest where one is due. */
static void stream_sink(void *ctx, struct str piece)
{
    struct stream *s = ctx;

    while (s->next < s->n && s->mark[s->next].length - s->seen <= piece.n) {
        size_t upto = (size_t)(s->mark[s->next].length - s->seen);

        crypto_hash_add(s->hash, str_slice(piece, 0, upto));
        s->seen += upto;
        piece = str_slice(piece, upto, piece.n);
        reach(s);
    }
    if (s->next < s->n)
        crypto_hash_add(s->hash, piece);
    s->seen += piece.n;
}

/* Where `length` is, or belongs, among the marks. */
static size_t mark_place(const struct stream *s, uint64_t length)
{
    size_t at = 0;

    while (at < s->n && s->mark[at].length < length)
        at++;
    return at;
}

enum rc body_hash_want(struct body_hash *b, enum dkim_canon how, uint64_t length)
{
    struct stream *s = &b->stream[how];
    size_t at = mark_place(s, length);

    if (at < s->n && s->mark[at].length == length)
        return RC_OK;
    if (s->n >= (length == BODY_HASH_ALL ? BODY_HASH_WANTS_MAX + 1 : BODY_HASH_WANTS_MAX))
        return RC_LIMIT;
    if (s->hash == NULL) {
        s->hash = crypto_hash_new();
        if (s->hash == NULL)
            return RC_NOMEM;
        dkim_canon_body_start(&s->canon, how, stream_sink, s);
    }
    memmove(&s->mark[at + 1], &s->mark[at], (s->n - at) * sizeof s->mark[0]);
    s->mark[at] = (struct mark){.length = length};
    s->n++;
    return RC_OK;
}

void body_hash_add(struct body_hash *b, struct str piece)
{
    for (size_t i = 0; i < 2; i++)
        if (b->stream[i].hash != NULL)
            dkim_canon_body_add(&b->stream[i].canon, piece);
}

void body_hash_end(struct body_hash *b)
{
    for (size_t i = 0; i < 2 && !b->ended; i++) {
        struct stream *s = &b->stream[i];

        if (s->hash == NULL)
            continue;
        dkim_canon_body_end(&s->canon);
        stream_sink(s, STR_NONE); /* l=0 of a body without a byte */
        if (s->next < s->n && s->mark[s->n - 1].length == BODY_HASH_ALL) {
            s->next = s->n - 1;
            reach(s);
        }
    }
    b->ended = true;
}

/* The mark of a stream's whole, which is the last; NULL when nobody wants it. */
static const struct mark *mark_of_whole(const struct stream *s)
{
    return s->n > 0 && s->mark[s->n - 1].length == BODY_HASH_ALL ? &s->mark[s->n - 1] : NULL;
}

bool body_hash_has_whole(const struct body_hash *b)
{
    return mark_of_whole(&b->stream[DKIM_CANON_SIMPLE]) != NULL ||
           mark_of_whole(&b->stream[DKIM_CANON_RELAXED]) != NULL;
}

const unsigned char *body_hash_whole(const struct body_hash *b)
{
    const struct mark *m = mark_of_whole(&b->stream[DKIM_CANON_SIMPLE]);

    if (m == NULL)
        m = mark_of_whole(&b->stream[DKIM_CANON_RELAXED]);
    return m != NULL && m->reached ? m->digest : NULL;
}

bool body_hash_failed(const struct body_hash *b, enum dkim_canon how)
{
    return b->stream[how].failed;
}

const unsigned char *body_hash_digest(const struct body_hash *b, enum dkim_canon how, uint64_t length,
                                      uint64_t *beyond)
{
    const struct stream *s = &b->stream[how];
    const struct mark *m = &s->mark[mark_place(s, length)];

    MUST(m < s->mark + s->n && m->length == length);
    if (beyond != NULL)
        *beyond = s->seen > length ? s->seen - length : 0;
    return m->reached ? m->digest : NULL;
}
