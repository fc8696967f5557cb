/*
 * A library that is preloaded into assay-milter and makes trouble as its control block says: memory that runs out, a
 * disk that fails or is slow, a crash in a library.  The program itself has no branch for tests.
 *
 *   ASSAY_TROUBLE  file of struct control, shared with the test, which changes it at any time
 *
 * A process that dies of a signal leaves the functions it was in, in ASSAY_TROUBLE.crash.PID.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct control {
    atomic_uint malloc_one_in; /* fail one allocation in so many; 0 none */
    atomic_uint malloc_nth;    /* fail this one, counted down; 0 none */
    atomic_uint disk_errno;    /* what writing to the database fails with; 0 nothing */
    atomic_uint disk_delay_ms; /* what each sync of it takes */
    atomic_uint crash;         /* a header with "crash-here" crashes in libopendkim, with "abort-here" aborts */
    atomic_uint clock_ahead;   /* seconds that time(2) is ahead, which libmilter measures silence with */
    atomic_uint malloc_failed; /* counted */
    atomic_uint disk_failed;   /* counted */
};

static struct control nothing;
static struct control *control = &nothing;
static int report = -1; /* opened before the process shuts itself in */

/* ---- crashes ---- */

static void on_crash(int number)
{
    void *frame[64];
    int n = backtrace(frame, 64);

    if (report >= 0)
        backtrace_symbols_fd(frame, n, report);
    (void)raise(number);
}

/* The report's name has the process that dies, which may be a child of the one that was started. */
static void open_report(void)
{
    const char *path = getenv("ASSAY_TROUBLE");
    char name[PATH_MAX];

    if (path == NULL)
        return;
    if (report >= 0)
        (void)close(report);
    (void)snprintf(name, sizeof name, "%s.crash.%ld", path, (long)getpid());
    report = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

__attribute__((constructor)) static void begin(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = on_crash, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};
    const char *path = getenv("ASSAY_TROUBLE");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *frame[4], *map;

    if (fd < 0)
        return;
    map = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    (void)close(fd);
    if (map == MAP_FAILED)
        return;
    (void)backtrace(frame, 4); /* loads what it needs, now that there is memory */
    open_report();
    (void)pthread_atfork(NULL, NULL, open_report);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaction(numbers[i], &action, NULL);
    control = map;
}

/* ---- memory ---- */

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static bool runs_out(void)
{
    static atomic_uint_least64_t seed = 88172645463325252u;
    unsigned one_in = atomic_load_explicit(&control->malloc_one_in, memory_order_relaxed);
    unsigned nth = atomic_load_explicit(&control->malloc_nth, memory_order_relaxed);
    uint64_t x;
    bool fails = false;

    if (nth > 0)
        fails = atomic_fetch_sub(&control->malloc_nth, 1) == 1;
    if (one_in > 0) {
        x = atomic_fetch_add(&seed, 0x9e3779b97f4a7c15u);
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
        x = (x ^ x >> 27) * 0x94d049bb133111ebu;
        fails = fails || (x ^ x >> 31) % one_in == 0;
    }
    if (fails) {
        (void)atomic_fetch_add(&control->malloc_failed, 1);
        errno = ENOMEM;
    }
    return fails;
}

void *malloc(size_t n) { return runs_out() ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return runs_out() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return runs_out() ? NULL : __libc_realloc(p, n); }

/* ---- the clock ---- */

time_t time(time_t *out)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += (time_t)atomic_load(&control->clock_ahead);
    if (out != NULL)
        *out = t.tv_sec;
    return t.tv_sec;
}

/* ---- the disk ---- */

static bool is_database(int fd)
{
    char link[40], path[PATH_MAX];
    ssize_t n;

    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof path - 1);
    if (n < 0)
        return false;
    path[n] = '\0';
    return strstr(path, "assay.db") != NULL;
}

/* Whether this write fails; errno is set then. */
static bool disk_fails(int fd)
{
    int code = (int)atomic_load(&control->disk_errno);

    if (code == 0 || !is_database(fd))
        return false;
    (void)atomic_fetch_add(&control->disk_failed, 1);
    errno = code;
    return true;
}

static void disk_sleeps(int fd)
{
    unsigned ms = atomic_load(&control->disk_delay_ms);
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    if (ms > 0 && is_database(fd))
        (void)nanosleep(&t, NULL);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite(int fd, const void *p, size_t n, off_t at) { return disk_fails(fd) ? -1 : NEXT(pwrite)(fd, p, n, at); }
ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    return disk_fails(fd) ? -1 : NEXT(pwrite64)(fd, p, n, at);
}
int ftruncate64(int fd, off64_t n) { return disk_fails(fd) ? -1 : NEXT(ftruncate64)(fd, n); }

int fsync(int fd)
{
    disk_sleeps(fd);
    return disk_fails(fd) ? -1 : NEXT(fsync)(fd);
}

int fdatasync(int fd)
{
    disk_sleeps(fd);
    return disk_fails(fd) ? -1 : NEXT(fdatasync)(fd);
}

/* ---- a library that crashes on one message ---- */

int dkim_header(void *dkim, unsigned char *field, size_t n);
int dkim_header(void *dkim, unsigned char *field, size_t n)
{
    if (atomic_load(&control->crash) != 0) {
        if (memmem(field, n, "crash-here", 10) != NULL)
            *(volatile int *)NULL = 1;
        if (memmem(field, n, "abort-here", 10) != NULL)
            abort();
    }
    return ((int (*)(void *, unsigned char *, size_t))dlsym(RTLD_NEXT, "dkim_header"))(dkim, field, n);
}
