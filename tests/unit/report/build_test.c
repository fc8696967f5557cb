/*
 * A day's reports are the same however many threads draft them; and what becomes of the day when one cannot be drafted, the
 * disk is full, or the program is killed.  The linker leads some calls past here (--wrap in local.mk).
 */
#include "unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>

#include "base/random.h"
#include "db/run.h"
#include "outbox/reports.h"
#include "records/messages.h"
#include "records/schema.h"
#include "report/build.h"
#include "report/draft.h"
#include "samples.h"

enum { DAY_S = 86400, DOMAINS = 300, LARGE = 10000 /* rows of one report: more bytes than may wait to be drafted */ };

/* ---- what the linker leads here ---- */

static size_t threads_given;          /* how many threads there are from now on */
static atomic_uint_fast64_t last_id;  /* ids of reports count up from here; 0: they do not */
static const char *fails_at;          /* drafting the report about this domain fails … */
static enum rc opens_with, checks_with; /* … so, at its beginning or end */

int __real_pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
    if (threads_given == 0)
        return EAGAIN;
    threads_given--;
    return __real_pthread_create(t, attr, run, arg);
}

uint64_t __real_random_bits(void);
uint64_t __wrap_random_bits(void);
uint64_t __wrap_random_bits(void)
{
    return last_id > 0 ? ++last_id : __real_random_bits();
}

enum rc __real_draft_open(enum feedback_format format, const struct feedback_head *head, struct draft **out, struct err *e);
enum rc __wrap_draft_open(enum feedback_format format, const struct feedback_head *head, struct draft **out, struct err *e);
enum rc __wrap_draft_open(enum feedback_format format, const struct feedback_head *head, struct draft **out, struct err *e)
{
    if (fails_at != NULL && opens_with != RC_OK && strcmp(head->domain, fails_at) == 0)
        return err_set(e, opens_with, "as the test wants it");
    return __real_draft_open(format, head, out, e);
}

enum rc __real_draft_close(struct draft *d, struct str *body, struct err *e);
enum rc __wrap_draft_close(struct draft *d, struct str *body, struct err *e);
static _Atomic int closes_left = -1; /* so many drafts are made, and the next one fails; -1: none does */
enum rc __wrap_draft_close(struct draft *d, struct str *body, struct err *e)
{
    if (checks_with == RC_OK || closes_left < 0 || closes_left-- != 0)
        return __real_draft_close(d, body, e);
    draft_abandon(d);
    return err_set(e, checks_with, "as the test wants it");
}

/* ---- a day ---- */

static struct db *day_make(const struct scratch *at, int large)
{
    struct err e = ERR_NONE;
    struct db *d = NULL;

    assert_int_equal(db_open_write(at->db, &records_schema, false, &d, &e), RC_OK);
    assert_int_equal(db_run(d, "BEGIN", &e), RC_OK);
    for (int i = 0; i < 2 * DOMAINS + large; i++) {
        char domain[40], ip[40];
        struct record r;
        const struct record *row = &r;

        record_blank(&r);
        (void)snprintf(domain, sizeof domain, "d%03d.example", i < 2 * DOMAINS ? i % DOMAINS : 100);
        (void)snprintf(ip, sizeof ip, "2001:db8:1111:2222:3333:4444:%x:%x", i >> 8, i & 0xff);
        r.time_ms = (int64_t)DAY_S * 1000 + i;
        r.policy_domain = r.author_domain = r.org_domain = r.mail_from_domain = domain;
        r.policy_p = r.requested_policy = r.policy = "none";
        r.policy_adkim = r.policy_aspf = "r";
        r.policy_fo = "0";
        r.policy_testing = "n";
        r.policy_rua = 1;
        r.client_ip = ip;
        r.dmarc = "fail";
        r.disposition = "none";
        r.spf = "softfail";
        r.spf_domain = "a-name-that-makes-the-row-longer.of-somebody-else.example.org";
        r.overrides = "other:a comment & more of it, so that the rows of a large report are more than may wait";
        assert_int_equal(messages_insert(d, &row, 1, &e), RC_OK);
    }
    assert_int_equal(db_run(d, "COMMIT", &e), RC_OK);
    return d;
}

