/*
 * smtp - replays a corpus (corpus.py) to a real MTA, a session a message (make bench-postfix).
 *
 * Each client's address and name are given with XCLIENT, which the MTA has to allow.  Prints one line: messages a
 * second and latencies of whole sessions.
 *
 *   smtp -d CORPUS -p PORT [-c CONNECTIONS] [-n MESSAGES]
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "corpus.h"

enum { LINE = 2048, STACK = 256 * 1024, PATIENCE_S = 120 };

static struct {
    struct corpus corpus;
    char **data; /* of each message what follows DATA, to the final dot */
    size_t *size;
    uint16_t port;
    size_t total;
    atomic_size_t next, failed;
    double *took;
} job;

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- what is sent ---- */

/* Copies text, each LF as CRLF where there is none, a dot that begins a line doubled. */
static char *put(char *to, const char *from, size_t n, bool begins)
{
    char before = begins ? '\n' : ' ';

    for (size_t i = 0; i < n; i++) {
        if (from[i] == '\n' && before != '\r')
            *to++ = '\r';
        if (from[i] == '.' && before == '\n')
            *to++ = '.';
        before = from[i];
        *to++ = from[i];
    }
    return to;
}

static void data_make(const struct message *m, char **data, size_t *size)
{
    size_t room = 2 * m->body_size + 64;
    char *to;

    for (size_t i = 0; i < m->fields; i++)
        room += 2 * (strlen(m->field[i].name) + strlen(m->field[i].value)) + 8;
    *data = to = malloc(room);
    if (to == NULL)
        die("no memory", "smtp");
    for (size_t i = 0; i < m->fields; i++) {
        to = put(to, m->field[i].name, strlen(m->field[i].name), false);
        *to++ = ':';
        to = put(to, m->field[i].value, strlen(m->field[i].value), false);
        to = stpcpy(to, "\r\n");
    }
    to = stpcpy(to, "\r\n");
    to = put(to, m->body, m->body_size, true);
    if (to[-1] != '\n')
        to = stpcpy(to, "\r\n");
    to = stpcpy(to, ".\r\n");
    *size = (size_t)(to - *data);
}

/* ---- a session ---- */

static bool send_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* The code of the next answer, of which nothing else is looked at; -1 when none comes. */
static int answer(int fd)
{
    char text[8192];
    size_t n = 0;

    for (;;) {
        ssize_t got = recv(fd, text + n, sizeof text - 1 - n, 0);
        char *line;

        if (got <= 0 || n + (size_t)got == sizeof text - 1)
            return -1;
        n += (size_t)got;
        text[n] = '\0';
        if (text[n - 1] != '\n')
            continue;
        for (line = text + n - 1; line > text && line[-1] != '\n'; line--)
            ;
        if (strlen(line) > 3 && line[3] == ' ')
            return (int)strtol(line, NULL, 10);
    }
}

__attribute__((format(printf, 3, 4))) static bool say(int fd, int want, const char *format, ...)
{
    char line[LINE];
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(line, sizeof line, format, ap);
    va_end(ap);
    return n > 0 && (size_t)n < sizeof line && send_all(fd, line, (size_t)n) && answer(fd) == want;
}

static int dial(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(job.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        connect(fd, (const struct sockaddr *)&a, sizeof a) != 0)
        die("cannot connect", "the MTA");
    return fd;
}

static bool deliver(size_t which)
{
    const struct message *m = &job.corpus.message[which];
    int fd = dial();
    bool good = answer(fd) == 220 && say(fd, 250, "EHLO bench\r\n") &&
                say(fd, 220, "XCLIENT ADDR=%s NAME=%s\r\n", m->ip, m->client) && say(fd, 250, "EHLO %s\r\n", m->helo) &&
                say(fd, 250, "MAIL FROM:%s\r\n", m->from) && say(fd, 250, "RCPT TO:<user@bench.test>\r\n") &&
                say(fd, 354, "DATA\r\n") && send_all(fd, job.data[which], job.size[which]) && answer(fd) == 250;

    if (good)
        (void)say(fd, 221, "QUIT\r\n");
    (void)close(fd);
    return good;
}

static void *client(void *unused)
{
    size_t i;

    (void)unused;
    while ((i = atomic_fetch_add(&job.next, 1)) < job.total) {
        double start = now();

        if (!deliver(i % job.corpus.n))
            atomic_fetch_add(&job.failed, 1);
        job.took[i] = now() - start;
    }
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    double d = *(const double *)a - *(const double *)b;

    return d < 0 ? -1 : d > 0;
}

static double percentile_ms(double part)
{
    return job.took[(size_t)(part * (double)(job.total - 1))] * 1e3;
}

static void run(int connections)
{
    pthread_t *thread = calloc((size_t)connections, sizeof *thread);
    pthread_attr_t attr;

    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setstacksize(&attr, STACK);
    for (int i = 0; i < connections; i++)
        if (thread == NULL || pthread_create(&thread[i], &attr, client, NULL) != 0)
            die("cannot start a thread", "smtp");
    for (int i = 0; i < connections; i++)
        (void)pthread_join(thread[i], NULL);
    (void)pthread_attr_destroy(&attr);
    free(thread);
}

static void job_make(const char *corpus)
{
    corpus_read(corpus, &job.corpus);
    job.total = job.total == 0 ? job.corpus.n : job.total;
    job.took = calloc(job.total, sizeof *job.took);
    job.data = calloc(job.corpus.n, sizeof *job.data);
    job.size = calloc(job.corpus.n, sizeof *job.size);
    if (job.corpus.n == 0 || job.took == NULL || job.data == NULL || job.size == NULL)
        die("nothing to send", corpus);
    for (size_t i = 0; i < job.corpus.n; i++)
        data_make(&job.corpus.message[i], &job.data[i], &job.size[i]);
}

int main(int argc, char **argv)
{
    const char *corpus = NULL;
    int option, connections = 8;
    double began;

    while ((option = getopt(argc, argv, "d:p:c:n:")) != -1) {
        switch (option) {
        case 'd': corpus = optarg; break;
        case 'p': job.port = (uint16_t)strtoul(optarg, NULL, 10); break;
        case 'c': connections = (int)strtol(optarg, NULL, 10); break;
        case 'n': job.total = strtoul(optarg, NULL, 10); break;
        default: return 64;
        }
    }
    if (corpus == NULL || job.port == 0 || connections < 1 || optind != argc) {
        (void)fprintf(stderr, "usage: smtp -d CORPUS -p PORT [-c CONNECTIONS] [-n MESSAGES]\n");
        return 64;
    }
    job_make(corpus);
    began = now();
    run(connections);
    began = now() - began;
    qsort(job.took, job.total, sizeof *job.took, by_size);
    (void)printf("messages=%zu failed=%zu per_s=%.0f p50_ms=%.1f p95_ms=%.1f p99_ms=%.1f\n", job.total,
                 atomic_load(&job.failed), (double)job.total / began, percentile_ms(0.50), percentile_ms(0.95),
                 percentile_ms(0.99));
    return 0;
}
