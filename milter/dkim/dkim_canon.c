#include "dkim/dkim_canon.h"

#include <string.h>

/* ---- header fields ---- */

/* Collects small writes, so that the sink is called seldom. */
struct batch {
    dkim_canon_sink sink;
    void *ctx;
    size_t n;
    char buf[512];
};

static void dkim_canon_batch_flush(struct batch *out)
{
    if (out->n > 0)
        out->sink(out->ctx, (struct str){out->buf, out->n});
    out->n = 0;
}

static void batch_putc(struct batch *out, char c)
{
    if (out->n == sizeof out->buf)
        dkim_canon_batch_flush(out);
    out->buf[out->n++] = c;
}

/*
 * RFC 6376 section 3.4.2, over one stretch of the value: line ends vanish, a
 * run of white space becomes one SP, and white space at the ends of the whole
 * value vanishes.  `wsp` and `some` carry over to the next stretch.
 */
static void relax_stretch(struct batch *out, struct str s, bool *wsp, bool *some)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (c == '\r' || c == '\n')
            continue;
        if (char_is_wsp(c)) {
            *wsp = true;
            continue;
        }
        if (*wsp && *some)
            batch_putc(out, ' ');
        batch_putc(out, c);
        *wsp = false;
        *some = true;
    }
}

static void relaxed_header(const struct dkim_canon_field *f, dkim_canon_sink sink, void *ctx)
{
    struct str name = str_trim(f->name);
    struct batch out = {.sink = sink, .ctx = ctx};
    bool wsp = false, some = false;

    for (size_t i = 0; i < name.n; i++)
        batch_putc(&out, char_lower(name.p[i]));
    batch_putc(&out, ':');
    relax_stretch(&out, str_slice(f->value, 0, f->cut_from), &wsp, &some);
    relax_stretch(&out, str_slice(f->value, f->cut_to, f->value.n), &wsp, &some);
    dkim_canon_batch_flush(&out);
}

/* RFC 6376 section 3.4.1: as it came. */
static void simple_header(const struct dkim_canon_field *f, dkim_canon_sink sink, void *ctx)
{
    sink(ctx, f->name);
    sink(ctx, STR(":"));
    sink(ctx, str_slice(f->value, 0, f->cut_from));
    sink(ctx, str_slice(f->value, f->cut_to, f->value.n));
}

void dkim_canon_header(enum dkim_canon how, const struct dkim_canon_field *field, dkim_canon_sink sink,
                       void *ctx)
{
    struct dkim_canon_field whole = *field;

    if (whole.cut_from >= whole.cut_to)
        whole.cut_from = whole.cut_to = 0;
    if (how == DKIM_CANON_RELAXED)
        relaxed_header(&whole, sink, ctx);
    else
        simple_header(&whole, sink, ctx);
    if (whole.crlf)
        sink(ctx, STR("\r\n"));
}

/* ---- bodies ---- */

void dkim_canon_body_start(struct dkim_canon_body *b, enum dkim_canon how, dkim_canon_sink sink, void *ctx)
{
    b->how = how;
    b->sink = sink;
    b->ctx = ctx;
    b->blank = 0;
    b->some = b->cr = b->wsp = false;
    b->n = 0;
}

static void body_flush(struct dkim_canon_body *b)
{
    if (b->n > 0)
        b->sink(b->ctx, (struct str){b->buf, b->n});
    b->n = 0;
}

static void body_putc(struct dkim_canon_body *b, char c)
{
    if (b->n == sizeof b->buf)
        body_flush(b);
    b->buf[b->n++] = c;
}

static void put_line_end(struct dkim_canon_body *b)
{
    body_putc(b, '\r');
    body_putc(b, '\n');
}

/* Content is about to be written: the line ends and the blank held back before it count now. */
static void body_release(struct dkim_canon_body *b)
{
    for (; b->blank > 0; b->blank--)
        put_line_end(b);
    if (b->wsp)
        body_putc(b, ' ');
    b->wsp = false;
    b->some = true;
}

