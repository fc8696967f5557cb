#include "unit.h"

#include <string.h>

#include "mail/message.h"

static const struct message_bounds wide = {.headers = 10000, .header_bytes = 1024 * 1024};

static void line_ends(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"", ""}, {" plain", " plain"}, {" a\n b", " a\r\n b"}, {" a\r\n b", " a\r\n b"}, {" a\r b", " a\r\n b"},
        {" a\r\r\n b", " a\r\n\r\n b"}, {"\n\n", "\r\n\r\n"}, {"\n\r", "\r\n\r\n"}, {"a\r", "a\r\n"}, {"a\n", "a\r\n"},
        {" 8-bit \xff", " 8-bit \xff"}, {"  blanks \t", "  blanks \t"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct message m = {.arena = arena_new(64 * 1024)};

        ASSERT_ROW(message_add_header(&m, STR("X"), str_of(row->name), &wide) == RC_OK, row);
        ASSERT_ROW(str_eq(m.headers[0].value, str_of(row->want)), row);
        ASSERT_ROW(m.header_bytes == strlen(row->want) + 4, row);
        arena_free(m.arena);
    }
}

static void bounds(void **state)
{
    static const struct message_bounds max = {.headers = 3, .header_bytes = 30};
    struct message m = {.arena = arena_new(64 * 1024)};

    (void)state;
    assert_int_equal(message_add_header(&m, STR(""), STR("x"), &max), RC_BAD);
    assert_int_equal(message_add_header(&m, STR("A"), STR("123456"), &max), RC_OK); /* 10 bytes */
    assert_int_equal(message_add_header(&m, STR("B"), STR("12345678901234567"), &max), RC_LIMIT);
    assert_int_equal(m.limits, 1u << MESSAGE_LIMIT_HEADER_BYTES);
    assert_int_equal(message_add_header(&m, STR("C"), STR("1\n1234567890123"), &max), RC_OK); /* 20: LF counts twice */
    assert_int_equal(m.header_bytes, 30);
    assert_int_equal(message_add_header(&m, STR("D"), STR(""), &max), RC_LIMIT);
    assert_int_equal(m.header_count, 2);
    assert_true(str_eq(m.headers[1].name, STR("C")));
    m.header_bytes = 0;
    m.limits = 0;
    assert_int_equal(message_add_header(&m, STR("E"), STR(""), &max), RC_OK);
    assert_int_equal(message_add_header(&m, STR("F"), STR(""), &max), RC_LIMIT);
    assert_int_equal(m.limits, 1u << MESSAGE_LIMIT_HEADERS);
    arena_free(m.arena);
}

/* A header filled to its bounds hides neither the author nor a forged result. */
static void essential_fields_stay(void **state)
{
    static const struct message_bounds max = {.headers = 2, .header_bytes = 1000};
    struct message m = {.arena = arena_new(16 * 1024 * 1024)};
    char large[MESSAGE_ESSENTIAL_CUT + 100];

    (void)state;
    memset(large, 'x', sizeof large);
    for (unsigned i = 0; i < 10; i++)
        (void)message_add_header(&m, STR("X"), STR("x"), &max);
    for (unsigned i = 0; i < 5; i++)
        (void)message_add_header(&m, STR("From "), STR("a@example.com"), &max);
    assert_int_equal(message_count_headers(&m, "From"), 2);
    assert_int_equal(message_add_header(&m, STR("authentication-results"), STR("x"), &max), RC_OK);
    assert_int_equal(m.header_count, 5);
    assert_true(message_header_cut(&m));
    for (unsigned i = 0; i < 100; i++)
        (void)message_add_header(&m, STR("Authentication-Results"), (struct str){large, sizeof large}, &max);
    assert_int_equal(m.header_count + m.authres_dropped, 105);
    assert_in_range(m.authres_dropped, 80, 90);
    assert_int_equal(m.headers[5].value.n, MESSAGE_ESSENTIAL_CUT);
    assert_in_range(arena_used(m.arena), 0, 2 * 1024 * 1024);
    arena_free(m.arena);

    /* many that are short: their number is bounded, too */
    m = (struct message){.arena = arena_new(16 * 1024 * 1024)};
    for (unsigned i = 0; i < 20000; i++)
        (void)message_add_header(&m, STR("Authentication-Results"), STR("a;"), &max);
    assert_int_equal(m.header_count, max.headers + MESSAGE_ESSENTIAL_FIELDS);
    assert_int_equal(m.authres_dropped, 20000 - m.header_count);
    assert_in_range(arena_used(m.arena), 0, 2 * 1024 * 1024);
    arena_free(m.arena);
}

