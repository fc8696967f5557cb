#include "../both.h"
#include "unit.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "samples.h"
#include "outbox/outbox.h"
#include "outbox/reports.h"
#include "records/failure_row.h"
#include "records/failures.h"
#include "records/messages.h"
#include "records/schema.h"

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
    return both_open(at.db, &d, &e) != RC_OK;
}

static int teardown(void **state)
{
    char path[80];

    (void)state;
    db_close(d);
    arena_free(a);
    (void)snprintf(path, sizeof path, "%s.sending", at.db);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s.reporting", at.db);
    (void)unlink(path);
    scratch_remove(&at);
    return 0;
}

static void add_report(const char *report_id, const char *domain)
{
    struct report r = {.report_id = report_id, .policy_domain = domain, .policy_key = report_id, .filename = "f.xml.gz"};
    bool added;

    assert_int_equal(reports_add(d, &r, STR("x"), &added, &e), RC_OK);
    assert_true(added);
}

static struct dispatch *due(int64_t now, size_t want)
{
    struct dispatch *list;
    size_t n;

    assert_int_equal(outbox_due(d, a, now, 100, &list, &n, &e), RC_OK);
    assert_int_equal(n, want);
    return list;
}

static struct delivery *deliveries(int64_t item, size_t want)
{
    struct delivery *list;
    size_t n;

    assert_int_equal(outbox_deliveries(d, a, OUTBOX_AGGREGATE, item, &list, &n, &e), RC_OK);
    assert_int_equal(n, want);
    return list;
}

static void add_delivery(int64_t item, const char *address, const char *verp)
{
    struct delivery row = {.kind = OUTBOX_AGGREGATE, .item = item, .address = address, .state = DELIVERY_WAITING,
                           .error = "", .message_id = "m@r", .verp = verp};

    assert_int_equal(outbox_add(d, &row, &e), RC_OK);
}

/* A clock a year ahead for a while holds no report back, and no address away for longer than it may be. */
static void clock_ahead(void **state)
{
    const int64_t hour = 3600 * 1000, now = INT64_C(1795608000000), year = 365 * 24 * hour;
    struct suppression bounced = {"b@b.example", now + year, now + year + 30 * 24 * hour, "gone"};
    int64_t n, item;

    (void)state;
    add_report("r1", "a.example");
    assert_int_equal(outbox_enroll(d, now + year, hour, &e), RC_OK);
    item = due(INT64_MAX, 1)[0].item;
    assert_int_equal(outbox_settle(d, due(INT64_MAX, 1), DELIVERY_WAITING, now + year + 12 * hour, "why", &e), RC_OK);
    assert_int_equal(outbox_suppress(d, &bounced, &e), RC_OK);
    add_delivery(item, "r@a.example", "v");
    assert_int_equal(outbox_end(d, deliveries(item, 1)->id, DELIVERY_SENT, now + year, "", &e), RC_OK);
    (void)due(now, 0);
    assert_int_equal(outbox_mend_times(d, now, &n, &e), RC_OK);
    assert_true(n >= 3);
    assert_int_equal(due(now, 1)->since_ms, now);
    assert_int_equal(deliveries(item, 1)->sent_ms, now);
    assert_int_equal(outbox_suppressed(d, a, STR("b@b.example"), now, &bounced, &e), RC_OK);
    assert_int_equal(bounced.until_ms, now + 30 * 24 * hour);
    assert_int_equal(outbox_mend_times(d, now, &n, &e), RC_OK);
    assert_int_equal(n, 0);

    /* a clock that is behind for a while changes nothing: the newest record tells */
    if (db_run(d, both_server() == NULL ? "INSERT INTO message (time_ms) VALUES (1795608000000)"
                                        : "INSERT INTO host (name) VALUES ('mx1'); INSERT INTO store (host, uuid, base_id,"
                                          " shipped_id, newest_ms) SELECT host, gen_random_uuid(), 0, 0, 1795608000000 FROM host",
               &e) != RC_OK)
        fail_msg("%s", e.text);
    assert_int_equal(outbox_mend_times(d, now - year, &n, &e), RC_OK);
    assert_int_equal(n, 0);
}

