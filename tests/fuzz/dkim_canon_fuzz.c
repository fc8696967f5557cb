/*
 * Canonicalization: relaxed bodies and fields are fixed points, pieces change
 * nothing, and emptying b= is the same as its never having been there.
 */
#include <string.h>

#include "dkim/dkim_canon.h"
#include "fuzz.h"

static void collect(void *ctx, struct str piece)
{
    strbuf_put(ctx, piece);
}

static struct str body(struct arena *a, enum dkim_canon how, struct str text, size_t step)
{
    struct strbuf out = strbuf_new(a, text.n + 2);
    struct dkim_canon_body b;

    dkim_canon_body_start(&b, how, collect, &out);
    for (size_t at = 0; at < text.n; at += step)
        dkim_canon_body_add(&b, str_slice(text, at, at + step));
    dkim_canon_body_end(&b);
    HOLDS(!out.over);
    return strbuf_str(&out);
}

static struct str field(struct arena *a, enum dkim_canon how, struct str value, size_t from, size_t to)
{
    struct strbuf out = strbuf_new(a, value.n + 10);
    struct dkim_canon_field f = {
        .name = STR("Name"), .value = value, .cut_from = from, .cut_to = to, .crlf = true};

    dkim_canon_header(how, &f, collect, &out);
    HOLDS(!out.over);
    return strbuf_str(&out);
}

static void bodies(struct arena *a, struct str text)
{
    for (enum dkim_canon how = DKIM_CANON_SIMPLE; how <= DKIM_CANON_RELAXED; how++) {
        struct str whole = body(a, how, text, text.n + 1);

        HOLDS(str_eq(whole, body(a, how, text, 1)));
        HOLDS(str_eq(whole, body(a, how, text, 3)));
        HOLDS(str_eq(whole, body(a, how, whole, 5)));
        HOLDS(whole.n == 0 || str_ends_nocase(whole, STR("\r\n")));
    }
}

static void fields(struct arena *a, struct str text)
{
    size_t from = text.n / 3, to = text.n / 2;
    struct strbuf without = strbuf_new(a, text.n);

    strbuf_put(&without, str_slice(text, 0, from));
    strbuf_put(&without, str_slice(text, to, text.n));
    for (enum dkim_canon how = DKIM_CANON_SIMPLE; how <= DKIM_CANON_RELAXED; how++) {
        struct str whole = field(a, how, text, 0, 0);

        HOLDS(str_eq(field(a, how, text, from, to), field(a, how, strbuf_str(&without), 0, 0)));
        if (how == DKIM_CANON_RELAXED)
            HOLDS(str_eq(whole, field(a, how, str_slice(whole, 5, whole.n - 2), 0, 0)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);

    if (size < 100000) {
        bodies(a, fuzz_str(data, size));
        fields(a, fuzz_str(data, size));
    }
    arena_free(a);
    return 0;
}
