#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "base/syslogd.h"

enum { LINE = 2000 };

/* A syslog daemon's socket, read when the test says so. */
struct peer {
    char dir[32], path[64];
    int fd;
};

static void peer_listen(struct peer *p)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct timeval wait = {.tv_sec = 5};

    p->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(sa.sun_path, p->path, strlen(p->path) + 1);
    assert_int_equal(bind(p->fd, (const struct sockaddr *)(const void *)&sa, sizeof sa), 0);
    assert_int_equal(setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait), 0);
}

static void peer_end(struct peer *p)
{
    (void)close(p->fd);
    assert_int_equal(unlink(p->path), 0);
}

static void peer_open(struct peer *p)
{
    (void)snprintf(p->dir, sizeof p->dir, "/tmp/syslogd-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    (void)snprintf(p->path, sizeof p->path, "%s/log", p->dir);
    peer_listen(p);
    syslogd_open(p->path, "unit", LOG_MAIL);
}

static void peer_close(struct peer *p)
{
    peer_end(p);
    assert_int_equal(rmdir(p->dir), 0);
}

/* The text of the next line, behind its head. */
static const char *peer_read(struct peer *p, char line[LINE])
{
    ssize_t n = recv(p->fd, line, LINE - 1, 0);
    const char *text;

    assert_true(n > 0);
    line[n] = '\0';
    text = strstr(line, "]: ");
    assert_non_null(text);
    return text + 3;
}

static void a_line_has_syslogs_shape(void **state)
{
    struct peer p;
    char line[LINE], want[64];

    (void)state;
    peer_open(&p);
    syslogd_send(LOG_INFO, "4XyZ: dmarc=pass");
    assert_string_equal(peer_read(&p, line), "4XyZ: dmarc=pass");
    assert_memory_equal(line, "<22>", 4); /* mail.info */
    (void)snprintf(want, sizeof want, " unit[%ld]: ", (long)getpid());
    assert_memory_equal(line + 4 + strlen("Nov 25 16:00:00"), want, strlen(want));
    peer_close(&p);
}

static void a_socket_nobody_reads_holds_nobody_up(void **state)
{
    enum { LINES = 1000 };
    struct peer p;
    char line[LINE], want[32];
    int64_t began;
    uint64_t dropped = syslogd_dropped();

    (void)state;
    peer_open(&p);
    began = clock_mono_ms();
    for (int i = 0; i < LINES; i++) {
        (void)snprintf(line, sizeof line, "line %d", i);
        syslogd_send(LOG_INFO, line);
    }
    assert_true(clock_mono_ms() - began < 2000);
    for (int i = 0; i < LINES; i++) { /* all there, in their order */
        (void)snprintf(want, sizeof want, "line %d", i);
        assert_string_equal(peer_read(&p, line), want);
    }
    syslogd_flush(1000);
    assert_int_equal(syslogd_dropped(), dropped);
    peer_close(&p);
}

static void what_is_dropped_is_counted_and_said(void **state)
{
    enum { TEXT = 1000 };
    struct peer p;
    char line[LINE];
    const char *text;
    uint32_t said = 0;
    uint64_t before = syslogd_dropped();
    unsigned sent = 0, seen = 0;

    (void)state;
    peer_open(&p);
    memset(line, 'x', TEXT);
    line[TEXT] = '\0';
    while (syslogd_dropped() < before + 100) {
        assert_true(sent++ < 2 * SYSLOGD_WAITING_MAX / TEXT);
        syslogd_send(LOG_INFO, line);
    }
    while ((text = peer_read(&p, line))[0] == 'x')
        seen++;
    assert_true(str_to_u32(str_slice(str_of(text), 0, strcspn(text, " ")), &said));
    assert_int_equal(said, 100);
    assert_string_equal(text + 3, " lines were dropped, syslog did not take them");
    assert_int_equal(seen + said, sent);
    peer_close(&p);
}

static void a_daemon_that_restarts_misses_nothing(void **state)
{
    struct peer p;
    char line[LINE];

    (void)state;
    peer_open(&p);
    syslogd_send(LOG_INFO, "one");
    assert_string_equal(peer_read(&p, line), "one");
    peer_end(&p);
    syslogd_send(LOG_INFO, "two");
    syslogd_send(LOG_INFO, "three");
    peer_listen(&p);
    assert_string_equal(peer_read(&p, line), "two");
    assert_string_equal(peer_read(&p, line), "three");
    syslogd_send(LOG_INFO, "four");
    assert_string_equal(peer_read(&p, line), "four");
    peer_close(&p);
}

static void a_child_logs_for_itself(void **state)
{
    struct peer p;
    char line[LINE];
    int status;
    pid_t child;

    (void)state;
    peer_open(&p);
    for (int i = 0; i < 300; i++) /* some of them wait, and belong to the parent */
        syslogd_send(LOG_INFO, "parent");
    child = fork();
    if (child == 0) {
        syslogd_send(LOG_INFO, "child");
        syslogd_flush(5000);
        _exit(0);
    }
    for (int i = 0, children = 0; i < 301; i++) {
        children += strcmp(peer_read(&p, line), "child") == 0;
        assert_true(children <= 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    peer_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_syslogs_shape),
        cmocka_unit_test(a_socket_nobody_reads_holds_nobody_up),
        cmocka_unit_test(what_is_dropped_is_counted_and_said),
        cmocka_unit_test(a_daemon_that_restarts_misses_nothing),
        cmocka_unit_test(a_child_logs_for_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
