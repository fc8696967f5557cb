/* The safety catch: when it is put on, and how it ends. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

#include "inventory/caught.h"
#include "service/catch.h"

enum { HOUR = 3600 * 1000 };

static const int64_t noon = INT64_C(1795608000000); /* 2026-11-25 12:00 UTC */

enum { TODAY = 20782 }; /* the day of noon */

static void ask(struct desk *d, const char *format, const char *domain, const char *text, int day, int n)
{
    char sql[400];
    struct strbuf b = STRBUF_ON(sql);

    strbuf_putf(&b, format, domain, text, day, day, n);
    assert_false(b.over);
    desk_run(d, sql);
}

/* Mail of that domain passed from that address of its own, some days ago. */
static void past_from(struct desk *d, const char *domain, const char *address, int passed, int days_ago)
{
    ask(d, "INSERT INTO correspondent (domain, address, first_day, last_day, days, passed) VALUES"
        " ('%s', '%s', %d, %d, 2, %d)", domain, address, TODAY - days_ago, passed);
}

static void past(struct desk *d, const char *domain, int passed)
{
    past_from(d, domain, "192.0.2.1", passed, 3);
}

static void past_of_all(struct desk *d, const char *dmarc, const char *disposition, int messages)
{
    char sql[400];
    struct strbuf b = STRBUF_ON(sql);

    strbuf_putf(&b, "INSERT INTO tally (author_domain, source, cause, day, client, dmarc, disposition, messages)"
                " VALUES ('a.example', 'unknown', '', %d, '', '%s', '%s', %d)", TODAY - 3, dmarc, disposition, messages);
    desk_run(d, sql);
}

/* Where it came from, and what ties it to its author. */
struct path {
    const char *address, *mail_from_domain, *client_name;
};

static const struct path own = {"192.0.2.1", "partner.example", ""};

static void mail_by(struct catch *c, const struct path *by, const char *domain, const char *action, const char *cause,
                    int n, int64_t at_ms)
{
    struct record r = blank_record(at_ms, "q");

    r.author_domain = r.org_domain = domain;
    r.client_ip = by->address;
    r.mail_from_domain = by == &own ? domain : by->mail_from_domain;
    r.client_name = by->client_name;
    r.iprev = "pass";
    r.rule = "r";
    r.action = action;
    r.cause = cause;
    r.dmarc = cause[0] == '\0' ? "pass" : "fail";
    r.spf_aligned = cause[0] == '\0';
    for (int i = 0; i < n; i++)
        catch_count(c, &r, at_ms);
}

static void mail(struct catch *c, const char *domain, const char *action, const char *cause, int n, int64_t at_ms)
{
    mail_by(c, &own, domain, action, cause, n, at_ms);
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
        {"a domain that never sends", 40, 50, 0, "reject", "parked", 50, 1, false},
        {"a look-alike", 40, 50, 0, "reject", "lookalike", 50, 1, false},
        {"long ago", 40, 5, 0, "reject", "dkim-broken", 50, 71, false},
        {"no catch", 40, 50, 0, "reject", "dkim-broken", 0, 1, false},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct config config = {.catch_share = row->share, .catch_hours = 4};
        struct desk d;
        struct catch *c;

        desk_open(&d);
        past(&d, "partner.example", row->passed_before);
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
    past(&d, "a.example", 40);
    c = catch_new(d.at.db);
    mail(c, "a.example", "reject", "dkim-broken", 9, noon);
    catch_look(c, &config, noon);
    assert_int_equal(desk_ask(&d, "SELECT until_ms FROM caught"), noon + 4 * HOUR);
    assert_int_equal(caught_background(d.db, noon, b, &e), RC_OK);
    assert_true(background_is_caught(b, "a.example", "192.0.2.1"));
    assert_false(background_is_caught(b, "a.example", "192.0.2.2"));
    assert_false(background_is_caught(b, "b.example", "192.0.2.1"));
    catch_look(c, &config, noon + 4 * HOUR - 10000);
    assert_int_equal(caught(&d), 1);
    catch_look(c, &config, noon + 4 * HOUR);
    assert_int_equal(caught(&d), 0);
    assert_int_equal(catch_domains(c), 0);

    /* what its address was worth is used up, until its mail passes again */
    mail(c, "a.example", "reject", "dkim-broken", 9, noon + 5 * HOUR);
    catch_look(c, &config, noon + 5 * HOUR);
    assert_int_equal(caught(&d), 0);

    /* released by hand, it leaves the domain alone for a while, whatever comes */
    past(&d, "a.example", 40);
    mail(c, "a.example", "reject", "dkim-broken", 9, noon + 5 * HOUR + 120000);
    catch_look(c, &config, noon + 5 * HOUR + 120000);
    assert_int_equal(caught(&d), 1);
    assert_int_equal(caught_remove(d.db, STR("a.example"), &was, &e), RC_OK);
    assert_true(was);
    catch_look(c, &config, noon + 5 * HOUR + 120001);
    mail(c, "a.example", "reject", "dkim-broken", 9, noon + 5 * HOUR + 120002);
    catch_look(c, &config, noon + 5 * HOUR + 120003);
    assert_int_equal(caught(&d), 0);
    mail(c, "a.example", "reject", "dkim-broken", 9, noon + 10 * HOUR);
    catch_look(c, &config, noon + 10 * HOUR);
    assert_int_equal(caught(&d), 1);
    background_release(b);
    catch_free(c);
    desk_close(&d);
}

