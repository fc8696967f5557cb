#include "auth/dkim_canon.h"

#include <string.h>

/* ---- header fields ---- */

/* Collects small writes, so that the sink is called seldom. */
struct batch {
    dkim_canon_sink sink;
    void *ctx;
    size_t n;
    char buf[512];
};

static void batch_flush(struct batch *out)
{
    if (out->n > 0)
        out->sink(out->ctx, (struct str){out->buf, out->n});
    out->n = 0;
}

static void batch_putc(struct batch *out, char c)
{
    if (out->n == sizeof out->buf)
        batch_flush(out);
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
    batch_flush(&out);
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

static void body_put(struct dkim_canon_body *b, struct str s)
{
    while (s.n > 0) {
        size_t take = sizeof b->buf - b->n < s.n ? sizeof b->buf - b->n : s.n;

        memcpy(b->buf + b->n, s.p, take);
        b->n += take;
        s = str_slice(s, take, s.n);
        if (b->n == sizeof b->buf)
            body_flush(b);
    }
}

/* Content is about to be written: the line ends held back before it count now. */
static void body_release(struct dkim_canon_body *b)
{
    for (; b->blank > 0; b->blank--)
        body_put(b, STR("\r\n"));
    if (b->wsp)
        body_put(b, STR(" "));
    b->wsp = false;
    b->some = true;
}

static void body_content(struct dkim_canon_body *b, struct str s)
{
    body_release(b);
    body_put(b, s);
}

/* RFC 6376 section 3.4.4 a: white space before the line end vanishes. */
static void body_line_end(struct dkim_canon_body *b)
{
    b->wsp = false;
    b->blank++;
}

/* The bytes up to the next one with a meaning of its own. */
static size_t plain_run(const struct dkim_canon_body *b, struct str s)
{
    size_t n = 0;

    if (b->how == DKIM_CANON_SIMPLE)
        return str_find(s, '\r');
    while (n < s.n && s.p[n] != '\r' && !char_is_wsp(s.p[n]))
        n++;
    return n;
}

void dkim_canon_body_add(struct dkim_canon_body *b, struct str piece)
{
    while (piece.n > 0) {
        size_t run;

        if (b->cr) {
            b->cr = false;
            if (piece.p[0] == '\n') {
                body_line_end(b);
                piece = str_slice(piece, 1, piece.n);
                continue;
            }
            body_content(b, STR("\r"));
        }
        run = plain_run(b, piece);
        if (run > 0) {
            body_content(b, str_slice(piece, 0, run));
        } else {
            b->cr = piece.p[0] == '\r';
            b->wsp = !b->cr || b->wsp;
            run = 1;
        }
        piece = str_slice(piece, run, piece.n);
    }
}

/*
 * Empty lines at the end are ignored.  What remains ends in one CRLF, and an
 * empty body is CRLF for simple (section 3.4.3), nothing for relaxed (3.4.4).
 */
void dkim_canon_body_end(struct dkim_canon_body *b)
{
    if (b->cr)
        body_content(b, STR("\r"));
    b->cr = false;
    if (b->how == DKIM_CANON_SIMPLE || b->some)
        body_put(b, STR("\r\n"));
    body_flush(b);
}