static void turns(void **state)
{
    int64_t reports, domains, later;

    (void)state;
    add_report("r1", "a.example");
    add_report("r2", "b.example");
    add_report("r3", "b.example");
    assert_int_equal(outbox_enroll(d, 1000, 500, &e), RC_OK);
    (void)due(1500, 3);
    (void)due(999, 0);
    assert_int_equal(outbox_count_due(d, 1500, &reports, &domains, &later, &e), RC_OK);
    assert_true(reports == 3 && domains == 2 && later == 0);
    assert_int_equal(outbox_enroll(d, 9000, 500, &e), RC_OK); /* each has one turn */
    (void)due(1500, 3);
    assert_int_equal(outbox_settle(d, &due(1500, 3)[0], DELIVERY_SENT, 0, "", &e), RC_OK);
    assert_int_equal(outbox_settle(d, &due(1500, 2)[0], DELIVERY_WAITING, 5000, "why", &e), RC_OK);
    (void)due(4999, 1);
    assert_string_equal(due(5000, 2)[1].error, "why");
    assert_int_equal(due(5000, 2)[1].attempts, 1);
}

/* What became of a report goes with it; the next one is sent all the same. */
static void removed_reports(void **state)
{
    int64_t n;

    (void)state;
    add_report("r1", "a.example");
    assert_int_equal(outbox_enroll(d, 1000, 0, &e), RC_OK);
    add_delivery(1, "r@a.example", "k1");
    assert_int_equal(outbox_settle(d, &due(1000, 1)[0], DELIVERY_SENT, 0, "", &e), RC_OK);
    assert_int_equal(reports_prune(d, INT64_MAX, 10, &n, &e), RC_OK);
    add_report("r2", "a.example");
    assert_int_equal(outbox_enroll(d, 2000, 0, &e), RC_OK);
    assert_int_not_equal(due(2000, 1)[0].item, 1);
    (void)deliveries(1, 0);
}

static void one_address(void **state)
{
    struct outbox_lock *lock = NULL; /* of a server: who sends holds it */
    struct delivery *row, found;
    int64_t n;

    (void)state;
    if (both_server() != NULL)
        assert_int_equal(outbox_lock(d, OUTBOX_SENDING, "mx1", 0, &lock, &e), RC_OK);
    add_report("r1", "a.example");
    add_delivery(1, "r@a.example", "k1");
    add_delivery(1, "r@a.example", "k2"); /* there already: keeps its key */
    add_delivery(1, "s@a.example", "k3");
    row = deliveries(1, 2);
    assert_string_equal(row[0].verp, "k1");
    assert_int_equal(outbox_begin(d, lock, row[0].id, 70, &e), RC_OK);
    assert_int_equal(deliveries(1, 2)[0].state, DELIVERY_SENDING);
    outbox_unlock(lock);
    assert_int_equal(outbox_recover(d, &n, &e), RC_OK);
    assert_int_equal(n, both_server() == NULL); /* at a server another host may be at it: tests/fleet/reports */
    row = deliveries(1, 2);
    assert_true(row[0].attempts == 1);
    assert_true(n == 0 || (row[0].state == DELIVERY_WAITING && row[0].error[0] != '\0'));
    assert_int_equal(outbox_end(d, row[0].id, DELIVERY_SENT, 80, "", &e), RC_OK);
    row = deliveries(1, 2);
    assert_true(row[0].state == DELIVERY_SENT && row[0].sent_ms == 80 && row[0].error[0] == '\0');
    assert_int_equal(outbox_find_verp(d, a, STR("k3"), &found, &e), RC_OK);
    assert_string_equal(found.address, "s@a.example");
    assert_int_equal(outbox_find_verp(d, a, STR("k2"), &found, &e), RC_NOTFOUND);
    assert_int_equal(outbox_find_verp(d, a, STR(""), &found, &e), RC_NOTFOUND);
    assert_int_equal(outbox_count_sent(d, OUTBOX_AGGREGATE, 79, STR("r@a.example"), STR(""), &n, &e), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(outbox_count_sent(d, OUTBOX_AGGREGATE, 80, STR(""), STR(""), &n, &e), RC_OK);
    assert_int_equal(n, 0);
}

static void again(void **state)
{
    struct suppression s = {"r@a.example", 5, 500, "5.1.1"}, found;
    struct delivery *row;
    int64_t n;

    (void)state;
    add_report("r1", "a.example");
    add_report("r2", "b.example");
    assert_int_equal(outbox_enroll(d, 1000, 0, &e), RC_OK);
    add_delivery(1, "r@a.example", "k1");
    row = deliveries(1, 1);
    assert_int_equal(outbox_end(d, row[0].id, DELIVERY_FAILED, 90, "no", &e), RC_OK);
    assert_int_equal(outbox_settle(d, &due(1000, 2)[0], DELIVERY_FAILED, 0, "no", &e), RC_OK);
    assert_int_equal(outbox_suppress(d, &s, &e), RC_OK);
    assert_int_equal(outbox_suppressed(d, a, STR("r@a.example"), 499, &found, &e), RC_OK);
    assert_string_equal(found.why, "5.1.1");
    assert_int_equal(outbox_suppressed(d, a, STR("r@a.example"), 500, &found, &e), RC_NOTFOUND);

    assert_int_equal(outbox_retry(d, STR(""), 2000, &n, &e), RC_OK); /* what waits, and that alone */
    assert_int_equal(n, 1);
    assert_int_equal(outbox_retry(d, STR("nobody.example"), 2000, &n, &e), RC_OK);
    assert_int_equal(n, 0);
    assert_int_equal(outbox_retry(d, STR("r1"), 2000, &n, &e), RC_OK);
    assert_int_equal(n, 1);
    (void)due(2000, 2);
    assert_int_equal(deliveries(1, 1)[0].state, DELIVERY_WAITING);
    assert_int_equal(outbox_suppressed(d, a, STR("r@a.example"), 499, &found, &e), RC_OK);
    assert_int_equal(outbox_retry(d, STR("r@a.example"), 2000, &n, &e), RC_OK);
    assert_int_equal(outbox_suppressed(d, a, STR("r@a.example"), 499, &found, &e), RC_NOTFOUND);
}

/* What went out is never put back: neither by domain, nor by address, nor by id. */
static void sent_stays_sent(void **state)
{
    static const char *const keys[] = {"a.example", "r@a.example", "r1", ""};
    int64_t n;

    (void)state;
    add_report("r1", "a.example");
    assert_int_equal(outbox_enroll(d, 1000, 0, &e), RC_OK);
    add_delivery(1, "r@a.example", "k1");
    assert_int_equal(outbox_end(d, deliveries(1, 1)[0].id, DELIVERY_SENT, 90, "", &e), RC_OK);
    assert_int_equal(outbox_settle(d, &due(1000, 1)[0], DELIVERY_SENT, 0, "", &e), RC_OK);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(outbox_retry(d, str_of(keys[i]), 2000, &n, &e), RC_OK);
        assert_int_equal(n, 0);
        assert_int_equal(deliveries(1, 1)[0].state, DELIVERY_SENT);
    }
}

