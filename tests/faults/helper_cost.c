/*
 * What it would cost to verify each message in a helper process: figures for docs/RELIABILITY.md.
 *
 *   helper_cost [MESSAGES [BODY_BYTES [QUESTIONS [MEGABYTES]]]]
 *
 * A parent hands header and body to a helper over a socket pair, answers its questions to DNS from its own cache, and
 * takes 4 KB of evidence: once with a helper that is kept, once with one that is forked for each message by a process
 * with so many megabytes in use.  Prints CPU seconds per 1,000 messages and the time of one; the verification itself
 * costs nothing here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 3000, QUESTION = 100, EVIDENCE = 4096, CHUNK = 65536 };

static size_t body_bytes = 20000, questions = 6, megabytes = 30;
static unsigned long messages = 20000;

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double cpu(void)
{
    struct rusage own, children;

    (void)getrusage(RUSAGE_SELF, &own);
    (void)getrusage(RUSAGE_CHILDREN, &children);
    return seconds(own.ru_utime) + seconds(own.ru_stime) + seconds(children.ru_utime) + seconds(children.ru_stime);
}

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void move(int fd, char *buf, size_t n, int out)
{
    while (n > 0) {
        size_t want = n < CHUNK ? n : CHUNK;
        ssize_t done = out ? write(fd, buf, want) : read(fd, buf, want);

        if (done <= 0)
            _exit(0);
        n -= (size_t)done;
    }
}

static void helper(int fd, unsigned long count)
{
    static char buf[CHUNK];

    for (unsigned long i = 0; i < count; i++) {
        move(fd, buf, HEADER + body_bytes, 0);
        for (size_t q = 0; q < questions; q++) {
            move(fd, buf, QUESTION, 1);
            move(fd, buf, QUESTION, 0);
        }
        move(fd, buf, EVIDENCE, 1);
    }
}

static void hand_over(int fd)
{
    static char buf[CHUNK];

    move(fd, buf, HEADER, 1);
    move(fd, buf, body_bytes, 1);
    for (size_t q = 0; q < questions; q++) {
        move(fd, buf, QUESTION, 0);
        move(fd, buf, QUESTION, 1);
    }
    move(fd, buf, EVIDENCE, 0);
}

/* A helper for so many messages. */
static int start(pid_t *child, unsigned long count)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || (*child = fork()) < 0)
        exit(71);
    if (*child == 0) {
        (void)close(ends[0]);
        helper(ends[1], count);
        _exit(0);
    }
    (void)close(ends[1]);
    return ends[0];
}

static void measure(const char *what, unsigned long count, unsigned long each)
{
    double began = now(), used = cpu();

    for (unsigned long i = 0; i < count; i += each) {
        pid_t child;
        int fd = start(&child, each);

        for (unsigned long k = 0; k < each; k++)
            hand_over(fd);
        (void)close(fd);
        (void)waitpid(child, NULL, 0);
    }
    (void)printf("%-28s %.3f CPU s per 1,000 messages, %.0f us each\n", what, (cpu() - used) * 1000 / (double)count,
                 (now() - began) * 1e6 / (double)count);
}

int main(int argc, char **argv)
{
    char *memory;

    messages = argc > 1 ? strtoul(argv[1], NULL, 10) : messages;
    body_bytes = argc > 2 ? strtoul(argv[2], NULL, 10) : body_bytes;
    questions = argc > 3 ? strtoul(argv[3], NULL, 10) : questions;
    megabytes = argc > 4 ? strtoul(argv[4], NULL, 10) : megabytes;
    memory = malloc(megabytes << 20);
    if (memory == NULL || messages == 0)
        return 71;
    memset(memory, 1, megabytes << 20);
    measure("a helper that is kept:", messages, messages);
    measure("a helper for each message:", messages / 10, 1);
    free(memory);
    return 0;
}
