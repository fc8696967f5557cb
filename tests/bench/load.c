/*
 * load - the MTA's side of the milter protocol (version 6), many connections at once.
 *
 * Replays a corpus (see corpus.py) to one milter, or to several in turn, of
 * which each sees the fields that those before it added; as Postfix does it,
 * with a connection a message, macros before each event, and no waiting for
 * answers that were waived.  Prints one line: messages a second, latencies,
 * CPU time and peak memory of the processes given.
 *
 *   load -d CORPUS -s SOCKET … [-p PID …] [-c CONNECTIONS] [-n MESSAGES]
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "corpus.h"

enum { MILTERS_MAX = 4, PIDS_MAX = 4, CHUNK = 65535, STACK = 256 * 1024 };

/* steps of mfdef.h that leave events or answers out */
enum {
    NO_CONNECT = 0x1, NO_HELO = 0x2, NO_MAIL = 0x4, NO_RCPT = 0x8, NO_BODY = 0x10, NO_HEADER = 0x20, NO_EOH = 0x40,
    NR_HEADER = 0x80, NO_DATA = 0x200, NR_CONNECT = 0x1000, NR_HELO = 0x2000, NR_MAIL = 0x4000, NR_RCPT = 0x8000,
    NR_DATA = 0x10000, NR_EOH = 0x40000, NR_BODY = 0x80000, LEADING_SPACE = 0x100000,
    ALL_STEPS = 0x1fffff, ALL_ACTIONS = 0x1ff
};

static struct {
    struct corpus corpus;
    const char *socket[MILTERS_MAX];
    int sockets;
    size_t total; /* messages to send */
    atomic_size_t next, failed;
    double *took; /* seconds, by number of the message sent */
} job;

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- a conversation ---- */

struct talk {
    int fd;
    uint32_t steps;
    bool broken;
    char *out; /* not sent yet */
    size_t n, room;
    char in[CHUNK + 1]; /* the last answer, without its length */
    size_t in_size;
};

static void put(struct talk *t, const void *bytes, size_t n)
{
    if (t->n + n > t->room) {
        t->room = (t->n + n) * 2;
        t->out = realloc(t->out, t->room);
        if (t->out == NULL)
            die("no memory", "load");
    }
    memcpy(t->out + t->n, bytes, n);
    t->n += n;
}

static void put_text(struct talk *t, const char *z)
{
    put(t, z, strlen(z) + 1);
}

static size_t begin(struct talk *t, char command)
{
    size_t at = t->n;

    put(t, "\0\0\0", 4);
    put(t, &command, 1);
    return at;
}

static void end(struct talk *t, size_t at)
{
    uint32_t n = htonl((uint32_t)(t->n - at - 4));

    memcpy(t->out + at, &n, sizeof n);
}

static void flush(struct talk *t)
{
    for (size_t at = 0; at < t->n && !t->broken;) {
        ssize_t n = send(t->fd, t->out + at, t->n - at, MSG_NOSIGNAL);

        t->broken = n <= 0;
        at += n > 0 ? (size_t)n : 0;
    }
    t->n = 0;
}

static void receive(struct talk *t, void *to, size_t n)
{
    if (!t->broken && n > 0)
        t->broken = recv(t->fd, to, n, MSG_WAITALL) != (ssize_t)n;
}

/* The next answer's letter; '\0' when there is none. */
static char answer(struct talk *t)
{
    uint32_t n = 0;

    flush(t);
    receive(t, &n, sizeof n);
    t->in_size = ntohl(n);
    if (t->in_size < 1 || t->in_size >= sizeof t->in)
        t->broken = true;
    receive(t, t->in, t->in_size);
    t->in[t->broken ? 0 : t->in_size] = '\0';
    return t->broken ? '\0' : t->in[0];
}

static void macros(struct talk *t, char stage, const char *const *pair)
{
    size_t at = begin(t, 'D');

    put(t, &stage, 1);
    for (; *pair != NULL; pair++)
        put_text(t, *pair);
    end(t, at);
}

/* Ends an event; waits for its answer unless that was waived, and says whether the milter wants more. */
static bool done(struct talk *t, size_t at, uint32_t waived)
{
    end(t, at);
    return (t->steps & waived) != 0 || answer(t) == 'c';
}

