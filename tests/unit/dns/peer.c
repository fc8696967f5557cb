#include "peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"

struct nsd {
    pid_t pid;
    char dir[40];
};

/* A UDP socket on a port of the system's choice. */
static int socket_open(char address[PEER_ADDRESS_MAX], struct sockaddr_in *sin)
{
    socklen_t n = sizeof *sin;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *sin = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    MUST(fd >= 0 && bind(fd, (struct sockaddr *)sin, sizeof *sin) == 0);
    MUST(getsockname(fd, (struct sockaddr *)sin, &n) == 0);
    (void)snprintf(address, PEER_ADDRESS_MAX, "127.0.0.1@%u", ntohs(sin->sin_port));
    return fd;
}

static void file_write(const struct nsd *n, const char *name, const char *text)
{
    char path[80];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", n->dir, name);
    f = fopen(path, "w");
    MUST(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void config_write(const struct nsd *n, const char *address)
{
    char text[1024];

    (void)snprintf(text, sizeof text,
                   "server:\n ip-address: %s\n username: \"\"\n chroot: \"\"\n zonesdir: \"%s\"\n"
                   " pidfile: \"%s/pid\"\n database: \"\"\n logfile: \"%s/log\"\n xfrdfile: \"\"\n"
                   " zonelistfile: \"%s/zones\"\n server-count: 1\n rrl-ratelimit: 0\n"
                   "remote-control:\n control-enable: no\n"
                   "zone:\n name: example\n zonefile: zone\n",
                   address, n->dir, n->dir, n->dir, n->dir);
    file_write(n, "conf", text);
}

static void nsd_exec(const struct nsd *n)
{
    char conf[80];
    int null = open("/dev/null", O_RDWR);

    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)dup2(null, STDOUT_FILENO);
    (void)dup2(null, STDERR_FILENO);
    (void)snprintf(conf, sizeof conf, "%s/conf", n->dir);
    (void)execlp("nsd", "nsd", "-d", "-c", conf, (char *)NULL);
    (void)execl("/usr/sbin/nsd", "nsd", "-d", "-c", conf, (char *)NULL);
    _exit(127);
}

/* Asks for the SOA of "example" until something comes back. */
static bool answers_soon(struct nsd *n, const struct sockaddr_in *sin)
{
    static const char query[] = "\0\1\1\0\0\1\0\0\0\0\0\0\7example\0\0\6\0"; /* its NUL, then... */
    char packet[sizeof query + 1];
    bool ok = false;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(packet, query, sizeof query);
    packet[sizeof query - 1] = 1; /* ... class IN */
    for (int i = 0; !ok && i < 100 && waitpid(n->pid, NULL, WNOHANG) == 0; i++) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char reply[512];

        (void)sendto(fd, packet, sizeof query, 0, (const struct sockaddr *)sin, sizeof *sin);
        ok = poll(&p, 1, 100) == 1 && recv(fd, reply, sizeof reply, 0) > 0;
        if (!ok)
            (void)usleep(50000);
    }
    (void)close(fd);
    return ok;
}

struct nsd *nsd_start(const char *zone, char address[PEER_ADDRESS_MAX])
{
    struct nsd *n = calloc(1, sizeof *n);
    struct sockaddr_in sin;

    MUST(n != NULL);
    (void)snprintf(n->dir, sizeof n->dir, "/tmp/resolver_test.XXXXXX");
    MUST(mkdtemp(n->dir) != NULL);
    (void)close(socket_open(address, &sin));
    config_write(n, address);
    file_write(n, "zone", zone);
    n->pid = fork();
    MUST(n->pid >= 0);
    if (n->pid == 0)
        nsd_exec(n);
    if (answers_soon(n, &sin))
        return n;
    nsd_stop(n);
    return NULL;
}

void nsd_stop(struct nsd *n)
{
    static const char *const files[] = {"conf", "zone", "pid", "log", "zones"};

    (void)kill(n->pid, SIGTERM);
    (void)waitpid(n->pid, NULL, 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[80];

        (void)snprintf(path, sizeof path, "%s/%s", n->dir, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(n->dir);
    free(n);
}

enum { HELD_MAX = 256 };

/* A query to be answered when it is due. */
struct held {
    int64_t due_ms;
    struct sockaddr_in from;
    size_t n;
    uint8_t packet[512];
};

struct late {
    int fd, delay_ms;
    pthread_t thread;
    atomic_bool stop;
    atomic_uint queries;
    size_t n;
    struct held held[HELD_MAX];
};

static void late_receive(struct late *l)
{
    struct held *h = &l->held[l->n];
    socklen_t size = sizeof h->from;
    ssize_t n = recvfrom(l->fd, h->packet, sizeof h->packet, 0, (struct sockaddr *)&h->from, &size);

    if (n < 12)
        return;
    (void)atomic_fetch_add(&l->queries, 1);
    h->n = (size_t)n;
    h->due_ms = clock_mono_ms() + l->delay_ms;
    if (l->delay_ms >= 0 && l->n + 1 < HELD_MAX)
        l->n++;
}

static void late_send(struct late *l)
{
    size_t left = 0;

    for (size_t i = 0; i < l->n; i++) {
        struct held *h = &l->held[i];

        if (h->due_ms > clock_mono_ms()) {
            l->held[left++] = *h;
            continue;
        }
        h->packet[2] |= 0x80; /* a response */
        h->packet[3] = 0x83;  /* recursion available, NXDOMAIN */
        (void)sendto(l->fd, h->packet, h->n, 0, (struct sockaddr *)&h->from, sizeof h->from);
    }
    l->n = left;
}

static void *late_run(void *arg)
{
    struct late *l = arg;

    while (!atomic_load(&l->stop)) {
        struct pollfd p = {.fd = l->fd, .events = POLLIN};

        if (poll(&p, 1, 5) == 1)
            late_receive(l);
        late_send(l);
    }
    return NULL;
}

struct late *late_start(int delay_ms, char address[PEER_ADDRESS_MAX])
{
    struct late *l = calloc(1, sizeof *l);
    struct sockaddr_in sin;

    MUST(l != NULL);
    l->delay_ms = delay_ms;
    l->fd = socket_open(address, &sin);
    MUST(pthread_create(&l->thread, NULL, late_run, l) == 0);
    return l;
}

unsigned late_queries(struct late *l)
{
    return atomic_load(&l->queries);
}

void late_stop(struct late *l)
{
    atomic_store(&l->stop, true);
    (void)pthread_join(l->thread, NULL);
    (void)close(l->fd);
    free(l);
}
