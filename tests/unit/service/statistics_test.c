#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "service/statistics.h"

static const struct statistics_rooms rooms = {
    .session = {.connections = 3, .ignored = 4, .broken = 1, .in_flight = 2},
    .dns = {.questions = 90, .hits = 70, .joined = 5, .failures = 6, .timeouts = 2, .entries = 11, .bytes = 4096},
    .dkim = {.verified = 30, .again = 6, .differ = 2},
    .records = true,
    .caught = 3,
    .store = {.written = 8, .lost = 1, .commits = 5, .queued = 2, .busy_us = 1250000, .pruned = 70, .maintenance_us = 300000},
};

/* Ten messages: eight pass in 0.8 ms, one fails in 4 ms, one is a temporary error after 12 s. */
static struct statistics *ten_messages(void)
{
    struct statistics *s = statistics_new();

    assert_non_null(s);
    for (int i = 0; i < 8; i++)
        statistics_message(s, DMARC_PASS, 800, 0);
    statistics_message(s, DMARC_FAIL, 4000, 3);
    statistics_decision(s, DISPOSITION_REJECT, ENFORCEMENT_YES);
    statistics_decision(s, DISPOSITION_NONE, ENFORCEMENT_CAUGHT);
    statistics_message(s, DMARC_TEMPERROR, 12000000, 10000);
    return s;
}

/* What is in the file `path`. */
static char *contents(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    assert_non_null(f);
    assert_true(getdelim(&text, &size, '\0', f) > 0);
    assert_int_equal(fclose(f), 0);
    return text;
}

static void test_file(void **state)
{
    static const struct {
        const char *name, *line;
    } rows[] = {
        {"by result", "assay_messages_total{dmarc=\"pass\"} 8\n"},
        {"a result nobody had", "assay_messages_total{dmarc=\"permerror\"} 0\n"},
        {"refused", "assay_dispositions_total{disposition=\"reject\"} 1\n"},
        {"caught", "\nassay_messages_caught_total 1\n"},
        {"domains caught", "\nassay_domains_caught 3\n"},
        {"bucket before any", "assay_end_of_message_seconds_bucket{le=\"0.0005\"} 0\n"},
        {"bucket of the eight", "assay_end_of_message_seconds_bucket{le=\"0.001\"} 8\n"},
        {"buckets add up", "assay_end_of_message_seconds_bucket{le=\"0.005\"} 9\n"},
        {"last bound", "assay_end_of_message_seconds_bucket{le=\"10\"} 9\n"},
        {"beyond", "assay_end_of_message_seconds_bucket{le=\"+Inf\"} 10\n"},
        {"sum", "assay_end_of_message_seconds_sum 12.010400\n"},
        {"count", "assay_end_of_message_seconds_count 10\n"},
        {"type", "# TYPE assay_end_of_message_seconds histogram\n"},
        {"session", "\nassay_messages_ignored_total 4\n"},
        {"a gauge", "# TYPE assay_messages_in_flight gauge\nassay_messages_in_flight 2\n"},
        {"dns", "\nassay_dns_hits_total 70\n"},
        {"dkim differ", "\nassay_dkim_differ_total 2\n"},
        {"dns time-outs", "\nassay_dns_timeouts_total 2\n"},
        {"dns wait", "\nassay_dns_wait_seconds_total 10.003\n"},
        {"records", "\nassay_records_lost_total 1\n"},
        {"database time", "\nassay_database_seconds_total 1.25\n"},
    };
    char folder[] = "/tmp/assay-statistics-XXXXXX", path[64], fresh[80];
    struct statistics *s = ten_messages();
    struct err e = ERR_NONE;
    struct stat st;
    char *text;

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/assay.prom", folder);
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    (void)umask(0077);
    assert_int_equal(statistics_write(s, &rooms, path, &e), RC_OK);
    text = contents(path);
    FOR_ROWS(row, rows)
        ASSERT_ROW(strstr(text, row->line) != NULL, row);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_not_equal(access(fresh, F_OK), 0);
    free(text);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    statistics_free(s);
}

/* The file there was stays whole when a new one cannot be written. */
static void test_trouble(void **state)
{
    static const char path[] = "/nonexistent/assay.prom";
    struct statistics *s = ten_messages();
    struct err e = ERR_NONE;

    (void)state;
    assert_int_equal(statistics_write(s, &rooms, path, &e), RC_IO);
    assert_non_null(strstr(e.text, "/nonexistent/assay.prom.new"));
    statistics_free(s);
}

static void test_log(void **state)
{
    static const struct {
        const char *name, *text;
    } rows[] = {
        {"messages", "milter: connections=3 messages=10 ignored=4 broken=1 in_flight=2 "},
        {"results", " none=0 pass=8 fail=1 temperror=1 permerror=0 "},
        {"times", " mean_ms=1201.0 p50_ms=0.8 p95_ms=10000.0 p99_ms=10000.0\n"},
        {"dns", "dns: questions=90 hits=70 joined=5 failures=6 timeouts=2 entries=11 bytes=4096 waited_s=10.0\n"},
        {"dkim", "dkim: verified=30 again=6 differ=2\n"},
        {"store", "store: written=8 lost=1 commits=5 queued=2 busy_s=1.2 pruned=70 maintenance_s=0.3\n"},
    };
    char path[] = "/tmp/assay-statistics-XXXXXX";
    struct statistics *s = ten_messages();
    int fd = mkstemp(path), before = dup(STDERR_FILENO);
    char *text;

    (void)state;
    assert_true(fd >= 0 && before >= 0);
    assert_int_equal(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    statistics_log(s, &rooms);
    assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
    text = contents(path);
    FOR_ROWS(row, rows)
        ASSERT_ROW(strstr(text, row->text) != NULL, row);
    free(text);
    (void)close(fd);
    (void)close(before);
    assert_int_equal(unlink(path), 0);
    statistics_free(s);
}

static void test_nothing_yet(void **state)
{
    static const struct statistics_rooms none = {.records = false};
    char path[] = "/tmp/assay-statistics-XXXXXX";
    struct statistics *s = statistics_new();
    struct err e = ERR_NONE;
    int fd = mkstemp(path);
    char *text;

    (void)state;
    assert_non_null(s);
    assert_true(fd >= 0 && close(fd) == 0);
    assert_int_equal(statistics_write(s, &none, path, &e), RC_OK);
    text = contents(path);
    assert_non_null(strstr(text, "assay_end_of_message_seconds_count 0\n"));
    assert_null(strstr(text, "records"));
    free(text);
    assert_int_equal(unlink(path), 0);
    statistics_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_trouble),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_nothing_yet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