/* A forged field is numbered among its like, so one that was dropped must not be followed by one that was kept. */
static void dropped_come_last(void **state)
{
    static const struct message_bounds max = {.headers = 1000, .header_bytes = 1000};
    const struct str name = STR("Authentication-Results");
    struct message m = {.arena = arena_new(16 * 1024 * 1024)};
    char large[MESSAGE_ESSENTIAL_CUT];

    (void)state;
    memset(large, 'x', sizeof large);
    while (m.authres_dropped == 0)
        (void)message_add_header(&m, name, (struct str){large, sizeof large}, &max);
    assert_int_equal(message_add_header(&m, name, STR("small"), &max), RC_LIMIT);
    assert_int_equal(m.authres_dropped, 2);
    arena_free(m.arena);

    m = (struct message){.arena = arena_new(600)};
    while (message_add_header(&m, name, STR("until memory ends"), &max) == RC_OK)
        ;
    assert_int_equal(m.authres_dropped, 1);
    arena_free(m.arena);
}

static void many(void **state)
{
    struct message m = {.arena = arena_new(16 * 1024 * 1024)};

    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        assert_int_equal(message_add_header(&m, i % 2 == 0 ? STR("Even") : STR("Odd"), STR("x"), &wide), RC_OK);
    assert_int_equal(message_add_header(&m, STR("X"), STR("x"), &wide), RC_LIMIT);
    assert_int_equal(message_count_headers(&m, "odd"), 5000);
    assert_ptr_equal(message_find_header(&m, "EVEN", 4999), &m.headers[9998]);
    assert_null(message_find_header(&m, "even", 5000));
    assert_in_range(arena_used(m.arena), 0, 2 * 1024 * 1024);
    arena_free(m.arena);
}

static void memory(void **state)
{
    struct message m = {.arena = arena_new(2048)};

    (void)state;
    assert_int_equal(message_add_header(&m, STR("A"), STR("x"), &wide), RC_OK);
    while (m.limits == 0)
        (void)message_add_header(&m, STR("B"), STR("0123456789012345678901234567890123456789"), &wide);
    assert_int_equal(m.limits, 1u << MESSAGE_LIMIT_MEMORY);
    assert_in_range(m.header_count, 2, 40);
    for (size_t i = 0; i < m.header_count; i++)
        assert_true(m.headers[i].name.n == 1 && m.headers[i].value.p != NULL);
    arena_free(m.arena);
}

static void names(void **state)
{
    static const struct { const char *name; bool want; } rows[] = {
        {"From", true}, {"from", true}, {"FROM", true}, {"From ", true}, {"From \t", true},
        {" From", true}, {"From\n", true}, {"\1\t\1" "From\x7f\r", true}, /* no MTA passes them on; whose reader skips them? */
        {"From-", false}, {"Fro", false}, {"Froms", false}, {"F rom", false}, {"From\xa0", false}, {" ", false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct header h = {.name = str_of(row->name)};

        ASSERT_ROW(message_header_is(&h, "From") == row->want, row);
    }
}

static void recipients(void **state)
{
    struct message m = {.arena = arena_new(64 * 1024)};

    (void)state;
    for (unsigned i = 0; i < MESSAGE_RCPT_MAX; i++)
        assert_int_equal(message_add_rcpt(&m, STR("<a@example.com>")), RC_OK);
    assert_int_equal(m.limits, 0);
    assert_int_equal(message_add_rcpt(&m, STR("<b@example.com>")), RC_LIMIT);
    assert_int_equal(m.limits, 1u << MESSAGE_LIMIT_RECIPIENTS);
    assert_int_equal(m.rcpt_count, MESSAGE_RCPT_MAX + 1);
    assert_true(str_eq(m.rcpt[MESSAGE_RCPT_MAX - 1], STR("a@example.com")));
    arena_free(m.arena);
}

static void paths(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"<>", ""}, {"", ""}, {"<a@b>", "a@b"}, {" <a@b> ", "a@b"}, {"a@b", "a@b"}, {"<<a@b>>", "<a@b>"},
        {"<a@b", "<a@b"}, {"<", "<"}, {"<\"<\"@b>", "\"<\"@b"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1024);
        struct str got = message_path(a, str_of(row->name));

        ASSERT_ROW(str_eq(got, str_of(row->want)), row);
        ASSERT_ROW(got.p != NULL && got.p[got.n] == '\0', row);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends), cmocka_unit_test(bounds), cmocka_unit_test(essential_fields_stay),
        cmocka_unit_test(dropped_come_last), cmocka_unit_test(many), cmocka_unit_test(memory), cmocka_unit_test(names),
        cmocka_unit_test(recipients), cmocka_unit_test(paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