static void one_sender(void **state)
{
    struct outbox_lock *first, *second;

    (void)state;
    BOTH_FILE_ALONE();
    assert_int_equal(outbox_lock_file(at.db, OUTBOX_SENDING, 0, &first, &e), RC_OK);
    assert_int_equal(outbox_lock_file(at.db, OUTBOX_SENDING, 0, &second, &e), RC_TEMP);
    assert_non_null(strstr(e.text, "another"));
    outbox_unlock(first);
    assert_int_equal(outbox_lock_file(at.db, OUTBOX_SENDING, 0, &second, &e), RC_OK);
    outbox_unlock(second);
    assert_int_equal(outbox_lock_file("/nonexistent/x.db", OUTBOX_SENDING, 0, &first, &e), RC_IO);
}

/* Reports to clients have a lock of their own, which is waited for. */
static void one_who_reports(void **state)
{
    struct outbox_lock *sends, *first, *second;
    int64_t began = clock_mono_ms();

    (void)state;
    BOTH_FILE_ALONE();
    assert_int_equal(outbox_lock_file(at.db, OUTBOX_SENDING, 0, &sends, &e), RC_OK);
    assert_int_equal(outbox_lock_file(at.db, OUTBOX_REPORTING, 0, &first, &e), RC_OK);
    assert_int_equal(outbox_lock_file(at.db, OUTBOX_REPORTING, 200, &second, &e), RC_TEMP);
    assert_true(clock_mono_ms() - began >= 190);
    assert_non_null(strstr(e.text, "report-client"));
    outbox_unlock(first);
    assert_int_equal(outbox_lock_file(at.db, OUTBOX_REPORTING, 0, &second, &e), RC_OK);
    outbox_unlock(second);
    outbox_unlock(sends);
    assert_int_equal(outbox_lock_file("/nonexistent/x.db", OUTBOX_REPORTING, 60000, &first, &e), RC_IO);
}

/* ---- failures ---- */

static void put_failure(const char *bucket)
{
    struct record r = sample_record();
    const struct record *rows[] = {&r};
    struct failure f = {.policy_domain = "a.example", .bucket = bucket, .kind = "dmarc", .dkim_domain = "",
                        .dkim_identity = "", .dkim_selector = "", .mail_from = "x@y", .headers = "From: x\n"};

    r.time_ms = 1000;
    r.failure = &f;
    assert_int_equal(messages_insert(d, rows, 1, &e), RC_OK);
}

