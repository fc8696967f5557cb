/* What every engine does alike: on a file, and where ASSAY_TEST_DATABASE names one, on a server. */
#include "../both.h"
#include "unit.h"

#include <string.h>

#include "base/clock.h"
#include "db/moved.h"
#include "db/run.h"
#include "inventory/caught.h"
#include "inventory/dnstext.h"
#include "inventory/domain_run.h"
#include "inventory/domain_text.h"
#include "inventory/recent.h"
#include "outbox/editions.h"
#include "samples.h"

static struct scratch at;
static struct db *d;
static struct arena *a;
static struct err e;

static int setup(void **state)
{
    (void)state;
    at = scratch_make();
    a = arena_new(16 << 20);
    e = ERR_NONE;
    if (both_open(at.db, &d, &e) == RC_OK)
        return 0;
    print_error("%s\n", e.text);
    return -1;
}

static int teardown(void **state)
{
    (void)state;
    db_close(d);
    arena_free(a);
    scratch_remove(&at);
    return 0;
}

static void must(enum rc rc)
{
    if (rc != RC_OK)
        fail_msg("%d: %s", rc, e.text);
}

static struct db *another(bool write)
{
    const char *where = both_server() != NULL ? both_server() : at.db;
    struct db *other = NULL;

    must(write ? db_open_write(where, &records_schema, false, &other, &e)
               : db_open_read(where, &records_schema, &other, &e));
    return other;
}

/* ---- values ---- */

static const char put_way[] = "INSERT INTO way (name, last_ms, fails, next_ms) VALUES (?1, ?2, 0, 0)";
static const char get_way[] = "SELECT last_ms, name FROM way WHERE name = ?1";

static void numbers_come_back(void **state)
{
    const int64_t some[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_C(1) << 40};

    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        struct statement *s;
        bool row = false;

        must(db_run(d, "DELETE FROM way", &e));
        must(db_run_with(d, put_way, DB_VALUES(DB_TEXT(STR("n")), DB_INT(some[i])), &e));
        assert_int_equal(db_changes(d), 1);
        must(db_query(d, get_way, DB_VALUES(DB_TEXT(STR("n"))), &s, &e));
        must(statement_next(s, &row, &e));
        assert_true(row && statement_int(s, 0) == some[i]);
        must(statement_next(s, &row, &e));
        assert_false(row);
        must(statement_next(s, &row, &e)); /* it was at its beginning again */
        assert_true(row);
        statement_reset(s);
    }
}

/* In the order of their bytes, and no other text is the same. */
static void texts_come_back(void **state)
{
    static const struct str in_order[] = {{"", 0}, {"A", 1}, {"Z", 1}, {"\\x41", 4}, {"a", 1}, {"a'; --", 6},
                                          {"a?1$1", 5}, {"\xc3\xa4", 2}, {"\xe2\x80\xae", 3}};
    enum { N = sizeof in_order / sizeof in_order[0] };
    struct statement *s;
    bool row = false;

    (void)state;
    for (size_t i = N; i-- > 0;)
        must(db_run_with(d, put_way, DB_VALUES(DB_TEXT(in_order[i]), DB_INT(i)), &e));
    must(db_statement(d, "SELECT name, last_ms, NULL FROM way ORDER BY name", &s, &e));
    for (size_t i = 0; i < N; i++) {
        must(statement_next(s, &row, &e));
        assert_true(row && str_eq(statement_text(s, 0), in_order[i]) && statement_int(s, 1) == (int64_t)i);
        assert_true(statement_text(s, 0).p != NULL && statement_text(s, 2).p == NULL && statement_int(s, 2) == 0);
    }
    statement_reset(s);
    assert_int_equal(db_run_with(d, put_way, DB_VALUES(DB_TEXT(STR_NONE), DB_INT(1)), &e) == RC_OK, 0); /* NOT NULL */
    must(db_run_with(d, "UPDATE way SET fails = 1 WHERE name = ?1", DB_VALUES(DB_TEXT(STR("B"))), &e));
    assert_int_equal(db_changes(d), 0);
    must(db_run_with(d, "UPDATE way SET fails = 1 WHERE name > ?1", DB_VALUES(DB_TEXT(STR("Z"))), &e));
    assert_int_equal(db_changes(d), 6);
}

