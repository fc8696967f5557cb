/*
 * A library that is preloaded into assay-milter and does, in the middle of a message, what somebody would who had taken
 * the process over: the message whose queue id is INTRUDE.  What came of each attempt goes to the file INTRUDER, a line
 * "NAME ERRNO", 0 for what went well.
 *
 *   INTRUDER_FILES  paths to read and to write, with ":" between them
 *   INTRUDER_PORT   a port of 127.0.0.1 where somebody listens
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int results = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("INTRUDER");

    if (path != NULL)
        results = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static void tell(const char *name, long code)
{
    (void)dprintf(results, "%s %d\n", name, code < 0 ? errno : 0);
}

static void try_files(void)
{
    char list[4096], *rest = list, name[4200];
    const char *path;

    (void)snprintf(list, sizeof list, "%s", getenv("INTRUDER_FILES"));
    while ((path = strsep(&rest, ":")) != NULL) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        (void)snprintf(name, sizeof name, "read:%s", path);
        tell(name, fd);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        (void)snprintf(name, sizeof name, "write:%s", path);
        tell(name, fd);
    }
    tell("mkdir", mkdir("/tmp/assay-intruder", 0700));
    tell("symlink", symlink("/etc/passwd", "/tmp/assay-intruder-link"));
}

static void try_programs(void)
{
    char *const argv[] = {(char *)"true", NULL};
    pid_t child;

    tell("ptrace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
    tell("kill", kill(getppid(), 0));
    child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(0);
    tell("fork", child);
    tell("unshare", unshare(CLONE_NEWUSER));
    tell("execve", execve("/bin/true", argv, NULL));
    tell("execveat", syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0));
}

static void try_sockets(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)},
                             .sin_port = htons((uint16_t)strtol(getenv("INTRUDER_PORT"), NULL, 10))};
    int tcp = socket(AF_INET, SOCK_STREAM, 0);

    tell("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    tell("packet", socket(AF_PACKET, SOCK_DGRAM, 0));
    tell("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
    tell("vsock", socket(40, SOCK_STREAM, 0));
    tell("connect", connect(tcp, (struct sockaddr *)&to, sizeof to));
    to.sin_port = 0;
    tcp = socket(AF_INET, SOCK_STREAM, 0);
    tell("bind", bind(tcp, (struct sockaddr *)&to, sizeof to));
    tell("listen", listen(tcp, 1));
    tell("udp", socket(AF_INET6, SOCK_DGRAM, 0));
}

static void try_kernel(void)
{
    char room[256] = "";
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    tell("mmap-wx", (long)mmap(NULL, 4096, PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    tell("mprotect-x", mprotect(page, 4096, PROT_READ | PROT_EXEC));
    tell("io_uring", syscall(425, 1, room));
    tell("bpf", syscall(SYS_bpf, 0, room, sizeof room));
    tell("memfd", syscall(SYS_memfd_create, "x", 0));
    tell("mount", syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, NULL));
    tell("setuid", syscall(SYS_setuid, 0));
    tell("dumpable", prctl(PR_SET_DUMPABLE, 1));
    tell("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0));
}

/* Where the daemon reads what its mail server sends. */
ssize_t readv(int fd, const struct iovec *into, int count)
{
    static int done;
    ssize_t got = syscall(SYS_readv, fd, into, count), left = got;

    for (int i = 0; i < count && left > 0 && !done; left -= (ssize_t)into[i++].iov_len) {
        if (memmem(into[i].iov_base, left < (ssize_t)into[i].iov_len ? (size_t)left : into[i].iov_len, "INTRUDE", 7) == NULL)
            continue;
        done = 1;
        try_files();
        try_sockets();
        try_kernel();
        try_programs();
    }
    return got;
}