static int complaints;
static char complaint[600];

static void day_complain(void *arg, const char *text)
{
    (void)arg;
    complaints++;
    (void)snprintf(complaint, sizeof complaint, "%s", text);
}

/* Kills the program when so many reports are built; 0: never. */
static uint64_t killed_at;

static void day_progress(void *arg, uint64_t records, uint64_t reports)
{
    (void)arg;
    (void)records;
    if (killed_at > 0 && reports >= killed_at)
        (void)raise(SIGKILL);
}

static enum rc day_build(struct db *d, size_t threads, struct build_summary *sum, struct err *e)
{
    static const struct config c = {.report_email = "dmarc@receiver.example", .report_sender = "", .report_org = "",
                                    .report_contact = "", .report_format = FEEDBACK_RFC9990};
    struct build_request q = {.config = &c, .begin_s = DAY_S, .complain = day_complain, .progress = day_progress};

    threads_given = threads;
    complaints = 0;
    return build_day(d, &q, sum, e);
}

/* A sum over all reports, each with its place, names and bytes. */
static uint64_t day_sum(struct db *d)
{
    struct err e = ERR_NONE;
    struct arena *a = arena_new(64 << 20);
    struct reports_wanted w = {.begin_s = DAY_S};
    uint64_t sum = 14695981039346656037u;
    struct report *found;
    size_t n = 0;

    assert_int_equal(reports_list(d, a, &w, 0, 2 * DOMAINS, &found, &n, &e), RC_OK);
    assert_int_equal(n, DOMAINS);
    for (size_t i = 0; i < n; i++) {
        struct strbuf text = strbuf_new(a, 2000);
        struct str body;

        assert_int_equal(reports_body(d, a, found[i].id, &body, &e), RC_OK);
        strbuf_putf(&text, "%d %s %s %s %s %d %d", (int)found[i].id, found[i].report_id, found[i].policy_domain,
                    found[i].policy_key, found[i].filename, (int)found[i].messages, (int)found[i].rows);
        for (size_t k = 0; k < text.n; k++)
            sum = (sum ^ (unsigned char)text.p[k]) * 1099511628211u;
        for (size_t k = 0; k < body.n; k++)
            sum = (sum ^ (unsigned char)body.p[k]) * 1099511628211u;
    }
    arena_free(a);
    return sum;
}

static int64_t day_ask(struct db *d, const char *sql)
{
    struct err e = ERR_NONE;
    int64_t n = -1;

    assert_int_equal(db_ask(d, sql, &n, &e), RC_OK);
    return n;
}

static void forget_reports(struct db *d)
{
    struct err e = ERR_NONE;

    assert_int_equal(db_run(d, "DELETE FROM report; DELETE FROM sqlite_sequence", &e), RC_OK);
}

static void same_with_any_threads(void **state)
{
    static const size_t threads[] = {0, 2, 3}; /* the first counts records, the others draft */
    struct scratch at = scratch_make();
    struct db *d = day_make(&at, LARGE);
    struct err e = ERR_NONE;
    struct build_summary s;
    uint64_t want = 0;

    (void)state;
    assert_int_equal(day_build(d, 0, &s, &e), RC_OK); /* a program's first count draws a secret */
    forget_reports(d);
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        last_id = 1;
        if (day_build(d, threads[i], &s, &e) != RC_OK)
            fail_msg("%s", e.text);
        assert_true(s.built == DOMAINS && s.domains == DOMAINS && s.rows == 2 * DOMAINS + LARGE && s.refused == 0);
        assert_int_equal(threads_given, 0);
        assert_int_equal(s.messages, s.rows);
        if (i == 0)
            want = day_sum(d);
        assert_true(day_sum(d) == want);
        forget_reports(d);
    }
    last_id = 0;
    db_close(d);
    scratch_remove(&at);
}

/* ---- faults, drafted by the reader of rows and by threads ---- */