static bool envelope(struct talk *t, const struct message *m, const char *queue_id)
{
    const char *const of_connect[] = {"j", "mx.bench.test", "{daemon_name}", "bench", "{client_addr}", m->ip, NULL};
    const char *const of_helo[] = {"{tls_version}", "TLSv1.3", NULL}, *const of_mail[] = {"i", queue_id, NULL};
    bool more = true;
    size_t at;

    if ((t->steps & NO_CONNECT) == 0) {
        macros(t, 'C', of_connect);
        at = begin(t, 'C');
        put_text(t, m->client);
        put(t, "4\0\031", 3);
        put_text(t, m->ip);
        more = done(t, at, NR_CONNECT);
    }
    if (more && (t->steps & NO_HELO) == 0) {
        macros(t, 'H', of_helo);
        at = begin(t, 'H');
        put_text(t, m->helo);
        more = done(t, at, NR_HELO);
    }
    if (more && (t->steps & NO_MAIL) == 0) {
        macros(t, 'M', of_mail);
        at = begin(t, 'M');
        put_text(t, m->from);
        more = done(t, at, NR_MAIL);
    }
    if (more && (t->steps & NO_RCPT) == 0) {
        macros(t, 'R', of_mail);
        at = begin(t, 'R');
        put_text(t, "<user@bench.test>");
        more = done(t, at, NR_RCPT);
    }
    if (more && (t->steps & NO_DATA) == 0)
        more = done(t, begin(t, 'T'), NR_DATA);
    return more;
}

static bool header(struct talk *t, const struct field *f, const char *const *macro)
{
    size_t at;

    macros(t, 'L', macro);
    at = begin(t, 'L');
    put_text(t, f->name);
    put_text(t, (t->steps & LEADING_SPACE) == 0 && f->value[0] == ' ' ? f->value + 1 : f->value);
    return done(t, at, NR_HEADER);
}

static bool content(struct talk *t, const struct message *m, const char *queue_id)
{
    const char *const macro[] = {"i", queue_id, NULL};
    bool more = true;

    for (size_t i = 0; more && i < m->fields && (t->steps & NO_HEADER) == 0; i++)
        more = header(t, &m->field[i], macro);
    if (more && (t->steps & NO_EOH) == 0)
        more = done(t, begin(t, 'N'), NR_EOH);
    for (size_t sent = 0; more && sent < m->body_size && (t->steps & NO_BODY) == 0; sent += CHUNK) {
        size_t n = m->body_size - sent < CHUNK ? m->body_size - sent : CHUNK, at;

        macros(t, 'B', macro);
        at = begin(t, 'B');
        put(t, m->body + sent, n);
        if (!done(t, at, NR_BODY)) {
            more = t->in[0] == 's'; /* it has seen enough of the body */
            break;
        }
    }
    return more;
}

/* The end of the message; fields that the milter adds go to the top of `m`, for the next one. */
static bool finish(struct talk *t, struct message *m, const char *queue_id)
{
    const char *const macro[] = {"i", queue_id, NULL};
    char letter;

    macros(t, 'E', macro);
    end(t, begin(t, 'E'));
    while ((letter = answer(t)) != '\0' && strchr("acdrty", letter) == NULL) {
        size_t skip = letter == 'i' ? 5 : 1;

        if ((letter == 'i' || letter == 'h') && m->fields < FIELDS_MAX && t->in_size > skip) {
            struct field f = {.name = strdup(t->in + skip)};

            f.value = strdup(t->in + skip + strlen(f.name) + 1);
            memmove(m->field + 1, m->field, m->fields++ * sizeof m->field[0]);
            m->field[0] = f;
        }
    }
    return letter == 'a' || letter == 'c';
}

static int dial(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&a, sizeof a) != 0)
        die("cannot connect", path);
    return fd;
}

static bool negotiate(struct talk *t)
{
    const uint32_t offer[] = {htonl(6), htonl(ALL_ACTIONS), htonl(ALL_STEPS)};
    size_t at = begin(t, 'O');
    uint32_t steps;

    put(t, offer, sizeof offer);
    end(t, at);
    if (answer(t) != 'O' || t->in_size < 13)
        return false;
    memcpy(&steps, t->in + 9, sizeof steps);
    t->steps = ntohl(steps);
    return true;
}

