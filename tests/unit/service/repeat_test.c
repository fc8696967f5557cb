#include "unit.h"

#include <string.h>

#include "service/repeat.h"

enum { NOW = 1000000, FIELDS_MAX = 8 };

/* A message as the MTA hands it over. */
struct given_mail {
    const char *name, *queue_id, *from, *ip;
    const char *field[FIELDS_MAX][2]; /* up to the first NULL */
    const char *body[3];              /* in pieces */
};

static const struct given_mail first = {
    "first", "4ABC", "x@y.example", "192.0.2.1",
    {{"From", " a@b.example"}, {"Authentication-Results", " mx.example; dkim=pass"}, {"Subject", " one\r\n two"},
     {"Authentication-Results", " other.example; none"}},
    {"one line\r\n", "and another\r\n"},
};

/* What is done to it: the first field that claims to be ours goes, and a stamp comes. */
static struct action done_items[] = {
    {.kind = ACTION_DELETE_HEADER, .name = ACTION_STAMP_FIELD, .index = 1, .count = 1},
    {.kind = ACTION_INSERT_HEADER, .name = ACTION_STAMP_FIELD, .text = "mx.example; dmarc=none"},
};
static const struct actions done = {.n = 2, .item = done_items};

struct examined {
    struct header header[FIELDS_MAX];
    struct conn conn;
    struct message m;
    struct repeat_sums sums;
};

static void examine(struct repeat *r, const struct given_mail *mail, struct examined *out)
{
    *out = (struct examined){.m = {.queue_id = mail->queue_id, .mail_from = str_of(mail->from), .rcpt_count = 1}};
    assert_true(ip_parse(str_of(mail->ip), &out->conn.ip));
    out->m.conn = &out->conn;
    out->m.headers = out->header;
    for (; mail->field[out->m.header_count][0] != NULL; out->m.header_count++)
        out->header[out->m.header_count] = (struct header){str_of(mail->field[out->m.header_count][0]),
                                                           str_of(mail->field[out->m.header_count][1])};
    for (size_t i = 0; i < 3 && mail->body[i] != NULL; i++) {
        repeat_body(r, &out->sums, str_of(mail->body[i]));
        out->m.body_bytes += strlen(mail->body[i]);
    }
}

/* Whether it is known after the first was examined and left with the stamp. */
static bool is_known(const struct given_mail *mail, const struct actions *what, int64_t later_ms)
{
    struct repeat *r = repeat_new();
    struct examined one, two;
    bool known;

    assert_non_null(r);
    examine(r, &first, &one);
    assert_false(repeat_known(r, &one.m, &one.sums, NOW));
    repeat_note(r, &one.m, &one.sums, what, NOW);
    examine(r, mail, &two);
    known = repeat_known(r, &two.m, &two.sums, NOW + later_ms);
    repeat_free(r);
    return known;
}

static const struct given_mail rows[] = {
    {"as it was left", "4ABC", "x@y.example", "192.0.2.1",
     {{"Authentication-Results", " mx.example; dmarc=none"}, {"From", " a@b.example"}, {"Subject", " one\r\n two"},
      {"Authentication-Results", " other.example; none"}}, {"one line\r\n", "and another\r\n"}},
    {"another queue id", "4ABD", "x@y.example", "192.0.2.1",
     {{"Authentication-Results", " mx.example; dmarc=none"}, {"From", " a@b.example"}, {"Subject", " one\r\n two"},
      {"Authentication-Results", " other.example; none"}}, {"one line\r\n", "and another\r\n"}},
    {"another sender", "4ABC", "z@y.example", "192.0.2.1",
     {{"Authentication-Results", " mx.example; dmarc=none"}, {"From", " a@b.example"}, {"Subject", " one\r\n two"},
      {"Authentication-Results", " other.example; none"}}, {"one line\r\n", "and another\r\n"}},
    {"another client", "4ABC", "x@y.example", "192.0.2.2",
     {{"Authentication-Results", " mx.example; dmarc=none"}, {"From", " a@b.example"}, {"Subject", " one\r\n two"},
      {"Authentication-Results", " other.example; none"}}, {"one line\r\n", "and another\r\n"}},
    {"without the stamp", "4ABC", "x@y.example", "192.0.2.1",
     {{"From", " a@b.example"}, {"Subject", " one\r\n two"}, {"Authentication-Results", " other.example; none"}},
     {"one line\r\n", "and another\r\n"}},
    {"with the field that was removed", "4ABC", "x@y.example", "192.0.2.1",
     {{"Authentication-Results", " mx.example; dmarc=none"}, {"Authentication-Results", " mx.example; dkim=pass"},
      {"From", " a@b.example"}, {"Subject", " one\r\n two"}, {"Authentication-Results", " other.example; none"}},
     {"one line\r\n", "and another\r\n"}},
    {"a field twice", "4ABC", "x@y.example", "192.0.2.1",
     {{"Authentication-Results", " mx.example; dmarc=none"}, {"From", " a@b.example"}, {"Subject", " one\r\n two"},
      {"Subject", " one\r\n two"}, {"Authentication-Results", " other.example; none"}},
     {"one line\r\n", "and another\r\n"}},
    {"a field's value in another", "4ABC", "x@y.example", "192.0.2.1",
     {{"Authentication-Results", " mx.example; dmarc=none"}, {"From", " one\r\n two"}, {"Subject", " a@b.example"},
      {"Authentication-Results", " other.example; none"}}, {"one line\r\n", "and another\r\n"}},
    {"another body", "4ABC", "x@y.example", "192.0.2.1",
     {{"Authentication-Results", " mx.example; dmarc=none"}, {"From", " a@b.example"}, {"Subject", " one\r\n two"},
      {"Authentication-Results", " other.example; none"}}, {"one line\r\n", "and anotheR\r\n"}},
};

static void only_what_it_left_is_known(void **state)
{
    (void)state;
    FOR_ROWS(row, rows)
        ASSERT_ROW(is_known(row, &done, 1) == (row == rows), row);
}

/* Fields in another order, folded elsewhere; the body in other pieces. */
static void what_an_mta_may_change_does_not_matter(void **state)
{
    static const struct given_mail same = {
        "moved", "4ABC", "x@y.example", "192.0.2.1",
        {{"Subject", "\tone two"}, {"Authentication-Results", "mx.example;\r\n\tdmarc=none"}, {"From", " a@b.example "},
         {"Authentication-Results", " other.example; none"}},
        {"one line\r\nand ", "", "another\r\n"},
    };

    (void)state;
    assert_true(is_known(&same, &done, 1));
}

static void not_for_ever_and_not_what_was_refused(void **state)
{
    struct action refusal = {.kind = ACTION_REPLY, .code = "550", .text = "no"};
    const struct actions refused = {.n = 1, .item = &refusal}, nothing = {.n = 0};

    (void)state;
    assert_true(is_known(&rows[0], &done, REPEAT_MEMORY_MS - 1));
    assert_false(is_known(&rows[0], &done, REPEAT_MEMORY_MS));
    assert_true(is_known(&first, &nothing, 1));
    assert_false(is_known(&first, &refused, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_it_left_is_known), cmocka_unit_test(what_an_mta_may_change_does_not_matter),
        cmocka_unit_test(not_for_ever_and_not_what_was_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
