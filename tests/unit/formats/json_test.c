#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "formats/json.h"

/* What is printed; the tree is gone then. */
static const char *printed(struct jnode *root)
{
    static char text[2000];
    FILE *f = tmpfile();
    size_t n;

    assert_non_null(f);
    jnode_print(root, f);
    rewind(f);
    n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    (void)fclose(f);
    return text;
}

static void every_kind(void **state)
{
    struct jnode *root = jnode_object(), *list = jnode_array(), *inner = jnode_object();

    (void)state;
    jnode_text(root, "text", "a \"word\"");
    jnode_text(root, "absent", NULL);
    jnode_str(root, "part", (struct str){"partial", 4});
    jnode_str(root, "empty", STR_NONE);
    jnode_int(root, "number", INT64_MIN);
    jnode_bool(root, "yes", true);
    jnode_bool(root, "no", false);
    jnode_append_text(list, "one");
    jnode_append(list, inner);
    jnode_put(root, "list", list);
    assert_string_equal(printed(root),
        "{\n  \"text\": \"a \\\"word\\\"\",\n  \"absent\": null,\n  \"part\": \"part\",\n  \"empty\": \"\",\n"
        "  \"number\": -9223372036854775808,\n  \"yes\": true,\n  \"no\": false,\n"
        "  \"list\": [\n    \"one\",\n    {}\n  ]\n}\n");
}

/* Text that a sender chose: always JSON, whatever the bytes. */
static void any_bytes(void **state)
{
    static const struct { const char *name; struct str text; const char *want; } rows[] = {
        {"UTF-8", {"gr\xc3\xbc\xc3\x9f" "e", 7}, "gr\\u00FC\\u00DFe"},
        {"C1 and bidirectional controls", {"\xc2\x9b" "1m\xe2\x80\xae", 7}, "\\u009B1m\\u202E"},
        {"control bytes", {"a\x1b[1m\n\tb\x7f", 9}, "a\\u001B[1m\\n\\tb\\u007f"},
        {"NUL", {"a\0b", 3}, "a\\u0000b"},
        {"Latin-1", {"gr\xfc\xdf" "e", 5}, "gr\\\\xfc\\\\xdfe"},
        {"Latin-1 beside UTF-8 and a control byte", {"\xc3\xbc\xfc\n", 4}, "\\u00FC\\\\xfc\\\\x0a"},
        {"cut UTF-8", {"ab\xc3", 3}, "ab\\\\xc3"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct jnode *root = jnode_object();
        char want[200];

        jnode_str(root, "t", row->text);
        (void)snprintf(want, sizeof want, "{\n  \"t\": \"%s\"\n}\n", row->want);
        assert_string_equal(printed(root), want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind),
        cmocka_unit_test(any_bytes),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