/* One message through every milter. */
static bool deliver(struct talk *t, struct message m, const char *queue_id)
{
    size_t own = m.fields;
    bool good = true;

    for (int i = 0; i < job.sockets && good; i++) {
        t->fd = dial(job.socket[i]);
        t->n = 0;
        t->broken = false;
        good = negotiate(t) && envelope(t, &m, queue_id) && content(t, &m, queue_id) && finish(t, &m, queue_id);
        end(t, begin(t, 'Q'));
        flush(t);
        (void)close(t->fd);
    }
    for (size_t i = 0; i < m.fields - own; i++) {
        free((char *)m.field[i].name);
        free((char *)m.field[i].value);
    }
    return good;
}

static void *client(void *unused)
{
    struct talk *t = calloc(1, sizeof *t);
    struct message *copy = malloc(sizeof *copy);
    size_t i;

    (void)unused;
    if (t == NULL || copy == NULL)
        die("no memory", "load");
    while ((i = atomic_fetch_add(&job.next, 1)) < job.total) {
        char queue_id[24];
        double start = now();

        (void)snprintf(queue_id, sizeof queue_id, "B%09zu", i);
        *copy = job.corpus.message[i % job.corpus.n];
        if (!deliver(t, *copy, queue_id))
            atomic_fetch_add(&job.failed, 1);
        job.took[i] = now() - start;
    }
    free(t->out);
    free(copy);
    free(t);
    return NULL;
}

/* ---- what the milters cost ---- */

/* The number behind `key` in /proc/PID/FILE; 0 when it is not there. */
static double proc_number(const char *pid, const char *file, const char *key)
{
    char path[64], line[1024];
    double n = 0;
    FILE *f;

    (void)snprintf(path, sizeof path, "/proc/%s/%s", pid, file);
    f = fopen(path, "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            n = strtod(line + strlen(key), NULL);
    if (f != NULL)
        (void)fclose(f);
    return n;
}

/* CPU time of a process with all its threads, in seconds, to the nanosecond. */
static double cpu_of(const char *pid)
{
    clockid_t clock;
    struct timespec t;

    if (clock_getcpuclockid((pid_t)strtol(pid, NULL, 10), &clock) != 0 || clock_gettime(clock, &t) != 0)
        die("no such process", pid);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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
        if (pthread_create(&thread[i], &attr, client, NULL) != 0)
            die("cannot start a thread", "load");
    for (int i = 0; i < connections; i++)
        (void)pthread_join(thread[i], NULL);
    (void)pthread_attr_destroy(&attr);
    free(thread);
}

int main(int argc, char **argv)
{
    const char *pid[PIDS_MAX], *corpus = NULL;
    int option, pids = 0, connections = 8;
    double began, took, cpu = 0, peak = 0;

    while ((option = getopt(argc, argv, "d:s:p:c:n:")) != -1) {
        switch (option) {
        case 'd': corpus = optarg; break;
        case 's': if (job.sockets < MILTERS_MAX) job.socket[job.sockets++] = optarg; break;
        case 'p': if (pids < PIDS_MAX) pid[pids++] = optarg; break;
        case 'c': connections = (int)strtol(optarg, NULL, 10); break;
        case 'n': job.total = strtoul(optarg, NULL, 10); break;
        default: return 64;
        }
    }
    if (corpus == NULL || job.sockets == 0 || connections < 1 || optind != argc) {
        (void)fprintf(stderr, "usage: load -d CORPUS -s SOCKET [-p PID] [-c CONNECTIONS] [-n MESSAGES]\n");
        return 64;
    }
    corpus_read(corpus, &job.corpus);
    job.total = job.total == 0 ? job.corpus.n : job.total;
    job.took = calloc(job.total, sizeof *job.took);
    if (job.corpus.n == 0 || job.took == NULL)
        die("nothing to send", corpus);
    for (int i = 0; i < pids; i++)
        cpu -= cpu_of(pid[i]);
    began = now();
    run(connections);
    took = now() - began;
    for (int i = 0; i < pids; i++) {
        cpu += cpu_of(pid[i]);
        peak += proc_number(pid[i], "status", "VmHWM:") / 1024;
    }
    qsort(job.took, job.total, sizeof *job.took, by_size);
    (void)printf("messages=%zu failed=%zu per_s=%.0f p50_ms=%.1f p95_ms=%.1f p99_ms=%.1f cpu_s=%.5f peak_mib=%.1f\n",
                 job.total, atomic_load(&job.failed), (double)job.total / took, percentile_ms(0.50),
                 percentile_ms(0.95), percentile_ms(0.99), cpu * 1e3 / (double)job.total, peak);
    return 0;
}
