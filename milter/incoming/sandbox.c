#include "incoming/sandbox.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static void set_limits(int what, rlim_t to, rlim_t most)
{
    struct rlimit limit = {to, most};

    (void)setrlimit((__rlimit_resource_t)what, &limit);
}

static void set_limit(int what, rlim_t to)
{
    set_limits(what, to, to);
}

void sandbox_cpu(unsigned seconds)
{
    struct itimerval timer = {.it_value = {.tv_sec = (time_t)seconds}};

    (void)setitimer(ITIMER_PROF, &timer, NULL);
}

#ifdef ARCHITECTURE
#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What memory, time and a pipe need; anything else fails with EPERM. */
static void filter_calls(void)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(write), ALLOW(writev), ALLOW(read), ALLOW(close), ALLOW(brk), ALLOW(mmap), ALLOW(munmap), ALLOW(mremap),
        ALLOW(mprotect), ALLOW(madvise), ALLOW(futex), ALLOW(exit), ALLOW(exit_group), ALLOW(rt_sigreturn),
        ALLOW(rt_sigprocmask), ALLOW(rt_sigaction), ALLOW(sigaltstack), ALLOW(clock_gettime), ALLOW(clock_nanosleep),
        ALLOW(gettimeofday), ALLOW(getrandom), ALLOW(getpid), ALLOW(gettid), ALLOW(tgkill), ALLOW(setitimer),
        ALLOW(getrusage), ALLOW(sched_yield), ALLOW(restart_syscall),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */),
    };
    struct sock_fprog filter = {.len = (unsigned short)(sizeof program / sizeof *program), .filter = program};

    (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
}
#endif

static void keep_only(int fd)
{
    int null = open("/dev/null", O_RDWR);

    for (int i = 0; i <= 2 && null >= 0; i++)
        if (i != fd)
            (void)dup2(null, i);
    if (fd > 3)
        (void)syscall(SYS_close_range, 3U, (unsigned)fd - 1, 0);
    (void)syscall(SYS_close_range, (unsigned)fd + 1, ~0U, 0);
}

/* Bytes mapped already: what the parent holds is ours too, for a start. */
static rlim_t born_with(void)
{
    char text[64] = "";
    int fd = open("/proc/self/statm", O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    rlim_t pages = 0;

    if (fd >= 0)
        (void)close(fd);
    for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
        pages = pages * 10 + (rlim_t)(text[i] - '0');
    return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void default_signals(void)
{
    static const int ours[] = {SIGPROF, SIGXCPU, SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGABRT, SIGALRM};
    sigset_t none;

    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        (void)signal(ours[i], SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
}

bool sandbox_template(const int *fd, int n)
{
    enum { MOST = 8, ABOVE = SANDBOX_FIRST + MOST };
    int kept[MOST], null = open("/dev/null", O_RDWR);

    if (n > MOST || null < 0)
        return false;
    default_signals();
    for (int i = 0; i < n; i++)
        if ((kept[i] = fcntl(fd[i], F_DUPFD, ABOVE)) < 0)
            return false;
    for (int i = 0; i < SANDBOX_FIRST; i++)
        if (dup2(null, i) < 0)
            return false;
    for (int i = 0; i < n; i++)
        if (dup2(kept[i], SANDBOX_FIRST + i) < 0)
            return false;
    (void)syscall(SYS_close_range, (unsigned)(SANDBOX_FIRST + n), ~0U, 0);
    return true;
}

void sandbox_enter(int fd, unsigned cpu_seconds)
{
    rlim_t memory = born_with() + ((rlim_t)SANDBOX_MEMORY_MIB << 20);

    default_signals();
    (void)prctl(PR_SET_NAME, "assay-reader");
    (void)prctl(PR_SET_DUMPABLE, 0);
    keep_only(fd);
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_FSIZE, 0);
    set_limit(RLIMIT_NOFILE, 0);
    set_limits(RLIMIT_CPU, cpu_seconds, cpu_seconds + 1); /* of which the first ends it so that the cause can be told */
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (SANITIZED)
        return; /* a sanitizer maps terabytes, and looks into /proc when it has something to say */
    set_limit(RLIMIT_AS, memory);
#ifdef ARCHITECTURE
    filter_calls();
#endif
}
