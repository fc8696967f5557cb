#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkim/arc.h"
#include "mail/eml.h"

/* Messages and keys are those of tests/conformance/arc, whose test judges all; here is what else is told. */

enum { NOW = 1700000000, FILE_BYTES_MAX = 256 * 1024 };

static struct dns *dns;

static const char *part(const char *name, char path[500])
{
    const char *srcdir = getenv("srcdir");

    snprintf(path, 500, "%s/tests/conformance/arc/%s", srcdir == NULL ? "." : srcdir, name);
    return path;
}

static int open_zone(void **state)
{
    struct err e = ERR_NONE;
    char path[500];

    (void)state;
    dns = dns_open_zone(part("zone", path), &e);
    return dns == NULL ? -1 : 0;
}

static int close_zone(void **state)
{
    (void)state;
    arcv_shutdown();
    dns_close(dns);
    return 0;
}

struct run {
    struct message m;
    struct dns_scope *scope;
    struct arcv *v;
    struct str body;
};

static void begin(struct run *r, const char *name)
{
    static const struct message_bounds bounds = {1000, FILE_BYTES_MAX};
    struct err e = ERR_NONE;
    char path[500];
    FILE *f = fopen(part(name, path), "rb");
    char *text;

    assert_non_null(f);
    *r = (struct run){.m = {.arena = arena_new(4 << 20)}, .scope = dns_scope_new(dns, 5000)};
    text = arena_alloc(r->m.arena, FILE_BYTES_MAX);
    assert_int_equal(
        eml_read((struct str){text, fread(text, 1, FILE_BYTES_MAX, f)}, &r->m, &bounds, &r->body, &e), RC_OK);
    fclose(f);
    assert_int_equal(arcv_begin(&r->v, &r->m, r->scope, 1024, NOW, &e), RC_OK);
}

static void feed(void *ctx, struct str piece)
{
    arcv_body(ctx, piece);
}

static void end(struct run *r)
{
    arcv_free(r->v);
    dns_scope_free(r->scope);
    arena_free(r->m.arena);
}

static void no_chain_costs_nothing(void **state)
{
    struct run r;

    (void)state;
    begin(&r, "none.eml");
    assert_null(r.v);
    end(&r);
}

static void who_took_part(void **state)
{
    struct arc_evidence got;
    struct run r;

    (void)state;
    begin(&r, "body-changed-before-three.eml");
    assert_true(arcv_wants_body(r.v));
    eml_body(r.body, feed, r.v);
    arcv_finish(r.v, &got);
    assert_int_equal(got.result, ARC_PASS);
    assert_string_equal(got.reason, "");
    assert_int_equal(got.oldest_pass, 3);
    assert_int_equal(got.n, 3);
    assert_string_equal(got.set[0].seal_domain, "one.example");
    assert_string_equal(got.set[0].seal_selector, "s1");
    assert_string_equal(got.set[2].seal_domain, "three.example");
    assert_string_equal(got.set[2].sign_domain, "three.example");
    assert_true(str_starts_nocase(got.set[1].authres, STR(" two.example;\r\n\tspf=pass")));
    end(&r);
}

/* A chain that did not verify still tells who claims to have taken part; one that is no chain does not. */
static void sets_of_failed_chains(void **state)
{
    static const struct { const char *name; size_t n; bool body; unsigned questions; } rows[] = {
        {"body-changed.eml", 2, true, 1}, /* only the newest set's: it did not verify */
        {"signature-expired.eml", 1, false, 0},
        {"gap.eml", 0, false, 0},
        {"cv-fail.eml", 0, false, 0},
        {"fifty-one.eml", 0, false, 0},
        {"seal-with-h.eml", 0, false, 0},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arc_evidence got;
        struct run r;

        begin(&r, row->name);
        ASSERT_ROW(arcv_wants_body(r.v) == row->body, row);
        arcv_body(r.v, STR("a body\r\n"));
        arcv_finish(r.v, &got);
        ASSERT_ROW(got.result == ARC_FAIL && got.oldest_pass == -1 && got.reason[0] != '\0', row);
        ASSERT_ROW(got.n == row->n, row);
        ASSERT_ROW(dns_scope_questions(r.scope) == row->questions, row);
        end(&r);
    }
}

static void limits_are_noted(void **state)
{
    struct arc_evidence got;
    struct run r;

    (void)state;
    begin(&r, "fifty-one.eml");
    assert_int_equal(r.m.limits, 1u << MESSAGE_LIMIT_ARC);
    arcv_finish(r.v, &got);
    assert_int_equal(got.result, ARC_FAIL);
    end(&r);
    begin(&r, "fifty.eml");
    assert_int_equal(r.m.limits, 0);
    end(&r);
}

/* Without memory for the whole of it: fail, with the limit noted; never a crash. */
static void memory_is_gone(void **state)
{
    struct run r;

    (void)state;
    begin(&r, "three.eml");
    for (size_t room = 1000; room < 200 * 1000; room += 977) {
        struct message m = r.m;
        struct arc_evidence got;
        struct err e = ERR_NONE;
        struct arcv *v;
        enum rc rc;

        m.arena = arena_new(room);
        rc = arcv_begin(&v, &m, r.scope, 1024, NOW, &e);
        if (rc == RC_OK) {
            eml_body(r.body, feed, v);
            arcv_finish(v, &got);
            assert_true(got.result == ARC_PASS || m.limits != 0);
            assert_true((got.result == ARC_PASS) == (got.reason[0] == '\0'));
            arcv_free(v);
        } else {
            assert_int_equal(rc, RC_NOMEM);
            assert_null(v);
        }
        arena_free(m.arena);
    }
    end(&r);
}

/* The body in any pieces gives the same. */
static void pieces(void **state)
{
    (void)state;
    for (size_t step = 1; step < 9; step++) {
        struct arc_evidence got;
        struct run r;

        begin(&r, "three.eml");
        for (size_t at = 0; at < r.body.n; at += step)
            arcv_body(r.v, str_slice(r.body, at, at + step));
        arcv_finish(r.v, &got);
        assert_int_equal(got.result, ARC_PASS);
        assert_int_equal(got.oldest_pass, 0);
        end(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_chain_costs_nothing), cmocka_unit_test(who_took_part),
        cmocka_unit_test(sets_of_failed_chains), cmocka_unit_test(limits_are_noted),
        cmocka_unit_test(memory_is_gone), cmocka_unit_test(pieces),
    };
    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
