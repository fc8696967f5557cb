/* Walks for tests of pure code, out of text: "a.b.example=p=none|b.example|example" (names, with records or not). */
#ifndef ASSAY_TESTS_AUTH_WALKS_H
#define ASSAY_TESTS_AUTH_WALKS_H

#include <string.h>

#include "dmarc/dmarc_discover.h"

/*
 * Steps are separated by '|'; after a name may stand "=" and what follows
 * "v=DMARC1; " in its record, or "=!" for a query that failed.  A last '|'
 * leaves the walk open: not complete, not failed.
 */
static inline struct dmarc_walk walk_of(struct arena *a, const char *text)
{
    struct dmarc_walk w = {.complete = true};
    struct str rest = str_of(text);

    while (rest.n > 0) {
        size_t end = str_find(rest, '|');
        struct str spec = str_slice(rest, 0, end);
        size_t eq = str_find(spec, '=');
        struct dmarc_step *s = &w.step[w.n++];
        struct str tags = str_slice(spec, eq + 1, spec.n);

        *s = (struct dmarc_step){.domain = str_dup(a, str_slice(spec, 0, eq)), .text = "", .why = ""};
        if (str_eq(tags, STR("!"))) {
            s->temp = true;
            w.complete = false;
        } else if (eq < spec.n) {
            struct dmarc_record *r = arena_alloc(a, sizeof *r);
            struct strbuf b = strbuf_new(a, 200);

            strbuf_putf(&b, "v=DMARC1; %.*s", STR_FMT(tags));
            assert_int_equal(dmarc_record_parse(a, strbuf_str(&b), r), RC_OK);
            s->record = r;
            s->text = b.p;
        }
        if (end + 1 == rest.n)
            w.complete = false;
        rest = str_slice(rest, end + 1, rest.n);
    }
    w.start = w.step[0].domain;
    return w;
}

#endif
