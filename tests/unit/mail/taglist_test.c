#include "unit.h"

#include <string.h>

#include "mail/taglist.h"

/* "name=[value]" of each tag, or "!" and the error. */
static const char *read_list(struct arena *a, struct str text)
{
    struct strbuf b = strbuf_new(a, 8192);
    struct taglist list;
    struct err e = ERR_NONE;

    if (taglist_parse(a, text, &list, &e) != RC_OK) {
        strbuf_putf(&b, "!%s", e.text);
        return b.p;
    }
    for (size_t i = 0; i < list.n; i++)
        strbuf_putf(&b, "%s%.*s=[%.*s]", i == 0 ? "" : " ", STR_FMT(list.tag[i].name), STR_FMT(list.tag[i].value));
    return b.p;
}

static void parsing(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"v=1; a=rsa-sha256", "v=[1] a=[rsa-sha256]"},
        {"v=1;", "v=[1]"},
        {"v=1 ; ", "v=[1]"},
        {"  v \t=\r\n 1\r\n\t; a=2", "v=[1] a=[2]"},
        {"b=ab\r\n cd ef==", "b=[ab\r\n cd ef==]"},
        {"p=", "p=[]"},
        {"p=;t=s", "p=[] t=[s]"},
        {"p= ; t=", "p=[] t=[]"},
        {"a_b9=x", "a_b9=[x]"},
        {"h=From:To=x", "h=[From:To=x]"},
        {"a=1;A=2", "a=[1] A=[2]"},
        {"n=\xc3\xbc", "n=[\xc3\xbc]"},
        {"", ""},
        {" \r\n ", ""},
        {"a=1;a=1", "!duplicate tag a="},
        {"a=1;b=2; a =3", "!duplicate tag a="},
        {"a", "!tag without \"=\""},
        {"a=1;b", "!tag without \"=\""},
        {"=1", "!malformed tag name"},
        {" =1", "!malformed tag name"},
        {"1a=1", "!malformed tag name"},
        {"_a=1", "!malformed tag name"},
        {"a b=1", "!malformed tag name"},
        {"a-b=1", "!malformed tag name"},
        {"\xc3\xbc=1", "!malformed tag name"},
        {"a=x\x01y", "!control character in tag a="},
        {"a=x\x7f", "!control character in tag a="},
        {";", "!empty tag"},
        {";a=1", "!empty tag"},
        {"a=1;;", "!empty tag"},
        {"a=1; ;", "!empty tag"},
        {"a=1;;b=2", "!empty tag"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(64 * 1024);

        ASSERT_ROW(strcmp(read_list(a, str_of(row->name)), row->want) == 0, row);
        arena_free(a);
    }
}

static void limits(void **state)
{
    struct arena *a = arena_new(64 * 1024), *none = arena_new(8);
    struct strbuf b = strbuf_new(a, 4096);
    struct taglist list;

    (void)state;
    for (int i = 0; i < TAGLIST_MAX; i++)
        strbuf_putf(&b, "t%d=%d;", i, i);
    assert_int_equal(taglist_parse(a, strbuf_str(&b), &list, NULL), RC_OK);
    assert_int_equal(list.n, TAGLIST_MAX);
    assert_int_equal(taglist_parse(none, strbuf_str(&b), &list, NULL), RC_NOMEM);
    strbuf_puts(&b, "x=1");
    assert_int_equal(taglist_parse(a, strbuf_str(&b), &list, NULL), RC_LIMIT);
    assert_string_equal(read_list(a, STR("a=x\0y")), "!control character in tag a=");
    arena_free(none);
    arena_free(a);
}

static void getting(void **state)
{
    struct arena *a = arena_new(64 * 1024);
    struct taglist list;
    struct str value;

    (void)state;
    assert_int_equal(taglist_parse(a, STR("p=; b=ab\r\n\tc d"), &list, NULL), RC_OK);
    assert_true(taglist_get(&list, "p", &value));
    assert_int_equal(value.n, 0);
    assert_false(taglist_get(&list, "P", &value));
    assert_true(taglist_get(&list, "b", &value));
    assert_string_equal(taglist_unfold(a, value), "abcd");
    assert_string_equal(taglist_unfold(a, STR_NONE), "");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parsing), cmocka_unit_test(limits), cmocka_unit_test(getting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