static void failures_gather(void **state)
{
    struct failure_row row;

    (void)state;
    BOTH_FILE_ALONE();
    put_failure("b1");
    put_failure("b1");
    put_failure("b2");
    assert_int_equal(failure_row_get(d, a, 1, &row, &e), RC_OK);
    assert_true(row.incidents == 2 && row.has_record);
    assert_string_equal(row.failure.headers, "From: x\n");
    assert_string_equal(row.record.queue_id, "queue_id");
    assert_int_equal(failures_close(d, 1, &e), RC_OK);
    put_failure("b1"); /* another report */
    assert_int_equal(outbox_enroll(d, 2000, 0, &e), RC_OK);
    (void)due(1000 + FAILURES_GATHER_MS - 1, 0);
    assert_int_equal(due(1000 + FAILURES_GATHER_MS, 3)[0].kind, OUTBOX_FAILURE);
    assert_int_equal(db_run(d, "DELETE FROM message", &e), RC_OK);
    assert_int_equal(failure_row_get(d, a, 2, &row, &e), RC_OK);
    assert_false(row.has_record);
    assert_int_equal(failures_prune(d, 1001, &e), RC_OK);
    assert_int_equal(failure_row_get(d, a, 2, &row, &e), RC_NOTFOUND);
    (void)due(INT64_MAX, 0);
}

static void failures_are_bounded(void **state)
{
    int64_t n, messages;

    (void)state;
    BOTH_FILE_ALONE();
    assert_int_equal(db_run(d, "BEGIN", &e), RC_OK);
    for (int i = 0; i < FAILURES_OPEN_MAX + 5; i++) {
        struct record r = {.time_ms = 1000};
        char bucket[20];
        struct failure f = {"a.example", bucket, "dmarc", "", "", "", "", ""};

        (void)snprintf(bucket, sizeof bucket, "b%d", i);
        r.failure = &f;
        assert_int_equal(failures_add(d, 1, &r, &e), RC_OK);
    }
    assert_int_equal(db_run(d, "COMMIT", &e), RC_OK);
    assert_int_equal(db_ask(d, "SELECT count(*) FROM failure", &n, &e), RC_OK);
    assert_int_equal(n, FAILURES_OPEN_MAX);
    put_failure("one more"); /* its record is kept all the same */
    assert_int_equal(db_ask(d, "SELECT count(*) FROM failure", &n, &e), RC_OK);
    assert_int_equal(db_ask(d, "SELECT count(*) FROM message", &messages, &e), RC_OK);
    assert_true(n == FAILURES_OPEN_MAX && messages == 1);
}

/* Root sends once; the service's user, who owns the database, can send as before. */
static void lock_made_by_root(void **state)
{
    struct outbox_lock *l;
    struct stat st;
    char path[80];
    int status;

    (void)state;
    BOTH_FILE_ALONE();
    if (geteuid() != 0)
        skip();
    assert_int_equal(chown(at.folder, 65534, 65534), 0);
    assert_int_equal(chown(at.db, 65534, 65534), 0);
    assert_int_equal(outbox_lock_file(at.db, OUTBOX_SENDING, 0, &l, &e), RC_OK);
    outbox_unlock(l);
    (void)snprintf(path, sizeof path, "%s.sending", at.db);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, 65534);
    assert_int_equal(chown(path, 0, 0), 0); /* as an older version left it */
    if (fork() == 0)
        _exit(setgid(65534) != 0 || setuid(65534) != 0 ? 99 : (int)outbox_lock_file(at.db, OUTBOX_SENDING, 0, &l, &e));
    assert_true(wait(&status) > 0);
    assert_int_equal(WEXITSTATUS(status), RC_IO); /* not RC_TEMP: it would be tried for ever */
    assert_int_equal(outbox_lock_file(at.db, OUTBOX_SENDING, 0, &l, &e), RC_OK);
    outbox_unlock(l);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, 65534);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(turns, setup, teardown),
        cmocka_unit_test_setup_teardown(clock_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(removed_reports, setup, teardown),
        cmocka_unit_test_setup_teardown(one_address, setup, teardown),
        cmocka_unit_test_setup_teardown(again, setup, teardown),
        cmocka_unit_test_setup_teardown(sent_stays_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(one_who_reports, setup, teardown),
        cmocka_unit_test_setup_teardown(one_sender, setup, teardown),
        cmocka_unit_test_setup_teardown(lock_made_by_root, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_gather, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_are_bounded, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
