/*
 * Authentication-Results.  The input is read as a field of somebody's and
 * asked whether it is ours; then it is cut at its newlines and written, as
 * hostile values, into a field of ours, which must be read back the same.
 */
#include <string.h>

#include "fuzz.h"
#include "mail/authres.h"

static const char id[] = "mx.example.org";
static const char *const ours[] = {id};

enum { PIECES_MAX = 24 };

/* What was read is lower case where it says so, and a field read as ours is claimed. */
static void read_it(struct arena *a, struct str value)
{
    bool claimed = authres_claims(a, value, ours, 1, NULL);
    struct err e = ERR_NONE;
    struct authres out;

    if (authres_parse(a, value, &out, &e) != RC_OK) {
        HOLDS(e.text[0] != '\0');
        return;
    }
    HOLDS(out.n <= AUTHRES_RESULTS_MAX);
    HOLDS(claimed || (out.id.n > 0 && out.version == 1));
    HOLDS(claimed || !str_ends_nocase(out.id, str_of(id)) || out.id.n > sizeof id - 1);
    for (size_t i = 0; i < out.n; i++) {
        HOLDS(out.result[i].method.n > 0 && out.result[i].result.n > 0);
        HOLDS(out.result[i].prop_count <= AUTHRES_PROPS_MAX);
        for (size_t c = 0; c < out.result[i].method.n; c++)
            HOLDS(char_lower(out.result[i].method.p[c]) == out.result[i].method.p[c]);
    }
}

/* Ours before anything at all is claimed, and so is anything that strictly begins with it. */
static void prefix_it(struct arena *a, struct str value)
{
    static const char *const spellings[] = {
        "mx.example.org;", " (c) MX.example.org ;", "\"m\\x.example.org\" 1;", "a.mx.example.org.;",
        "mx.example.org (", "(\\) mx.example.org;",
    };

    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        struct strbuf b = strbuf_new(a, value.n + 32);

        strbuf_puts(&b, spellings[i]);
        strbuf_put(&b, value);
        HOLDS(authres_claims(a, strbuf_str(&b), ours, 1, NULL));
    }
}

/* No line but folds, printable ASCII only, and no longer than promised. */
static void check_text(struct str text)
{
    HOLDS(text.n <= AUTHRES_WRITE_MAX);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\n')
            HOLDS(i + 1 < text.n && text.p[i + 1] == '\t');
        else
            HOLDS(text.p[i] == '\t' || (text.p[i] >= ' ' && text.p[i] <= '~'));
    }
}

static bool same_reason(struct str given, struct str read)
{
    if (given.n > AUTHRES_VALUE_MAX)
        given.n = AUTHRES_VALUE_MAX;
    if (given.n != read.n)
        return false;
    for (size_t i = 0; i < given.n; i++)
        if (read.p[i] != (given.p[i] >= ' ' && given.p[i] <= '~' ? given.p[i] : '?'))
            return false;
    return true;
}

static void write_it(struct arena *a, struct str rest)
{
    struct str piece[PIECES_MAX];
    bool kept[PIECES_MAX];
    struct strbuf text = strbuf_new(a, 2 * AUTHRES_WRITE_MAX);
    struct authres_writer w;
    struct authres out;
    size_t n = 0;

    authres_begin(&w, &text, id);
    for (; rest.n > 0 && n < PIECES_MAX; n++) {
        piece[n] = fuzz_take(&rest, '\n');
        authres_method(&w, "spf", "fail");
        authres_reason(&w, piece[n]);
        kept[n] = authres_prop(&w, "smtp", "helo", piece[n]);
        authres_comment(&w, "our words");
    }
    authres_end(&w);
    check_text(strbuf_str(&text));
    HOLDS(authres_claims(a, strbuf_str(&text), ours, 1, NULL));
    HOLDS(authres_parse(a, strbuf_str(&text), &out, NULL) == RC_OK);
    HOLDS(str_eq(out.id, str_of(id)) && out.n == w.methods && (out.n == n || w.over));
    for (size_t i = 0; i < out.n; i++) {
        const struct authres_result *r = &out.result[i];

        HOLDS(str_eq(r->method, STR("spf")) && str_eq(r->result, STR("fail")));
        if (w.over)
            continue; /* which ones were left out is not known here */
        HOLDS(same_reason(piece[i], r->reason));
        HOLDS(r->prop_count == (kept[i] ? 1 : 0));
        HOLDS(!kept[i] || str_eq(r->prop[0].value, piece[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str value = fuzz_str(data, size);
    struct arena *a = arena_new(FUZZ_ARENA_MAX);

    read_it(a, value);
    if (size < AUTHRES_BYTES_MAX - 64)
        prefix_it(a, value);
    write_it(a, value);
    arena_free(a);
    return 0;
}
