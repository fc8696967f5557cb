#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syntax/sections.h"

static const struct section_field fields[] = {{"Title", false}, {"SPF", true}, {"Networks", true}};
static const struct section_kind kind = {"sender", "senders.conf(5)", fields, 3};

/* Sections as "title@line:column[Field@line:column=value@line:column|value@…]". */
static const char *shown(struct arena *a, const struct sections *f)
{
    struct strbuf b = strbuf_new(a, 4000);

    for (size_t i = 0; i < f->n; i++) {
        const struct section *s = &f->section[i];

        strbuf_putf(&b, "%s%s@%u:%u[", i > 0 ? " " : "", s->title, s->place.line, s->place.column);
        for (size_t j = 0; j < kind.fields; j++) {
            const struct section_value *v = &s->value[j];

            if (v->present)
                strbuf_putf(&b, "%s", fields[j].name);
            for (size_t k = 0; k < v->n; k++)
                strbuf_putf(&b, "%c%s@%u:%u", k == 0 ? '=' : '|', v->item[k].text, v->item[k].place.line,
                            v->item[k].place.column);
            strbuf_puts(&b, v->present ? ";" : "");
        }
        strbuf_puts(&b, "]");
    }
    return b.p;
}

static void reading(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"", ""},
        {"# nothing\n/* at\nall */", ""},
        {"sender a {}", "a@1:8[]"},
        {"sender a { Title = x }", "a@1:8[Title=x@1:20;]"},
        {"\n sender 'a b' {\n\tTitle = \"x y\"\n}\nSENDER b{title=\"\"}", "a b@2:9[Title=x y@3:10;] b@5:8[Title=@5:16;]"},
        {"sender a { SPF = {} Title = SPF }", "a@1:8[Title=SPF@1:29;SPF;]"},
        {"sender a { SPF = one.example }", "a@1:8[SPF=one.example@1:18;]"},
        {"sender a { SPF = {a,\n a, 'a'} } sender SPF { SPF = {SPF} }",
         "a@1:8[SPF=a@1:19|a@2:2|a@2:5;] SPF@2:19[SPF=SPF@2:32;]"},
        {"sender a { SPF = {a} SPF += {b, c} }", "a@1:8[SPF=a@1:19|b@1:30|c@1:33;]"},
        {"sender a { Networks = {2001:db8::/32, 192.0.2.1} }", "a@1:8[Networks=2001:db8::/32@1:24|192.0.2.1@1:39;]"},
        {"sender a { Title = \"# { } = , 'x'\" }", "a@1:8[Title=# { } = , 'x'@1:20;]"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct sections f;
        struct err e = ERR_NONE;
        enum rc rc = sections_parse(a, str_of(row->name), "F", &kind, &f, &e);

        ASSERT_ROW(rc == RC_OK, row);
        if (strcmp(shown(a, &f), row->want) != 0)
            fail_msg("%s\n gives %s\n not   %s", row->name, shown(a, &f), row->want);
        arena_free(a);
    }
}

/* Each gives one sentence with file, line, what is wrong and what to do. */
static void complaints(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"sender a {\n  Tittle = x\n}", "F:2:3: a sender has no field Tittle; did you mean Title?"},
        {"sender a {\n  Colour = x\n}", "F:2:3: a sender has no field Colour; senders.conf(5) lists them all"},
        {"sender a {}\n\nclient b {}", "F:3:1: there is nothing called client; write sender NAME { ... }; see "
                                       "senders.conf(5)"},
        {"Title = x", "F:1:1: there is nothing called Title; write sender NAME { ... }; see senders.conf(5)"},
        {"sender a {}\nsender b {}\n sender A {}", "F:3:9: sender A stands in line 1 already; keep one of the two, or "
                                                   "give it another name"},
        {"sender a { Title = x\n Title = y }", "F:2:10: Title was set in line 1 already; keep one of the two"},
        {"sender a { SPF = {x, y}\n SPF = {z} }", "F:2:9: SPF was set in line 1 already; keep one of the two"},
        {"sender a {}\nsender b { Title = x", "F:2:8: this section is never closed; add the missing }"},
        {"sender a { SPF = {x", "F:1: premature end of file; write sender NAME { FIELD = VALUE }, a list as {VALUE, "
                                "VALUE}, and quotes around what has blanks or signs in it"},
        {"sender a {", "F:1:8: this section is never closed; add the missing }"},
        {"sender a { Title = https://example.com/ }", "F:1:8: this section is never closed; add the missing }"},
        {"sender { Title = x }", "F:1: missing title for section 'sender'; write sender NAME { FIELD = VALUE }, a list "
                                 "as {VALUE, VALUE}, and quotes around what has blanks or signs in it"},
        {"sender a {\n Title x }", "F:2: missing equal sign after option 'Title'; write sender NAME { FIELD = VALUE }, "
                                   "a list as {VALUE, VALUE}, and quotes around what has blanks or signs in it"},
        {"sender a { Title = \"x }", "F:1: the string is not closed on its line; add the missing quote"},
        {"sender a { } }", "F:1: unexpected closing brace; write sender NAME { FIELD = VALUE }, a list as {VALUE, "
                           "VALUE}, and quotes around what has blanks or signs in it"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct sections f;
        struct err e = ERR_NONE;

        ASSERT_ROW(sections_parse(a, str_of(row->name), "F", &kind, &f, &e) == RC_BAD, row);
        if (strcmp(e.text, row->want) != 0)
            fail_msg("%s\n gives %s\n not   %s", row->name, e.text, row->want);
        arena_free(a);
    }
}

/* `sections` of them, one with a list of `items`. */
static enum rc parse_many(struct arena *a, size_t sections, size_t items, struct sections *f, struct err *e)
{
    struct strbuf b = strbuf_new(a, 100 + sections * 20 + items * 8);

    strbuf_puts(&b, "sender first { SPF = {");
    for (size_t i = 0; i < items; i++)
        strbuf_putf(&b, "%s%06zu", i > 0 ? "," : "", i);
    strbuf_puts(&b, "} }\n");
    for (size_t i = 1; i < sections; i++)
        strbuf_putf(&b, "sender s%05zu {}\n", i);
    assert_false(b.over);
    return sections_parse(a, strbuf_str(&b), "F", &kind, f, e);
}

static void limits(void **state)
{
    static const struct { const char *name; size_t sections, items; bool good; } rows[] = {
        {"as many as may be", SECTIONS_MAX, SECTION_ITEMS_MAX, true},
        {"a section more", SECTIONS_MAX + 1, 1, false},
        {"an item more", 1, SECTION_ITEMS_MAX + 1, false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(32 << 20);
        struct sections f;
        struct err e = ERR_NONE;
        enum rc rc = parse_many(a, row->sections, row->items, &f, &e);

        ASSERT_ROW((rc == RC_OK) == row->good, row);
        if (row->good) {
            ASSERT_ROW(f.n == row->sections && f.section[0].value[1].n == row->items, row);
            assert_string_equal(f.section[f.n - 1].title, "s04999");
            assert_int_equal(f.section[f.n - 1].place.line, SECTIONS_MAX);
        }
        arena_free(a);
    }
}

static void files(void **state)
{
    struct arena *a = arena_new(8 << 20);
    struct sections f;
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(sections_read(a, "/nowhere/x.conf", &kind, &f, &e), RC_NOTFOUND);
    assert_int_equal(sections_read(a, "/", &kind, &f, &e), RC_BAD);
    assert_int_equal(sections_read(a, "/dev/zero", &kind, &f, &e), RC_LIMIT);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading), cmocka_unit_test(complaints), cmocka_unit_test(limits), cmocka_unit_test(files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
