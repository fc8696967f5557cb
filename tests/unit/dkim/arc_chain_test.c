#include "unit.h"

#include <string.h>

#include "dkim/arc_chain.h"

#define AAR(n) {"ARC-Authentication-Results", " i=" n "; mx" n ".example; spf=pass"}
#define AMS(n) {"ARC-Message-Signature", " i=" n "; a=rsa-sha256; d=d.example; s=s; h=from; bh=AAAA; b=BBBB"}
#define SEAL(n, cv) {"ARC-Seal", " i=" n "; a=rsa-sha256; d=d.example; s=s; cv=" cv "; b=BBBB"}
#define SET(n, cv) SEAL(n, cv), AMS(n), AAR(n)

enum { FIELDS_MAX = 10 };

struct field {
    const char *name, *value;
};

static enum rc read_fields(struct arena *a, const struct field *field, struct arc_chain *out)
{
    static struct header headers[FIELDS_MAX];
    size_t n = 0;

    for (; n < FIELDS_MAX && field[n].name != NULL; n++)
        headers[n] = (struct header){str_of(field[n].name), str_of(field[n].value)};
    return arc_chain_read(a, headers, n, out);
}

/* RFC 8617 section 5.2, steps 1 to 3; what is wrong with single tags stands in dkim_sig_test. */
static void structure(void **state)
{
    static const struct {
        const char *name;
        struct field field[FIELDS_MAX];
        size_t fields, n;
        const char *problem;
    } rows[] = {
        {"none", {{"From", " a@b.example"}}, 0, 0, ""},
        {"one", {SET("1", "none")}, 3, 1, ""},
        {"two", {SET("2", "pass"), SET("1", "none")}, 6, 2, ""},
        {"any order", {AAR("1"), SEAL("2", "pass"), AMS("2"), AMS("1"), AAR("2"), SEAL("1", "none")},
         6, 2, ""},
        {"odd names", {AMS("1"), AAR("1"),
         {"arc-seal ", " i=1; a=rsa-sha256; d=d.example; s=s; cv=none; b=BB=="}}, 3, 1, ""},
        {"seal missing", {AMS("1"), AAR("1")}, 2, 1, "AS i=1: missing"},
        {"signature missing", {SEAL("1", "none"), AAR("1")}, 2, 1, "AMS i=1: missing"},
        {"results missing", {SEAL("1", "none"), AMS("1")}, 2, 1, "AAR i=1: missing"},
        {"gap", {SET("3", "pass"), SET("1", "none")}, 6, 3, "AAR i=2: missing"},
        {"not from 1", {SET("2", "pass")}, 3, 2, "AAR i=1: missing"},
        {"seal twice", {SET("1", "none"), SEAL("1", "none")}, 4, 1, "AS i=1: more than one"},
        {"results twice", {SET("1", "none"), AAR("1")}, 4, 1, "AAR i=1: more than one"},
        {"cv=pass first", {SET("1", "pass")}, 3, 1, "AS i=1: cv= of the first seal is not none"},
        {"cv=none later", {SET("2", "none"), SET("1", "none")}, 6, 2,
         "AS i=2: cv= of a later seal is not pass"},
        {"ended", {SET("2", "fail"), SET("1", "none")}, 6, 2, "AS i=2: cv=fail"},
        {"ended, and nothing else whole", {SEAL("7", "fail")}, 1, 7, "AS i=7: cv=fail"},
        {"failed below", {SET("2", "pass"), SET("1", "fail")}, 6, 2,
         "AS i=1: cv= of the first seal is not none"},
        {"unreadable", {SET("1", "none"), {"ARC-Seal", " ?"}}, 4, 1,
         "AS: i= or the field as a whole cannot be read"},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    FOR_ROWS(row, rows) {
        struct arc_chain chain;

        ASSERT_ROW(read_fields(a, row->field, &chain) == RC_OK, row);
        ASSERT_ROW(chain.fields == row->fields && chain.n == row->n, row);
        ASSERT_ROW(strcmp(chain.problem, row->problem) == 0, row);
        ASSERT_ROW(!chain.over, row);
    }
    arena_free(a);
}

/* RFC 8617 section 4.1.1 */
static void results(void **state)
{
    static const struct { const char *name; size_t instance; const char *payload; } rows[] = {
        {" i=1; mx.example; none", 1, " mx.example; none"},
        {"i=50;x", 50, "x"},
        {" i=01;", 1, ""},
        {" (a (b)) i (c) =\r\n\t7 (d);e;f", 7, "e;f"},
        {" i=0; x", 0, ""}, {" i=51; x", 0, ""}, {" i=; x", 0, ""}, {" i=001; x", 0, ""}, {" i=x; x", 0, ""},
        {" I=1; x", 0, ""}, {" i=1 x", 0, ""}, {" i=1", 0, ""}, {" x; i=1", 0, ""}, {"", 0, ""},
        {" (i=1; x", 0, ""}, {" \"i\"=1; x", 0, ""},
    };
    struct arena *a = arena_new(1 << 20);

    (void)state;
    FOR_ROWS(row, rows) {
        struct field field[] = {{"ARC-Authentication-Results", row->name}, {NULL, NULL}};
        struct arc_chain chain;

        ASSERT_ROW(read_fields(a, field, &chain) == RC_OK, row);
        ASSERT_ROW(chain.n == row->instance, row);
        if (chain.n > 0)
            ASSERT_ROW(str_eq(chain.link[chain.n - 1].payload, str_of(row->payload)), row);
    }
    arena_free(a);
}

static void too_many(void **state)
{
    static struct header headers[DKIM_SIG_INSTANCE_MAX + 1];
    struct arena *a = arena_new(1 << 20);
    struct arc_chain chain;

    (void)state;
    for (size_t i = 0; i <= DKIM_SIG_INSTANCE_MAX; i++)
        headers[i] = (struct header){STR("ARC-Seal"), STR(" junk")};
    assert_int_equal(arc_chain_read(a, headers, DKIM_SIG_INSTANCE_MAX, &chain), RC_OK);
    assert_false(chain.over);
    assert_int_equal(arc_chain_read(a, headers, DKIM_SIG_INSTANCE_MAX + 1, &chain), RC_OK);
    assert_true(chain.over);
    assert_string_equal(chain.problem, "more ARC sets than 50");
    assert_int_equal(arena_used(a) < 10000 + DKIM_SIG_INSTANCE_MAX * sizeof *chain.link, 1);
    arena_free(a);
}

static void no_memory(void **state)
{
    struct field field[] = {SET("1", "none"), {NULL, NULL}};
    struct arena *a = arena_new(64);
    struct arc_chain chain;

    (void)state;
    assert_int_equal(read_fields(a, field, &chain), RC_NOMEM);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure), cmocka_unit_test(results), cmocka_unit_test(too_many),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
