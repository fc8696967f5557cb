/* The filter of system calls (libseccomp). */
#include <errno.h>
#include <linux/prctl.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/confine.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#endif

/* An argument of a system call, counted from 0: that it is a value, or that some of its bits are. */
#define IS(at, value) {.arg = (at), .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)(value)}
#define BITS(at, mask, value) {.arg = (at), .op = SCMP_CMP_MASKED_EQ, .datum_a = (mask), .datum_b = (value)}

enum { TYPE_MASK = 0xf /* of socket(2)'s type: without SOCK_CLOEXEC and SOCK_NONBLOCK */ };

/*
 * Of Debian 12's and 13's C libraries, SQLite, libevent, libunbound, libmilter
 * and OpenSSL; names that an architecture does not have are left out.
 */
static const char *const allowed[] = {
    /* files that are open, and names of files (which ones is Landlock's) */
    "read", "readv", "pread64", "preadv", "preadv2", "write", "writev", "pwrite64", "pwritev", "pwritev2",
    "close", "close_range", "lseek", "_llseek", "fstat", "fstat64", "newfstatat", "fstatat64", "stat", "lstat",
    "statx", "statfs", "fstatfs", "open", "openat", "access", "faccessat", "faccessat2", "fcntl", "fcntl64",
    "flock", "fsync", "fdatasync", "ftruncate", "fallocate", "fadvise64", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "chmod", "fchmod", "fchmodat", "fchown", "umask", "readlink", "readlinkat", "getcwd",
    "getdents64", "dup", "dup2", "dup3", "pipe2",
    /* waiting */
    "pause", "poll", "ppoll", "select", "pselect6", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait",
    "epoll_pwait2", "eventfd2", "timerfd_create", "timerfd_settime", "timerfd_gettime", "nanosleep",
    "clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time", "times",
    /* memory and threads */
    "brk", "munmap", "mremap", "madvise", "msync", "mincore", "membarrier", "futex", "futex_waitv", "rseq",
    "set_robust_list", "get_robust_list", "set_tid_address", "sched_yield", "sched_getaffinity", "sched_getparam",
    "sched_getscheduler", "getcpu", "gettid", "getpid", "getppid", "exit", "exit_group", "restart_syscall",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "rt_sigpending", "rt_sigsuspend",
    "sigaltstack",
    /* who and where we are */
    "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "getrusage", "getrlimit",
    "sysinfo", "uname", "getrandom",
    /* sockets that are open */
    "connect", "bind", "accept", "accept4", "getsockname", "getpeername", "getsockopt", "setsockopt", "shutdown",
    "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg",
};

static void confine_add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned n,
                        const struct scmp_arg_cmp *args, int *failed)
{
    int number = seccomp_syscall_resolve_name(name);
    int code = number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, action, number, n, args);

    if (code != 0 && code != -EDOM)
        *failed = code;
}

/* Memory is written or executed, not both; a process has threads, and no children. */
static void confine_memory(scmp_filter_ctx filter, int *failed)
{
    const struct scmp_arg_cmp not_both[] = {BITS(2, PROT_WRITE | PROT_EXEC, 0)};
    const struct scmp_arg_cmp written[] = {BITS(2, PROT_WRITE | PROT_EXEC, PROT_WRITE)};
    const struct scmp_arg_cmp executed[] = {BITS(2, PROT_WRITE | PROT_EXEC, PROT_EXEC)};
    const struct scmp_arg_cmp no_code[] = {BITS(2, PROT_EXEC, 0)};
    const struct scmp_arg_cmp thread[] = {BITS(0, CLONE_THREAD, CLONE_THREAD)};

    confine_add(filter, SCMP_ACT_ALLOW, "mmap", 1, not_both, failed);
    confine_add(filter, SCMP_ACT_ALLOW, "mmap", 1, written, failed);
    confine_add(filter, SCMP_ACT_ALLOW, "mmap", 1, executed, failed);
    confine_add(filter, SCMP_ACT_ALLOW, "mprotect", 1, no_code, failed);
    confine_add(filter, SCMP_ACT_ALLOW, "clone", 1, thread, failed);
    /* its flags lie in memory, where no filter sees them; told that there is none, the C library takes clone */
    confine_add(filter, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL, failed);
}

static void confine_process(scmp_filter_ctx filter, int *failed)
{
    static const unsigned ioctls[] = {FIONREAD, FIONBIO, TCGETS};
    static const unsigned names[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA};
    const struct scmp_arg_cmp own[] = {IS(0, getpid())};
    const struct scmp_arg_cmp asks[] = {IS(0, 0), IS(2, 0)};

    confine_add(filter, SCMP_ACT_ALLOW, "tgkill", 1, own, failed);
    confine_add(filter, SCMP_ACT_ALLOW, "prlimit64", 2, asks, failed);
    for (size_t i = 0; i < sizeof ioctls / sizeof ioctls[0]; i++) {
        const struct scmp_arg_cmp what[] = {IS(1, ioctls[i])};

        confine_add(filter, SCMP_ACT_ALLOW, "ioctl", 1, what, failed);
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct scmp_arg_cmp what[] = {IS(0, names[i])};

        confine_add(filter, SCMP_ACT_ALLOW, "prctl", 1, what, failed);
    }
}

/* DNS's over UDP and TCP, syslog's and the service manager's, and where ours is a unix socket, those to ourselves. */
static void confine_sockets(scmp_filter_ctx filter, const struct socket_spec *spec, int *failed)
{
    const struct {
        unsigned family, type;
        bool wanted;
    } kinds[] = {
        {AF_INET, SOCK_DGRAM, true}, {AF_INET, SOCK_STREAM, true}, {AF_INET6, SOCK_DGRAM, true},
        {AF_INET6, SOCK_STREAM, true}, {AF_UNIX, SOCK_DGRAM, true},
        {AF_UNIX, SOCK_STREAM, spec->kind == SOCKET_UNIX || spec->kind == SOCKET_FD},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct scmp_arg_cmp args[] = {IS(0, kinds[i].family),
                                            BITS(1, TYPE_MASK, kinds[i].type)};

        if (kinds[i].wanted)
            confine_add(filter, SCMP_ACT_ALLOW, "socket", 2, args, failed);
    }
}

void confine_calls(const struct config *c, const struct socket_spec *spec)
{
    scmp_filter_ctx filter;
    int failed;

    if (!c->sandbox || CONFINE_SANITIZED) {
        log_write(LOG_LEVEL_WARNING, NULL, "serves without a sandbox: %s",
                  c->sandbox ? "this build has sanitizers" : "Sandbox = no");
        return;
    }
    filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    failed = filter == NULL ? -ENOMEM : 0;

    if (filter != NULL) {
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);    /* every thread that is there */
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list */
        for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
            confine_add(filter, SCMP_ACT_ALLOW, allowed[i], 0, NULL, &failed);
        confine_memory(filter, &failed);
        confine_process(filter, &failed);
        confine_sockets(filter, spec, &failed);
        if (failed == 0)
            failed = seccomp_load(filter);
        seccomp_release(filter);
    }
    if (failed != 0)
        log_write(LOG_LEVEL_WARNING, NULL, "cannot filter the system calls of this process: %s", strerror(-failed));
}
