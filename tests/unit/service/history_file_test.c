#include "unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "service/history_file.h"

static char folder[] = "/tmp/assay-history-XXXXXX";
static char path[80], other[80];

static int setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/history", folder);
    (void)snprintf(other, sizeof other, "%s/other", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(other);
    return rmdir(folder);
}

static void add(struct history_file *h, const char *to, const char *job)
{
    struct arena *a = arena_new(1 << 20);
    struct record r;

    record_blank(&r);
    r.queue_id = job;
    r.time_ms = 1795500000000;
    r.client_ip = "192.0.2.7";
    r.author_domain = r.policy_domain = "example.com";
    r.dmarc = "pass";
    r.policy_p = r.policy = "none";
    r.disposition = "none";
    history_file_add(h, to, "mx.example", &r, a);
    arena_free(a);
}

/* The jobs in a file, in order; each must be whole, which is told by its last line. */
static const char *jobs(const char *from)
{
    static char found[400];
    char line[200];
    FILE *f = fopen(from, "r");
    struct strbuf b = STRBUF_ON(found);
    int open_jobs = 0;

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "job ", 4) == 0) {
            strbuf_putf(&b, "%.*s ", (int)strcspn(line + 4, "\n"), line + 4);
            open_jobs++;
        }
        open_jobs -= strncmp(line, "action ", 7) == 0;
        assert_true(open_jobs == 0 || open_jobs == 1);
    }
    assert_int_equal(open_jobs, 0);
    if (f != NULL)
        (void)fclose(f);
    return found;
}

static void appended(void **state)
{
    struct history_file *h = history_file_new();

    (void)state;
    add(h, path, "A1");
    assert_string_equal(jobs(path), "A1 ");
    add(h, path, "A2");
    assert_string_equal(jobs(path), "A1 A2 ");
    assert_int_equal(rename(path, other), 0); /* as opendmarc-import's script does */
    add(h, path, "A3");
    assert_string_equal(jobs(path), "A3 ");
    assert_string_equal(jobs(other), "A1 A2 ");
    history_file_free(h);
}

/* While somebody imports nobody waits; what came meanwhile follows. */
static void locked(void **state)
{
    struct history_file *h = history_file_new();
    int fd = open(path, O_RDWR | O_CREAT, 0640);

    (void)state;
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(flock(fd, LOCK_SH), 0);
    add(h, path, "B1");
    add(h, path, "B2");
    assert_string_equal(jobs(path), "");
    assert_int_equal(flock(fd, LOCK_UN), 0);
    add(h, path, "B3");
    assert_string_equal(jobs(path), "B1 B2 B3 ");
    assert_int_equal(flock(fd, LOCK_SH), 0);
    add(h, path, "B4");
    (void)close(fd);
    history_file_free(h); /* the end writes what waits */
    assert_string_equal(jobs(path), "B1 B2 B3 B4 ");
}

/* A place where nothing can be written costs records there, and nothing else. */
static void unwritable(void **state)
{
    struct history_file *h = history_file_new();

    (void)state;
    assert_int_equal(unlink(path), 0);
    for (int i = 0; i < 20000; i++)
        add(h, "/nonexistent/history", "C1");
    add(h, path, "C2"); /* a reload names another file */
    assert_string_equal(jobs(path), "C2 ");
    history_file_free(h);
}

static atomic_int locks_take_s;

/* In place of the C library's: a file system that takes its time. */
int flock(int fd, int operation)
{
    unsigned wait = (unsigned)atomic_exchange(&locks_take_s, 0);

    if (wait > 0)
        (void)sleep(wait);
    return (int)syscall(SYS_flock, fd, operation);
}

static void *adds_slowly(void *h)
{
    add(h, path, "S1");
    return NULL;
}

/* One message waits for the file, the others only for room in memory; what they left goes with the next. */
static void nobody_else_waits(void **state)
{
    struct history_file *h = history_file_new();
    pthread_t slow;
    int64_t before;

    (void)state;
    (void)unlink(path);
    atomic_store(&locks_take_s, 3);
    assert_int_equal(pthread_create(&slow, NULL, adds_slowly, h), 0);
    while (atomic_load(&locks_take_s) != 0)
        (void)usleep(1000);
    before = clock_mono_ms();
    add(h, path, "F1");
    add(h, path, "F2");
    assert_true(clock_mono_ms() - before < 2000);
    assert_int_equal(pthread_join(slow, NULL), 0);
    add(h, path, "F3");
    assert_string_equal(jobs(path), "S1 F1 F2 F3 ");
    history_file_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended), cmocka_unit_test(locked), cmocka_unit_test(unwritable),
        cmocka_unit_test(nobody_else_waits),
    };

    return cmocka_run_group_tests_name("history_file", tests, setup, teardown);
}
