#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "mta/hold.h"

/* Both ends of a connection, ours and the MTA's. */
struct ends {
    struct hold hold;
    int ours, mta;
};

static struct ends ends_open(void)
{
    int fd[2];
    struct ends e = {.hold = {.timeout_ms = 5000}};

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    e.ours = fd[0];
    e.mta = fd[1];
    return e;
}

static void ends_close(struct ends *e)
{
    hold_free(&e->hold);
    (void)close(e->ours);
    (void)close(e->mta);
}

/* As libmilter writes: length and letter, then the data, if any. */
static ssize_t writes(struct ends *e, char letter, const void *data, size_t n)
{
    uint32_t length = (uint32_t)n + 1;
    char head[5] = {(char)(length >> 24), (char)(length >> 16), (char)(length >> 8), (char)length, letter};
    char *copy = n > 0 ? malloc(n) : NULL; /* libmilter's is gone when it returns */
    struct iovec iov[] = {{.iov_base = head, .iov_len = sizeof head}, {.iov_base = copy, .iov_len = n}};
    ssize_t sent;

    if (n > 0)
        memcpy(copy, data, n);
    sent = hold_write(&e->hold, e->ours, iov, n > 0 ? 2 : 1);
    free(copy);
    memset(head, 'x', sizeof head);
    return sent;
}

/* What the MTA has to read now. */
static void has(struct ends *e, const char *bytes, size_t n)
{
    char got[256];

    assert_int_equal(recv(e->mta, got, sizeof got, MSG_DONTWAIT), n == 0 ? -1 : (ssize_t)n);
    assert_memory_equal(got, bytes, n);
}

static void changes_go_with_the_answer(void **state)
{
    static const char all[] = "\0\0\0\5mX\0Y\0" "\0\0\0\5iA\0B\0" "\0\0\0\3qH\0" "\0\0\0\1c";
    struct ends e = ends_open();

    (void)state;
    assert_int_equal(writes(&e, 'm', "X\0Y", 4), 9);
    assert_int_equal(writes(&e, 'i', "A\0B", 4), 9);
    assert_int_equal(writes(&e, 'q', "H", 2), 7);
    has(&e, "", 0);
    assert_int_equal(writes(&e, 'c', NULL, 0), 5);
    has(&e, all, sizeof all - 1);
    assert_null(e.hold.bytes);
    ends_close(&e);
}

/* The MTA waits for these. */
static void all_else_goes_at_once(void **state)
{
    struct ends e = ends_open();

    (void)state;
    assert_int_equal(writes(&e, 'O', "\0\0\0\6", 4), 9);
    has(&e, "\0\0\0\5O\0\0\0\6", 9);
    assert_int_equal(writes(&e, 'p', NULL, 0), 5); /* that we still work */
    has(&e, "\0\0\0\1p", 5);
    assert_int_equal(writes(&e, 'i', "A", 1), 6);
    assert_int_equal(writes(&e, 'p', NULL, 0), 5);
    has(&e, "\0\0\0\2iA\0\0\0\1p", 11);
    assert_int_equal(writes(&e, 'm', "A", 1), 6);
    hold_let_go(&e.hold, e.ours);
    has(&e, "\0\0\0\2mA", 6);
    hold_let_go(&e.hold, e.ours);
    has(&e, "", 0);
    ends_close(&e);
}

struct stream {
    int fd;
    char *bytes;
    size_t n, max;
};

static void *reads_all(void *arg)
{
    struct stream *s = arg;
    ssize_t n;

    while ((n = read(s->fd, s->bytes + s->n, s->max - s->n)) > 0)
        s->n += (size_t)n;
    return NULL;
}

/* Whatever its sizes, and however slowly it is read, it is one stream, in its order. */
static void keeps_the_stream(void **state)
{
    enum { ROUNDS = 600, MOST = 300000, OFTEN = 600, ALL = 16 << 20 }; /* the kernel takes up to 32 KB at once or not at all */
    static const char letters[] = "iiiimqcp";
    static char data[MOST];
    struct ends e = ends_open();
    struct stream s = {.fd = e.mta, .max = ALL};
    char *want = malloc(s.max);
    size_t n = 0;
    pthread_t reader;

    (void)state;
    s.bytes = malloc(s.max);
    srandom(22);
    assert_int_equal(pthread_create(&reader, NULL, reads_all, &s), 0);
    for (int i = 0; i < ROUNDS; i++) {
        size_t size = (size_t)random() % (i % 10 == 0 ? MOST : OFTEN);
        uint32_t length = (uint32_t)size + 1;
        char letter = letters[random() % 8], head[] = {0, (char)(length >> 16), (char)(length >> 8), (char)length, letter};

        for (size_t k = 0; k < size; k++)
            data[k] = (char)random();
        memcpy(want + n, head, 5);
        memcpy(want + n + 5, data, size);
        n += 5 + size;
        assert_int_equal(writes(&e, letter, data, size), 5 + size);
    }
    hold_let_go(&e.hold, e.ours);
    assert_int_equal(shutdown(e.ours, SHUT_WR), 0);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(s.n, n);
    assert_memory_equal(s.bytes, want, n);
    free(s.bytes);
    free(want);
    ends_close(&e);
}

/* An MTA that does not read holds nobody longer than libmilter would have looked; and half a command is not followed. */
static void does_not_wait_for_ever(void **state)
{
    static char large[4 << 20];
    struct ends e = ends_open();
    int64_t began = clock_mono_ms();

    (void)state;
    e.hold.timeout_ms = 50;
    assert_int_equal(writes(&e, 'i', "A", 1), 6);
    assert_int_equal(writes(&e, 'b', large, sizeof large), -1);
    assert_int_equal(errno, ETIMEDOUT);
    assert_in_range(clock_mono_ms() - began, 50, 10000);
    while (recv(e.mta, large, sizeof large, MSG_DONTWAIT) > 0)
        ;
    assert_int_equal(writes(&e, 'c', NULL, 0), -1);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(writes(&e, 'i', "A", 1), -1);
    has(&e, "", 0);
    ends_close(&e);
}

/* No signal, and the answer tells. */
static void tells_of_an_mta_that_is_gone(void **state)
{
    struct ends e = ends_open();

    (void)state;
    assert_int_equal(close(e.mta), 0);
    assert_int_equal(writes(&e, 'i', "A", 1), 6);
    assert_int_equal(writes(&e, 'c', NULL, 0), -1);
    assert_int_equal(errno, EPIPE);
    e.mta = -1;
    ends_close(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_go_with_the_answer), cmocka_unit_test(all_else_goes_at_once),
        cmocka_unit_test(keeps_the_stream),           cmocka_unit_test(does_not_wait_for_ever),
        cmocka_unit_test(tells_of_an_mta_that_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