/* What is no text is found again by itself, whatever an engine makes of it. */
static void odd_texts_are_found(void **state)
{
    static const struct str odd[] = {{"a\0b", 3}, {"\xff", 1}, {"x\xc3", 2}, {"\xed\xa0\x80", 3}, {"\0", 1}};

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct statement *s;
        bool row = false;

        must(db_run(d, "DELETE FROM way", &e));
        must(db_run_with(d, put_way, DB_VALUES(DB_TEXT(odd[i]), DB_INT(7)), &e));
        must(db_query(d, get_way, DB_VALUES(DB_TEXT(odd[i])), &s, &e));
        must(statement_next(s, &row, &e));
        assert_true(row && statement_int(s, 0) == 7 && statement_text(s, 1).n > 0);
        statement_reset(s);
    }
}

static void bytes_come_back(void **state)
{
    char all[600];
    struct statement *s;
    bool row = false;

    (void)state;
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    must(db_run_with(d, "INSERT INTO received_original (received, time_ms, size, body) VALUES (1, 0, 0, ?1), (2, 0, 0, ?2)",
                     DB_VALUES(DB_BLOB({all, sizeof all}), DB_BLOB({"", 0})), &e));
    must(db_statement(d, "SELECT body, body FROM received_original ORDER BY received", &s, &e));
    must(statement_next(s, &row, &e));
    assert_true(str_eq(statement_blob(s, 0), (struct str){all, sizeof all}));
    assert_true(str_eq(statement_blob(s, 1), statement_blob(s, 0)));
    must(statement_next(s, &row, &e));
    assert_true(row && statement_blob(s, 0).n == 0);
    statement_reset(s);
}

static void ids_are_new(void **state)
{
    static const char sql[] = "INSERT INTO notice (episode, kind, made_ms) VALUES (?1, 'x', 0) RETURNING id";
    int64_t first;

    (void)state;
    must(db_run_with(d, sql, DB_VALUES(DB_INT(1)), &e));
    first = db_last_id(d);
    must(db_run_with(d, sql, DB_VALUES(DB_INT(2)), &e));
    assert_true(first > 0 && db_last_id(d) == first + 1 && db_changes(d) == 1);
    must(db_run(d, "DELETE FROM notice", &e));
    must(db_run_with(d, sql, DB_VALUES(DB_INT(3)), &e));
    assert_int_equal(db_last_id(d), first + 2);
    assert_true(db_has_column(d, "notice", "post") && !db_has_column(d, "notice", "nothing") && !db_has_column(d, "x", "id"));
}

/* ---- transactions ---- */

static int64_t ways(struct db *of)
{
    int64_t n = -1;

    must(db_ask(of, "SELECT count(*) FROM way", &n, &e));
    return n;
}

static void one_writes_at_a_time(void **state)
{
    struct db *other = another(true), *reader;

    (void)state;
    db_set_wait(other, 100);
    must(db_begin(d, &e));
    must(db_run_with(d, put_way, DB_VALUES(DB_TEXT(STR("a")), DB_INT(1)), &e));
    assert_int_equal(db_begin(other, &e), RC_TEMP);
    assert_true(db_is_lock(&e));
    assert_int_equal(ways(other), 0);
    must(db_commit(d, &e));
    must(db_begin(other, &e));
    must(db_run_with(other, put_way, DB_VALUES(DB_TEXT(STR("b")), DB_INT(1)), &e));
    db_roll_back(other);
    db_roll_back(other); /* nothing when there is none */
    reader = another(false);
    must(db_begin_reading(reader, &e));
    assert_int_equal(ways(reader), 1);
    must(db_run_with(d, put_way, DB_VALUES(DB_TEXT(STR("c")), DB_INT(1)), &e));
    assert_int_equal(ways(reader), 1);
    db_end_reading(reader);
    assert_int_equal(ways(reader), 2);
    assert_true(db_run_with(reader, put_way, DB_VALUES(DB_TEXT(STR("d")), DB_INT(1)), &e) != RC_OK);
    assert_int_equal(ways(reader), 2);
    db_close(reader);
    db_close(other);
}

