/* The safety catch: when it is put on, and how it ends. */
#include "desk.h"

#include <string.h>

#include "daemon/catch.h"
#include "store/caught.h"

enum { HOUR = 3600 * 1000 };

static const int64_t noon = INT64_C(1795608000000); /* 2026-11-25 12:00 UTC */

static void past(struct desk *d, const char *domain, const char *dmarc, const char *disposition, int messages)
{
    char sql[400];
    struct strbuf b = STRBUF_ON(sql);

    strbuf_putf(&b, "INSERT INTO tally (author_domain, source, cause, day, client, dmarc, disposition, messages)"
                " VALUES ('%s', 'unknown', '', %d, '', '%s', '%s', %d)", domain, (int)(noon / 86400000) - 3, dmarc,
                disposition, messages);
    desk_run(d, sql);
}

static void mail(struct catch *c, const char *domain, const char *action, const char *cause, int n, int64_t at_ms)
{
    struct record r = blank_record(at_ms, "q");

    r.author_domain = domain;
    r.rule = "r";
    r.action = action;
    r.cause = cause;
    r.dmarc = cause[0] == '\0' ? "pass" : "fail";
    for (int i = 0; i < n; i++)
        catch_count(c, &r, at_ms);
}

static int64_t caught(struct desk *d)
{
    return desk_ask(d, "SELECT count(*) FROM caught");
}

static void when(void **state)
{
    static const struct {
        const char *name;
        int passed_before, refused, passed;
        const char *action, *cause;
        unsigned share;
        int minutes; /* from the refusals to the look */
        bool want;
    } rows[] = {
        {"a known one, all refused", 40, 5, 0, "reject", "dkim-broken", 50, 1, true},
        {"quarantined", 40, 5, 0, "quarantine", "dkim-broken", 50, 1, true},
        {"put off", 40, 5, 0, "tempfail", "dkim-broken", 50, 1, false},
        {"more than half", 40, 6, 5, "reject", "dkim-broken", 50, 1, true},
        {"half", 40, 6, 6, "reject", "dkim-broken", 50, 1, false},
        {"half, where a third is too much", 40, 6, 6, "reject", "dkim-broken", 33, 1, true},
        {"too few", 40, 4, 0, "reject", "dkim-broken", 50, 1, false},
        {"nobody we know", 19, 50, 0, "reject", "dkim-broken", 50, 1, false},
        {"forgeries", 40, 50, 0, "reject", "unauthorized", 50, 1, false},
        {"long ago", 40, 5, 0, "reject", "dkim-broken", 50, 71, false},
        {"no catch", 40, 50, 0, "reject", "dkim-broken", 0, 1, false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct config config = {.catch_share = row->share, .catch_hours = 4};
        struct desk d;
        struct catch *c;

        desk_open(&d);
        past(&d, "partner.example", "pass", "none", row->passed_before);
        c = catch_new(d.at.db);
        mail(c, "partner.example", row->action, row->cause, row->refused, noon);
        mail(c, "partner.example", "none", "", row->passed, noon);
        mail(c, "other.example", "none", "", 500, noon + (int64_t)row->minutes * 60000);
        catch_look(c, &config, noon + (int64_t)row->minutes * 60000);
        ASSERT_ROW(caught(&d) == row->want && catch_domains(c) == row->want, row);
        catch_free(c);
        desk_close(&d);
    }
}

static void how_it_ends(void **state)
{
    struct config config = {.catch_share = 50, .catch_hours = 4};
    struct background *b = background_new();
    struct err e = ERR_NONE;
    struct desk d;
    struct catch *c;
    bool was;

    (void)state;
    desk_open(&d);
    past(&d, "a.example", "pass", "none", 40);
    c = catch_new(d.at.db);
    mail(c, "a.example", "reject", "dkim-broken", 9, noon);
    catch_look(c, &config, noon);
    assert_int_equal(desk_ask(&d, "SELECT until_ms FROM caught"), noon + 4 * HOUR);
    assert_int_equal(caught_background(d.db, noon, b, &e), RC_OK);
    assert_true(background_is_caught(b, "a.example"));
    assert_false(background_is_caught(b, "b.example"));
    catch_look(c, &config, noon + 4 * HOUR - 1);
    assert_int_equal(caught(&d), 1);
    catch_look(c, &config, noon + 4 * HOUR);
    assert_int_equal(caught(&d), 0);
    assert_int_equal(catch_domains(c), 0);

    /* released by hand, it leaves the domain alone for a while, whatever comes */
    mail(c, "a.example", "reject", "dkim-broken", 9, noon + 5 * HOUR);
    catch_look(c, &config, noon + 5 * HOUR);
    assert_int_equal(caught_remove(d.db, STR("a.example"), &was, &e), RC_OK);
    assert_true(was);
    catch_look(c, &config, noon + 5 * HOUR + 1);
    mail(c, "a.example", "reject", "dkim-broken", 9, noon + 5 * HOUR + 2);
    catch_look(c, &config, noon + 5 * HOUR + 3);
    assert_int_equal(caught(&d), 0);
    mail(c, "a.example", "reject", "dkim-broken", 9, noon + 10 * HOUR);
    catch_look(c, &config, noon + 10 * HOUR);
    assert_int_equal(caught(&d), 1);
    background_release(b);
    catch_free(c);
    desk_close(&d);
}

/* All mail together: more than CatchShare, fifty at least, and twice what is usual. */
static void all_mail(void **state)
{
    static const struct { const char *name; int refused_before, refused; bool want; } rows[] = {
        {"suddenly", 10, 60, true},
        {"as ever", 800, 60, false},
        {"too few", 10, 49, false},
    };
    struct config config = {.catch_share = 50, .catch_hours = 4};

    (void)state;
    FOR_ROWS(row, rows) {
        struct desk d;
        struct catch *c;
        char domain[30];

        desk_open(&d);
        past(&d, "a.example", "pass", "none", 200);
        past(&d, "b.example", "fail", "reject", row->refused_before);
        c = catch_new(d.at.db);
        for (int i = 0; i < row->refused; i++) {
            (void)snprintf(domain, sizeof domain, "d%d.example", i);
            mail(c, domain, "reject", "dkim-broken", 1, noon);
        }
        catch_look(c, &config, noon);
        ASSERT_ROW(desk_ask(&d, "SELECT count(*) FROM caught WHERE domain = '*'") == row->want, row);
        catch_free(c);
        desk_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when), cmocka_unit_test(how_it_ends), cmocka_unit_test(all_mail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
