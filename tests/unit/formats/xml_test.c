#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "formats/xml.h"

enum { ROOM = 64 * 1024 };
#define BEGINNING "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static enum rc keep(void *arg, struct str bytes, struct err *e)
{
    (void)e;
    strbuf_put(arg, bytes);
    return RC_OK;
}

/* What a leaf with that text is written as, without its tags. */
static struct str leaf_of(char *mem, struct str text)
{
    struct strbuf b = strbuf_on(mem, ROOM);
    struct err e = ERR_NONE;
    struct xml_out *x;

    assert_int_equal(xml_out_open(keep, &b, &x, &e), RC_OK);
    xml_leaf(x, "a", text);
    assert_int_equal(xml_out_close(x, &e), RC_OK);
    assert_memory_equal(b.p, BEGINNING "<a>", strlen(BEGINNING "<a>"));
    return str_slice(strbuf_str(&b), strlen(BEGINNING "<a>"), b.n - strlen("</a>\n"));
}

/* Nothing gets through that XML 1.0 does not allow, that is markup, or that controls a terminal. */
static void texts(void **state)
{
    static const struct { const char *name, *text, *want; } rows[] = {
        {"plain", "a b~", "a b~"},
        {"nothing", "", ""},
        {"markup", "<x a=\"1\">&amp;'</x>", "&lt;x a=&quot;1&quot;&gt;&amp;amp;'&lt;/x&gt;"},
        {"the end of a section", "]]>", "]]&gt;"},
        {"line ends and tabs", "a\r\nb\tc", "a  b c"},
        {"controls", "a\x01\x1b[31m\x7f" "b", "a[31mb"},
        {"controls of two bytes", "a\xc2\x80\xc2\x9f\xc2\xa0", "a\xc2\xa0"},
        {"not UTF-8", "a\xff\xfe\xc0\x80\xe2\x82" "b", "ab"},
        {"half a character", "\xed\xa0\x80x", "x"},
        {"no characters", "\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd", "\xef\xbf\xbd"},
        {"others", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80<", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80&lt;"},
    };
    static char mem[ROOM];

    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(str_eq(leaf_of(mem, str_of(row->text)), str_of(row->want)), row);
    assert_true(str_eq(leaf_of(mem, (struct str){"a\0b", 3}), STR("ab")));
}

/* A long text is cut before a character that is beyond the limit; what markup becomes does not count. */
static void long_texts(void **state)
{
    static char mem[ROOM], text[XML_WRITE_TEXT_MAX + 10];

    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(leaf_of(mem, (struct str){text, XML_WRITE_TEXT_MAX - 1}).n, XML_WRITE_TEXT_MAX - 1);
    assert_int_equal(leaf_of(mem, (struct str){text, sizeof text}).n, XML_WRITE_TEXT_MAX);
    memcpy(text + XML_WRITE_TEXT_MAX - 2, "\xe2\x82\xac", 3);
    assert_int_equal(leaf_of(mem, (struct str){text, sizeof text}).n, XML_WRITE_TEXT_MAX - 2);
    memcpy(text + XML_WRITE_TEXT_MAX - 3, "\xe2\x82\xac", 3);
    assert_int_equal(leaf_of(mem, (struct str){text, sizeof text}).n, XML_WRITE_TEXT_MAX);
    memset(text, '&', sizeof text);
    assert_int_equal(leaf_of(mem, (struct str){text, sizeof text}).n, XML_WRITE_TEXT_MAX * strlen("&amp;"));
}

static void elements(void **state)
{
    static char mem[ROOM];
    struct strbuf b = strbuf_on(mem, ROOM);
    struct err e = ERR_NONE;
    struct xml_out *x;

    (void)state;
    assert_int_equal(xml_out_open(keep, &b, &x, &e), RC_OK);
    xml_begin(x, "a");
    xml_attribute(x, "xmlns", "urn:<x>");
    xml_begin(x, "b");
    xml_end(x);
    xml_begin(x, "c");
    xml_leaf_int(x, "n", INT64_MIN);
    xml_leaf(x, "t", STR(""));
    xml_begin(x, "d"); /* what is open is ended at the end */
    assert_int_equal(xml_out_close(x, &e), RC_OK);
    assert_string_equal(b.p, BEGINNING "<a xmlns=\"urn:&lt;x&gt;\">\n<b/>\n<c>\n<n>-9223372036854775808</n>\n<t></t>\n"
                        "<d/>\n</c>\n</a>\n");
}

static enum rc refuse(void *arg, struct str bytes, struct err *e)
{
    (void)bytes;
    ++*(int *)arg;
    return err_set(e, RC_LIMIT, "too long");
}

/* What the sink complains of is the answer, and it is asked no more. */
static void a_sink_that_fails(void **state)
{
    struct err e = ERR_NONE;
    struct xml_out *x;
    int asked = 0;

    (void)state;
    assert_int_equal(xml_out_open(refuse, &asked, &x, &e), RC_OK);
    for (int i = 0; i < ROOM; i++)
        xml_leaf(x, "a", STR("b"));
    assert_int_equal(xml_out_close(x, &e), RC_LIMIT);
    assert_string_equal(e.text, "too long");
    assert_int_equal(asked, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts), cmocka_unit_test(long_texts), cmocka_unit_test(elements),
                                       cmocka_unit_test(a_sink_that_fails)};

    return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