/* RFC 6376 section 3.4.4 a: white space before the line end vanishes. */
static void body_line_end(struct dkim_canon_body *b)
{
    b->wsp = false;
    b->blank++;
}

enum { BLOCK = 16 };
typedef unsigned char block __attribute__((vector_size(BLOCK)));

static block block_of(char c)
{
    block b;

    memset(&b, c, sizeof b);
    return b;
}

static block is_blank(block b)
{
    return (block)((b == block_of(' ')) | (b == block_of('\t')));
}

/*
 * Whether relaxed leaves BLOCK bytes as they are, knowing the two behind them: no blanks but single spaces in between,
 * and no CR but of a line end with content before it and behind it.
 */
static bool is_as_it_is(const char *p)
{
    uint64_t words[BLOCK / sizeof(uint64_t)];
    block here, next, after, cr = block_of('\r'), bad;

    memcpy(&here, p, BLOCK);
    memcpy(&next, p + 1, BLOCK);
    memcpy(&after, p + 2, BLOCK);
    bad = (block)(here == block_of('\t')) | ((block)(here == block_of(' ')) & (is_blank(next) | (block)(next == cr))) |
          ((block)(here == cr) & ((block)(next != block_of('\n')) | (block)(after == cr) | is_blank(after)));
    memcpy(words, &bad, sizeof words);
    return (words[0] | words[1]) == 0;
}

/* Copies the bytes up to the next one with a meaning of its own, as far as the buffer goes; how many. */
static size_t dkim_canon_put_plain(struct dkim_canon_body *b, const char *p, size_t n)
{
    char *to = b->buf + b->n;
    size_t i = 0;

    if (n > sizeof b->buf - b->n)
        n = sizeof b->buf - b->n;
    if (b->how == DKIM_CANON_SIMPLE) {
        const char *cr = memchr(p, '\r', n);

        i = cr == NULL ? n : (size_t)(cr - p);
        memcpy(to, p, i);
    } else {
        for (; n - i >= BLOCK + 2 && is_as_it_is(p + i); i += BLOCK)
            memcpy(to + i, p + i, BLOCK);
        for (; i < n && p[i] != '\r' && !char_is_wsp(p[i]); i++)
            to[i] = p[i];
    }
    b->n += i;
    return i;
}

/* Content that begins at `p`, where no byte with a meaning of its own stands: copies a run of it. */
static size_t body_run(struct dkim_canon_body *b, const char *p, size_t n)
{
    if (b->blank > 0 || b->wsp || !b->some)
        body_release(b);
    if (b->n == sizeof b->buf)
        body_flush(b);
    return dkim_canon_put_plain(b, p, n);
}

static void lone_cr(struct dkim_canon_body *b)
{
    body_release(b);
    body_putc(b, '\r');
}

void dkim_canon_body_add(struct dkim_canon_body *b, struct str piece)
{
    size_t i = 0;

    while (i < piece.n) {
        char c = piece.p[i];

        if (b->cr && c == '\n') {
            b->cr = false;
            body_line_end(b);
            i++;
            continue;
        }
        if (b->cr)
            lone_cr(b);
        b->cr = c == '\r';
        if (b->cr) {
            i++;
        } else if (b->how == DKIM_CANON_RELAXED && char_is_wsp(c)) {
            b->wsp = true;
            i++;
        } else {
            i += body_run(b, piece.p + i, piece.n - i);
        }
    }
}

/*
 * Empty lines at the end are ignored.  What remains ends in one CRLF, and an
 * empty body is CRLF for simple (section 3.4.3), nothing for relaxed (3.4.4).
 */
void dkim_canon_body_end(struct dkim_canon_body *b)
{
    if (b->cr)
        lone_cr(b);
    b->cr = false;
    if (b->how == DKIM_CANON_SIMPLE || b->some)
        put_line_end(b);
    body_flush(b);
}
