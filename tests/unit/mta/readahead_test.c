#include "unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "mta/readahead.h"

/* Both ends of a connection, ours accepted on a listening socket with or without read-ahead. */
struct pair {
    int listening, mta, ours;
};

static struct pair pair_open(bool ahead)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX}; /* no path: the kernel gives a name */
    socklen_t size = sizeof address;
    struct pair p = {.listening = socket(AF_UNIX, SOCK_STREAM, 0), .mta = socket(AF_UNIX, SOCK_STREAM, 0)};

    assert_int_equal(bind(p.listening, (struct sockaddr *)&address, sizeof address.sun_family), 0);
    assert_int_equal(getsockname(p.listening, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(listen(p.listening, 1), 0);
    readahead_on(ahead ? p.listening : -1);
    assert_int_equal(connect(p.mta, (struct sockaddr *)&address, size), 0);
    p.ours = accept(p.listening, NULL, NULL);
    assert_true(readahead_connection(p.listening, p.ours));
    assert_true(p.ours >= 0);
    return p;
}

static void pair_close(struct pair *p)
{
    assert_int_equal(mta_close(p->mta), 0);
    assert_int_equal(mta_close(p->ours), 0);
    assert_int_equal(mta_close(p->listening), 0);
}

static bool readable(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLIN | POLLPRI};

    return mta_poll(&look, 1, 0) == 1 && (look.revents & POLLIN) != 0;
}

/* Bytes that still lie in the kernel. */
static ssize_t unread(int fd)
{
    char rest[65536];
    ssize_t n = recv(fd, rest, sizeof rest, MSG_PEEK | MSG_DONTWAIT);

    return n < 0 ? 0 : n;
}