static void a_failed_statement_ends_nothing_else(void **state)
{
    (void)state;
    must(db_run_with(d, put_way, DB_VALUES(DB_TEXT(STR("a")), DB_INT(1)), &e));
    must(db_begin(d, &e));
    assert_true(db_run_with(d, put_way, DB_VALUES(DB_TEXT(STR("a")), DB_INT(1)), &e) != RC_OK);
    db_roll_back(d);
    must(db_run_with(d, put_way, DB_VALUES(DB_TEXT(STR("b")), DB_INT(1)), &e));
    assert_int_equal(ways(d), 2);
}

static void long_questions_are_given_up(void **state)
{
    static const char endless[] =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) FROM n";
    int64_t began = clock_mono_ms();
    struct statement *s;
    bool row = false;

    (void)state;
    db_set_deadline(d, began + 300);
    must(db_statement(d, endless, &s, &e));
    assert_int_equal(statement_next(s, &row, &e), RC_LIMIT);
    assert_non_null(strstr(e.text, "took too long"));
    assert_true(clock_mono_ms() - began < 20000);
    db_set_deadline(d, 0);
    assert_int_equal(ways(d), 0);
}

static void a_lost_connection_is_opened_anew(void **state)
{
    struct db *other;

    (void)state;
    if (both_server() == NULL)
        skip();
    other = another(true);
    assert_false(db_moved(d));
    must(db_run(other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND datname = current_database() AND application_name = 'assay'", &e));
    assert_int_equal(db_run_with(d, put_way, DB_VALUES(DB_TEXT(STR("a")), DB_INT(1)), &e), RC_TEMP);
    assert_true(db_moved(d) && db_drop_moved(&d) && d == NULL);
    d = other;
    assert_int_equal(ways(d), 0);
}

/* ---- statements that nobody waits for ---- */

static enum rc put_later(const char *name)
{
    struct statement *s;

    must(db_query(d, put_way, DB_VALUES(DB_TEXT(str_of(name)), DB_INT(1)), &s, &e));
    return statement_run_later(s, &e);
}

static void later_is_seen_by_what_follows(void **state)
{
    char name[20];

    (void)state;
    must(db_begin(d, &e));
    for (int i = 0; i < 1200; i++) { /* more than are sent at once */
        (void)snprintf(name, sizeof name, "n%d", i);
        must(put_later(name));
        if (i == 300)
            assert_int_equal(ways(d), 301);
        if (i == 400) /* one compiled in between */
            must(db_run_with(d, "UPDATE way SET fails = 1 WHERE name = ?1", DB_VALUES(DB_TEXT(STR("n400"))), &e));
    }
    must(put_later("odd \xff"));
    must(db_commit(d, &e));
    assert_int_equal(ways(d), 1201);
    must(db_begin(d, &e));
    must(put_later("back"));
    db_roll_back(d);
    assert_int_equal(ways(d), 1201);
    must(put_later("alone")); /* in no transaction, where it is done at once */
    assert_int_equal(ways(d), 1202);
}

static void later_tells_its_errors(void **state)
{
    (void)state;
    must(put_later("a"));
    for (int asked = 0; asked < 3; asked++) {
        enum rc rc;

        must(db_begin(d, &e));
        must(put_later("b"));
        rc = put_later("a"); /* which is there */
        if (rc == RC_OK)
            rc = put_later("c");
        if (rc == RC_OK && asked == 1)
            rc = db_run_with(d, put_way, DB_VALUES(DB_TEXT(STR("d")), DB_INT(1)), &e);
        if (rc == RC_OK && asked == 2)
            rc = db_run(d, "DELETE FROM way", &e);
        if (rc == RC_OK)
            rc = db_commit(d, &e);
        assert_true(rc != RC_OK);
        assert_true(strstr(e.text, "unique") != NULL || strstr(e.text, "UNIQUE") != NULL);
        db_roll_back(d);
        assert_int_equal(ways(d), 1);
    }
    must(db_begin(d, &e));
    must(put_later("b"));
    must(db_commit(d, &e));
    assert_int_equal(ways(d), 2);
}

static void later_on_a_lost_connection(void **state)
{
    struct db *other;
    enum rc rc = RC_OK;

    (void)state;
    if (both_server() == NULL)
        skip();
    other = another(true);
    must(put_later("a"));
    must(db_begin(d, &e));
    must(put_later("b"));
    must(db_run(other, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND datname = current_database() AND application_name = 'assay'", &e));
    for (int i = 0; rc == RC_OK && i < 2000; i++) {
        char name[20];

        (void)snprintf(name, sizeof name, "n%d", i);
        rc = put_later(name);
    }
    assert_int_equal(rc, RC_TEMP);
    db_roll_back(d);
    assert_true(db_moved(d) && db_drop_moved(&d) && d == NULL);
    d = other;
    assert_int_equal(ways(d), 1);
}

/* ---- rooms that no unit test opens alone ---- */

static void runs_of_domains(void **state)
{
    struct domain_run run = {"acme.example", 1000, "good", "", "rec"}, got;

    (void)state;
    must(domain_run_put(d, &run, &e));
    run.word = "bad";
    must(domain_run_put(d, &run, &e));
    run.time_ms = 2000;
    run.word = "worse";
    must(domain_run_put(d, &run, &e));
    must(domain_run_last(d, a, "acme.example", 1999, &got, &e));
    assert_string_equal(got.word, "bad");
    must(domain_run_last(d, a, "acme.example", 5000, &got, &e));
    assert_true(got.time_ms == 2000 && strcmp(got.word, "worse") == 0 && strcmp(got.records, "rec") == 0);
    must(domain_run_last(d, a, "acme.example", 999, &got, &e));
    assert_int_equal(got.time_ms, 0);
}

/* A text that gives way to another, comes back, and is gone. */
static void texts_of_domains(void **state)
{
    static const unsigned char secret[SIPHASH_KEY_BYTES] = {1};
    const struct recent_wanted w = {.domain = "acme.example", .from_ms = 1, .to_ms = INT64_MAX};
    const int64_t day = CLOCK_DAY_MS;
    struct domain_text t = {.kind = "spf", .name = "acme.example", .text = STR("v=spf1 -all"), .ttl = 60}, *known;
    struct dnstext_version *version;
    struct recent_change *change;
    size_t n;

    (void)state;
    must(domain_text_note(d, secret, &t, 1, 10 * day, &e));
    must(domain_text_note(d, secret, &t, 1, 11 * day, &e));
    t.text = STR("v=spf1 a -all");
    must(domain_text_note(d, secret, &t, 1, 20 * day, &e));
    t.name = "mail.acme.example";
    must(domain_text_note(d, secret, &t, 1, 21 * day, &e));
    t.name = "notacme.example";
    must(domain_text_note(d, secret, &t, 1, 21 * day, &e));
    t.text = STR("");
    t.name = "acme.example";
    must(domain_text_note(d, secret, &t, 1, 30 * day, &e));
    must(domain_text_list(d, a, "acme.example", 10, &known, &n, &e));
    assert_int_equal(n, 3);
    assert_true(known[0].text.n == 0 && str_eq(known[2].text, STR("v=spf1 -all")) && known[2].last_ms == 11 * day);
    must(dnstext_history(d, a, DNS_KIND_SPF, "acme.example", 10, &version, &n, &e));
    assert_true(n == 3 && strcmp(version[1].text, "v=spf1 a -all") == 0 && version[1].ttl == 60);
    must(recent_records(d, a, &w, 10, &change, &n, &e));
    assert_int_equal(n, 2);
    assert_string_equal(change[0].old, "v=spf1 a -all");
    assert_string_equal(change[0].new, "");
    assert_string_equal(change[1].old, "v=spf1 -all");
    assert_true(!change[1].forgotten && change[1].fate == RECENT_STAYS);
}

static void the_safety_catch(void **state)
{
    const int64_t now = clock_wall_ms(), hour = 3600 * 1000;
    int64_t until = 0;
    bool was = false;

    (void)state;
    must(caught_put(d, STR("acme.example"), now, now + hour, &e));
    must(caught_put(d, STR("acme.example"), now, now + 2 * hour, &e));
    must(caught_put(d, STR("over.example"), now - 2 * hour, now - hour, &e));
    must(caught_until(d, STR("acme.example"), &until, &e));
    assert_int_equal(until, now + 2 * hour);
    if (both_server() == NULL) { /* the centre's keeper does it in its own way */
        must(caught_expire(d, now, 24 * hour, &e));
        must(caught_until(d, STR("over.example"), &until, &e));
        assert_int_equal(until, 0);
    }
    must(caught_remove(d, STR("acme.example"), &was, &e));
    assert_true(was);
    must(caught_remove(d, STR("acme.example"), &was, &e));
    assert_false(was);
}

static void editions_never_change(void **state)
{
    struct edition x = {.client = "acme", .first_day = 1, .before_day = 31, .number = 1, .language = "en", .made_ms = 5,
                        .blocks = STR("\0blocks\xff"), .pdf = STR_NONE}, *list, got;
    const struct editions_wanted w = {.client = "acme"};
    size_t n;
    bool sent = true;

    (void)state;
    must(editions_put(d, &x, &e));
    assert_true(x.id > 0);
    assert_true(editions_put(d, &x, &e) != RC_OK);
    must(editions_get(d, a, &w, &got, &e));
    assert_true(got.pdf.n == 0 && str_eq(got.blocks, x.blocks));
    assert_true(db_run(d, "UPDATE client_report SET language = 'de'", &e) != RC_OK);
    assert_non_null(strstr(e.text, "an edition of a report is not changed"));
    must(editions_put_pdf(d, x.id, STR("%PDF"), &e));
    assert_true(editions_put_pdf(d, x.id, STR("%PDF2"), &e) != RC_OK);
    must(editions_was_sent(d, x.id, "ann@acme.example", &sent, &e));
    assert_false(sent);
    must(editions_sent(d, x.id, "ann@acme.example", 9, &e));
    must(editions_sent(d, x.id, "ann@acme.example", 10, &e));
    must(editions_list(d, a, &w, 10, &list, &n, &e));
    assert_true(n == 1 && list[0].sent == 1 && list[0].sent_ms == 9);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(numbers_come_back), CASE(texts_come_back), CASE(odd_texts_are_found), CASE(bytes_come_back), CASE(ids_are_new),
        CASE(one_writes_at_a_time), CASE(a_failed_statement_ends_nothing_else), CASE(long_questions_are_given_up),
        CASE(a_lost_connection_is_opened_anew), CASE(later_is_seen_by_what_follows), CASE(later_tells_its_errors),
        CASE(later_on_a_lost_connection), CASE(runs_of_domains), CASE(texts_of_domains), CASE(the_safety_catch),
        CASE(editions_never_change),
    };

    return cmocka_run_group_tests_name("both", tests, NULL, NULL);
}