/* What strangers send in its name, by whatever they can write, does not count, and takes no room from what does. */
static void strangers(void **state)
{
    static const struct { const char *name; struct path by; const char *domain; int days_ago; bool want; } rows[] = {
        {"from its address", {"192.0.2.1", "partner.example", ""}, "partner.example", 3, true},
        {"from the next address", {"192.0.2.2", "partner.example", ""}, "partner.example", 3, false},
        {"with a return path of theirs", {"192.0.2.1", "evil.example", ""}, "partner.example", 3, false},
        {"from a machine of its own", {"192.0.2.1", "esp.example", "mx.partner.example"}, "partner.example", 3, true},
        {"from an address that first passed today", {"192.0.2.1", "partner.example", ""}, "partner.example", 0, false},
        {"long ago", {"192.0.2.1", "partner.example", ""}, "partner.example", 40, false},
        {"tomorrow", {"192.0.2.1", "partner.example", ""}, "partner.example", -3650, false},
    };
    struct config config = {.catch_share = 50, .catch_hours = 4};

    (void)state;
    FOR_ROWS(row, rows) {
        struct desk d;
        struct catch *c;
        char domain[30];

        desk_open(&d);
        past_from(&d, "partner.example", "192.0.2.1", 40, row->days_ago);
        c = catch_new(d.at.db);
        for (int i = 0; i < CATCH_DOMAINS_MAX + 2000; i++) {
            (void)snprintf(domain, sizeof domain, "d%d.example", i);
            mail(c, domain, "reject", "dkim-broken", 1, noon);
            if (i % 2000 == 0)
                catch_look(c, &config, noon);
        }
        catch_look(c, &config, noon);
        mail_by(c, &row->by, row->domain, "reject", "dkim-broken", 6, noon);
        catch_look(c, &config, noon);
        ASSERT_ROW(caught(&d) == row->want, row);
        catch_free(c);
        desk_close(&d);
    }
}

/* However much of all mail is refused, nothing is let go for that. */
static void never_all_mail(void **state)
{
    struct config config = {.catch_share = 50, .catch_hours = 4};
    struct desk d;
    struct catch *c;
    char domain[30];

    (void)state;
    desk_open(&d);
    past_of_all(&d, "pass", "none", 200);
    past_of_all(&d, "fail", "reject", 10);
    c = catch_new(d.at.db);
    for (int i = 0; i < 500; i++) {
        (void)snprintf(domain, sizeof domain, "d%d.example", i);
        mail(c, domain, "reject", "dkim-broken", 6, noon);
    }
    catch_look(c, &config, noon);
    assert_int_equal(caught(&d), 0);
    catch_free(c);
    desk_close(&d);
}

/* A clock that was ahead for a while leaves no catch behind that lasts longer than CatchHours. */
static void clocks(void **state)
{
    const int64_t ahead = INT64_C(3650) * 24 * HOUR;
    struct config config = {.catch_share = 50, .catch_hours = 4};
    struct background *b = background_new();
    struct err e = ERR_NONE;
    struct desk d;
    struct catch *c;

    (void)state;
    desk_open(&d);
    past_from(&d, "a.example", "192.0.2.1", 40, -3649);
    c = catch_new(d.at.db);
    mail(c, "a.example", "reject", "dkim-broken", 9, noon + ahead);
    catch_look(c, &config, noon + ahead);
    assert_int_equal(caught(&d), 1);
    assert_int_equal(caught_background(d.db, noon, b, &e), RC_OK);
    assert_false(background_is_caught(b, "a.example", "192.0.2.1"));
    catch_look(c, &config, noon);
    assert_int_equal(caught(&d), 0);
    assert_int_equal(catch_domains(c), 0);
    catch_free(c);

    /* nor does one that another process left */
    desk_run(&d, "INSERT INTO caught (domain, since_ms, until_ms) VALUES ('b.example', 1795608000000, 2795608000000)");
    c = catch_new(d.at.db);
    catch_look(c, &config, noon);
    assert_int_equal(caught(&d), 0);
    background_release(b);
    catch_free(c);
    desk_close(&d);
}

/* A backup takes the place of the file: a catch that was on is put into it, and the next one, too. */
static void a_restored_database(void **state)
{
    struct config config = {.catch_share = 50, .catch_hours = 4};
    struct desk d, backup;
    struct catch *c;

    (void)state;
    desk_open(&d);
    desk_open(&backup);
    past(&d, "a.example", 40);
    past(&backup, "b.example", 40);
    c = catch_new(d.at.db);
    mail(c, "a.example", "reject", "dkim-broken", 9, noon);
    catch_look(c, &config, noon);
    assert_int_equal(caught(&d), 1);
    db_close(backup.db);
    backup.db = backup.file = NULL;
    scratch_unlink(&d.at);
    assert_int_equal(rename(backup.at.db, d.at.db), 0);
    catch_look(c, &config, noon + 1000);
    mail(c, "b.example", "reject", "dkim-broken", 9, noon + 1000);
    catch_look(c, &config, noon + 2000);
    assert_int_equal(catch_domains(c), 2);
    catch_free(c);
    db_close(d.db);
    assert_int_equal(db_open_read(d.at.db, &records_schema, &d.file, NULL), RC_OK);
    d.db = d.file;
    assert_int_equal(caught(&d), 2);
    desk_close(&d);
    desk_close(&backup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when), cmocka_unit_test(how_it_ends), cmocka_unit_test(strangers),
        cmocka_unit_test(never_all_mail), cmocka_unit_test(clocks), cmocka_unit_test(a_restored_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