static void sends(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void reads(int fd, size_t want, const char *text)
{
    char got[64];

    assert_int_equal(mta_read(fd, got, want), strlen(text));
    assert_memory_equal(got, text, strlen(text));
}

/* The story of a burst: all of it is taken with the first piece. */
static void takes_bursts(void **state)
{
    struct pair p = pair_open(true);

    (void)state;
    assert_false(readable(p.ours));
    sends(p.mta, "hello, milter");
    assert_true(readable(p.ours));
    assert_true(readable(p.ours));
    reads(p.ours, 5, "hello");
    assert_int_equal(unread(p.ours), 0);
    assert_true(readable(p.ours));
    reads(p.ours, 2, ", ");
    sends(p.mta, " again");
    reads(p.ours, 60, "milter"); /* what is there, as read does */
    assert_true(readable(p.ours));
    reads(p.ours, 6, " again");
    assert_false(readable(p.ours));
    pair_close(&p);
}

static void does_not_touch_others(void **state)
{
    const uint64_t one = 1;
    struct pair p = pair_open(false);
    int bell = eventfd(0, EFD_NONBLOCK);
    uint64_t rings = 0;

    (void)state;
    sends(p.mta, "hello");
    reads(p.ours, 2, "he");
    assert_int_equal(unread(p.ours), 3);
    assert_true(readable(p.ours));
    pair_close(&p);
    assert_false(readable(bell));
    assert_int_equal(mta_read(bell, &rings, sizeof rings), -1);
    assert_int_equal(write(bell, &one, sizeof one), sizeof one);
    assert_true(readable(bell));
    assert_int_equal(mta_read(bell, &rings, sizeof rings), sizeof rings);
    assert_int_equal(rings, 1);
    assert_int_equal(mta_close(bell), 0);
    assert_int_equal(mta_close(bell), -1);
    assert_int_equal(mta_read(bell, &rings, sizeof rings), -1);
}

/* What is left of a connection is not read by whoever gets its number next. */
static void forgets_at_close(void **state)
{
    struct pair p = pair_open(true);
    int ends[2], number = p.ours;

    (void)state;
    sends(p.mta, "hello");
    reads(p.ours, 1, "h");
    assert_int_equal(mta_close(p.ours), 0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(ends[0], number);
    assert_false(readable(ends[0]));
    sends(ends[1], "pipe");
    reads(ends[0], 2, "pi");
    reads(ends[0], 2, "pe");
    p.ours = ends[0];
    assert_int_equal(mta_close(ends[1]), 0);
    pair_close(&p);
}

static void tells_the_end(void **state)
{
    struct pair p = pair_open(true);
    char byte;

    (void)state;
    sends(p.mta, "bye");
    assert_int_equal(shutdown(p.mta, SHUT_WR), 0);
    reads(p.ours, 1, "b");
    reads(p.ours, 5, "ye");
    assert_true(readable(p.ours));
    assert_int_equal(mta_read(p.ours, &byte, 1), 0);
    assert_true(readable(p.ours));
    assert_int_equal(mta_read(p.ours, &byte, 1), 0);
    pair_close(&p);
}

/* A stream cut anywhere, read in any sizes, is the same stream. */
static void keeps_the_stream(void **state)
{
    static char sent[60000], got[sizeof sent];
    struct pair p = pair_open(true);
    size_t out = 0, in = 0;

    (void)state;
    srandom(7);
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)random();
    while (in < sizeof sent) {
        size_t n = (size_t)random() % 9000, want = 1 + (size_t)random() % ((random() & 3) == 0 ? 7000 : 30);
        ssize_t taken;

        n = n < sizeof sent - out ? n : sizeof sent - out;
        assert_int_equal(send(p.mta, sent + out, n, MSG_DONTWAIT), n);
        out += n;
        while (in < out && (random() & 15) != 0) {
            assert_true(readable(p.ours));
            taken = mta_read(p.ours, got + in, want < sizeof got - in ? want : sizeof got - in);
            assert_true(taken > 0);
            in += (size_t)taken;
        }
    }
    assert_memory_equal(got, sent, sizeof sent);
    assert_false(readable(p.ours));
    pair_close(&p);
}

/* That there is room is the truth or mta_writev's to find out; and who wants to read has sent what was held. */
static void writes_before_it_reads(void **state)
{
    static char change[] = "\0\0\0\2i", data[] = "A";
    const struct iovec iov[] = {{.iov_base = change, .iov_len = 5}, {.iov_base = data, .iov_len = 1}};
    struct pair p = pair_open(true), other = pair_open(false);
    struct pollfd room = {.fd = p.ours, .events = POLLOUT};

    (void)state;
    assert_int_equal(mta_poll(&room, 1, 1000), 1);
    assert_true((room.revents & POLLOUT) != 0);
    assert_int_equal(mta_writev(p.ours, iov, 2), 6);
    assert_int_equal(unread(p.mta), 0);
    assert_false(readable(p.ours));
    assert_int_equal(unread(p.mta), 6);
    assert_int_equal(mta_writev(p.ours, iov, 2), 6); /* forgotten with the connection */
    assert_int_equal(mta_writev(other.ours, iov, 2), 6);
    assert_int_equal(unread(other.mta), 6);
    pair_close(&p);
    pair_close(&other);
}

/* ---- patience ---- */

static int look(int fd)
{
    struct pollfd fds = {.fd = fd, .events = POLLIN};

    return mta_poll(&fds, 1, READAHEAD_LOOK_MS);
}

static void *sends_later(void *arg)
{
    (void)poll(NULL, 0, 20);
    sends(*(int *)arg, "x");
    return NULL;
}

/* What comes within some time is waited for, on connections of ours; silence has an end. */
static void waits_a_moment(void **state)
{
    struct pair p = pair_open(true), other = pair_open(false);
    int64_t began = clock_mono_ms();
    pthread_t later;

    (void)state;
    assert_int_equal(look(other.ours), 0);
    assert_int_equal(look(p.ours), 0);
    assert_in_range(clock_mono_ms() - began, READAHEAD_PATIENCE_MS, 20 * 1000);
    assert_int_equal(pthread_create(&later, NULL, sends_later, &p.mta), 0);
    assert_int_equal(look(p.ours), 1);
    assert_int_equal(pthread_join(later, NULL), 0);
    pair_close(&p);
    pair_close(&other);
}

static atomic_uint short_looks;

static void *looks(void *arg)
{
    int64_t began = clock_mono_ms();

    assert_int_equal(look(*(int *)arg), 0);
    if (clock_mono_ms() - began < READAHEAD_PATIENCE_MS / 2)
        atomic_fetch_add(&short_looks, 1);
    return NULL;
}

/* While many wait, the others do as libmilter wants. */
static void waits_less_among_many(void **state)
{
    enum { ALL = 2 * READAHEAD_PATIENT_MAX };
    struct pair p[ALL];
    pthread_t thread[ALL];

    (void)state;
    for (size_t i = 0; i < ALL; i++)
        p[i] = pair_open(true);
    for (size_t i = 0; i < ALL; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, looks, &p[i].ours), 0);
    for (size_t i = 0; i < ALL; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    assert_true(atomic_load(&short_looks) > ALL / 4);
    for (size_t i = 0; i < ALL; i++)
        pair_close(&p[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_bursts),     cmocka_unit_test(does_not_touch_others), cmocka_unit_test(forgets_at_close),
        cmocka_unit_test(tells_the_end),    cmocka_unit_test(keeps_the_stream),     cmocka_unit_test(writes_before_it_reads),
        cmocka_unit_test(waits_a_moment),   cmocka_unit_test(waits_less_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