static void what_cannot_be_drafted(void **state)
{
    struct scratch at = scratch_make();
    struct db *d = day_make(&at, 0);

    (void)state;
    for (size_t threads = 0; threads <= 3; threads += 3) {
        struct build_summary s;
        struct err e = ERR_NONE;

        checks_with = RC_LIMIT; /* one that is too long: all others are made */
        closes_left = 50;
        assert_int_equal(day_build(d, threads, &s, &e), RC_OK);
        assert_true(s.built == DOMAINS - 1 && s.refused == 1 && complaints == 1);
        assert_non_null(strstr(complaint, ".example could not be made: as the test wants it"));
        forget_reports(d);

        checks_with = RC_NOMEM; /* no memory ends it, and what was kept is kept: all or none of 64 */
        closes_left = 200;
        assert_int_equal(day_build(d, threads, &s, &e), RC_NOMEM);
        assert_string_equal(e.text, "as the test wants it");
        assert_true(s.built >= 64 && s.built < 200 && s.built % 64 == 0 && complaints == 0);
        assert_int_equal(day_ask(d, "SELECT count(*) FROM report"), s.built);
        checks_with = RC_OK;

        fails_at = "d299.example"; /* the last but its beginning */
        opens_with = RC_NOMEM;
        assert_int_equal(day_build(d, threads, &s, &e), RC_NOMEM);
        assert_int_equal(day_ask(d, "SELECT count(*) FROM report WHERE policy_domain = 'd299.example'"), 0);
        fails_at = NULL;
        opens_with = RC_OK;

        assert_int_equal(day_build(d, threads, &s, &e), RC_OK); /* and another build completes it */
        assert_true(s.built + s.present == DOMAINS && s.present >= 64);
        assert_int_equal(day_ask(d, "SELECT count(DISTINCT policy_domain) FROM report"), DOMAINS);
        forget_reports(d);
    }
    db_close(d);
    scratch_remove(&at);
}

static void a_full_disk(void **state)
{
    struct scratch at = scratch_make();
    struct db *d = day_make(&at, 0);
    struct build_summary s;
    struct err e = ERR_NONE;
    char sql[60];
    int64_t kept;

    (void)state;
    (void)snprintf(sql, sizeof sql, "PRAGMA max_page_count = %d", (int)day_ask(d, "PRAGMA page_count") + 60);
    assert_int_equal(db_run(d, sql, &e), RC_OK);
    assert_int_not_equal(day_build(d, 3, &s, &e), RC_OK);
    kept = day_ask(d, "SELECT count(*) FROM report");
    assert_true(kept > 0 && kept < DOMAINS && kept == (int64_t)s.built);
    assert_int_equal(db_run(d, "PRAGMA max_page_count = 100000000", &e), RC_OK);
    assert_int_equal(day_build(d, 3, &s, &e), RC_OK);
    assert_true((int64_t)s.present == kept && s.built + s.present == DOMAINS);
    db_close(d);
    scratch_remove(&at);
}

static void killed_half_way(void **state)
{
    struct scratch at = scratch_make();
    struct db *d = day_make(&at, 0);
    struct build_summary s;
    struct err e = ERR_NONE;
    int64_t kept, sizes;
    pid_t child;
    int status;

    (void)state;
    db_close(d);
    child = fork();
    if (child == 0) {
        killed_at = 100;
        if (db_open_write(at.db, &records_schema, false, &d, &e) == RC_OK)
            (void)day_build(d, 3, &s, &e);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(db_open_write(at.db, &records_schema, false, &d, &e), RC_OK);
    kept = day_ask(d, "SELECT count(*) FROM report");
    sizes = day_ask(d, "SELECT sum(size) + sum(id) FROM report WHERE id <= 128");
    assert_true(kept >= 100 && kept < DOMAINS);
    if (day_build(d, 3, &s, &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_true((int64_t)s.present == kept && s.built + s.present == DOMAINS && s.late == 0);
    assert_int_equal(day_ask(d, "SELECT count(DISTINCT policy_domain) FROM report"), DOMAINS);
    assert_int_equal(day_ask(d, "SELECT sum(messages) FROM report"), 2 * DOMAINS);
    assert_int_equal(day_ask(d, "SELECT sum(size) + sum(id) FROM report WHERE id <= 128"), sizes);
    db_close(d);
    scratch_remove(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_with_any_threads), cmocka_unit_test(what_cannot_be_drafted),
                                       cmocka_unit_test(a_full_disk), cmocka_unit_test(killed_half_way)};

    return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
