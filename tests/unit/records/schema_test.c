#include "unit.h"

#include "samples.h"
#include "records/schema.h"

/* schema_column is how the store finds a field: in order, and at the field of that name. */
static void columns_are_the_record_s(void **state)
{
    struct record r = sample_record();
    size_t i = 0;
    int64_t n = 1;

    (void)state;
#define CHECK_TEXT(field) \
    assert_true(schema_column[i].is_text); \
    assert_string_equal(*(const char *const *)(const void *)((const char *)&r + schema_column[i].offset), #field); \
    assert_string_equal(schema_column[i].type, "TEXT NOT NULL DEFAULT ''");
#define CHECK_INT(field) \
    assert_false(schema_column[i].is_text); \
    assert_true(*(const int64_t *)(const void *)((const char *)&r + schema_column[i].offset) == n++ << 33); \
    assert_string_equal(schema_column[i].type, "INTEGER NOT NULL DEFAULT 0");
#define CHECK(kind, field, help) \
    assert_string_equal(schema_column[i].name, #field); \
    CHECK_##kind(field) \
    i++;
    RECORD_COLUMNS(CHECK)
    assert_int_equal(i, SCHEMA_COLUMNS);
}

static size_t count(const char *text, char c)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += *text == c;
    return n;
}

/* Each statement names every column once, and the insert has a mark for each. */
static void statements_name_all(void **state)
{
    (void)state;
    assert_int_equal(count(schema_insert, '?'), SCHEMA_COLUMNS);
    for (size_t i = 0; i < SCHEMA_COLUMNS; i++) {
        char word[80];

        (void)snprintf(word, sizeof word, ", %s ", schema_column[i].name);
        assert_non_null(strstr(schema_migration[0], word));
        (void)snprintf(word, sizeof word, ", %s", schema_column[i].name);
        assert_non_null(strstr(schema_insert, word));
        assert_non_null(strstr(schema_fetch, word));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_the_record_s),
        cmocka_unit_test(statements_name_all),
    };

    return cmocka_run_group_tests_name("schema", tests, NULL, NULL);
}
