#include "daemon/start.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/str.h"

/* ---- the account ---- */

static enum rc find_account(const char *user, struct account *out, struct err *e)
{
    struct str all = str_of(user);
    size_t colon = str_find(all, ':');
    const char *group = colon < all.n ? user + colon + 1 : NULL;
    const struct passwd *pw;

    (void)snprintf(out->name, sizeof out->name, "%.*s", (int)colon, user);
    pw = getpwnam(out->name);
    if (pw == NULL)
        return err_set(e, RC_BAD, "UserID: there is no user \"%s\" (make it: systemd-sysusers, or "
                       "adduser --system --group --home /var/lib/assay --no-create-home %s)", out->name, out->name);
    out->uid = pw->pw_uid;
    out->gid = pw->pw_gid;
    if (group != NULL) {
        const struct group *gr = getgrnam(group);

        if (gr == NULL)
            return err_set(e, RC_BAD, "UserID: there is no group \"%s\"", group);
        out->gid = gr->gr_gid;
    }
    return RC_OK;
}

enum rc start_account(const char *user, struct account *out, struct err *e)
{
    *out = (struct account){.uid = geteuid(), .gid = getegid()};
    if (geteuid() != 0)
        return RC_OK;
    if (user[0] == '\0')
        return err_set(e, RC_BAD, "UserID: will not stay root; set UserID = assay (or, if it must be, UserID = root)");
    out->change = true;
    return find_account(user, out, e);
}

enum rc start_become(const struct account *who, struct err *e)
{
    if (!who->change)
        return RC_OK;
    if (initgroups(who->name, who->gid) != 0 || setgid(who->gid) != 0 || setuid(who->uid) != 0)
        return err_errno(e, RC_IO, errno, "cannot become user %s", who->name);
    if (who->uid != 0 && setuid(0) == 0)
        return err_set(e, RC_INTERNAL, "could become root again after becoming %s", who->name);
    return RC_OK;
}

/* ---- limits ---- */

unsigned start_limits(unsigned mask, unsigned files)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    struct rlimit r;

    (void)umask((mode_t)mask);
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0); /* a core_pattern that is a program asks no limit */
    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return 0;
    if (r.rlim_max < files && geteuid() == 0)
        r.rlim_max = files;
    if (r.rlim_cur < files)
        r.rlim_cur = files < r.rlim_max ? files : r.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &r);
    (void)getrlimit(RLIMIT_NOFILE, &r);
    return r.rlim_cur < files ? (unsigned)r.rlim_cur : files;
}

/* ---- pid file ---- */

/* The process named in the file, if it is there and alive; 0 otherwise. */
static pid_t living(const char *path)
{
    char text[16] = "";
    FILE *f = fopen(path, "re");
    uint32_t number;

    if (f == NULL)
        return 0;
    if (fgets(text, sizeof text, f) == NULL)
        text[0] = '\0';
    (void)fclose(f);
    if (!str_to_u32(str_trim(str_of(text)), &number) || number == 0 || number > INT32_MAX)
        return 0;
    if ((pid_t)number == getpid() || (kill((pid_t)number, 0) != 0 && errno == ESRCH))
        return 0;
    return (pid_t)number;
}

/* A pid may have been taken over by a stranger since: only one of our name counts. */
static bool start_is_ours(pid_t pid)
{
    char path[32], name[32] = "";
    FILE *f;

    (void)snprintf(path, sizeof path, "/proc/%ld/comm", (long)pid);
    f = fopen(path, "re");
    if (f == NULL)
        return true; /* cannot tell */
    if (fgets(name, sizeof name, f) == NULL)
        name[0] = '\0';
    (void)fclose(f);
    return strcmp(name, "assay-milter\n") == 0;
}

/*
 * As root perhaps, in a folder that others may write to: a new file beside
 * it, through no link, then renamed over whatever stood there.
 */
static enum rc pid_write(const char *path, struct err *e)
{
    char fresh[PATH_MAX];
    int n = snprintf(fresh, sizeof fresh, "%s.new", path), fd;
    bool written;

    if (n < 0 || (size_t)n >= sizeof fresh)
        return err_set(e, RC_BAD, "the path of PidFile is too long");
    (void)unlink(fresh);
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0) /* of these only a full or failing disk mends by itself */
        return err_errno(e, errno == ENOSPC || errno == EDQUOT || errno == EIO ? RC_IO : RC_BAD, errno, "cannot write "
                         "PidFile %s (its folder must be there, and be its user's; systemd needs no PidFile)", path);
    written = dprintf(fd, "%ld\n", (long)getpid()) > 0;
    if (close(fd) == 0 && written && rename(fresh, path) == 0)
        return RC_OK;
    (void)err_errno(e, RC_IO, errno, "cannot write PidFile %s", path);
    (void)unlink(fresh);
    return RC_IO;
}

enum rc start_pid_file(const char *path, struct err *e)
{
    pid_t other = living(path);

    if (other != 0 && start_is_ours(other))
        return err_set(e, RC_TEMP, "PidFile %s says that process %ld runs already; stop it first", path, (long)other);
    return pid_write(path, e);
}

/* ---- detaching ---- */

_Noreturn static void follow(pid_t child, int from_child)
{
    char byte;
    int status = 0;

    if (read(from_child, &byte, 1) == 1)
        _exit(EX_OK);
    (void)waitpid(child, &status, 0);
    _exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EX_SOFTWARE);
}

enum rc start_detach(int *ready, struct err *e)
{
    int ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno(e, RC_IO, errno, "cannot detach");
    child = fork();
    if (child < 0)
        return err_errno(e, RC_IO, errno, "cannot detach");
    if (child > 0) {
        (void)close(ends[1]);
        follow(child, ends[0]);
    }
    (void)close(ends[0]);
    *ready = ends[1];
    (void)setsid();
    return chdir("/") == 0 ? RC_OK : err_errno(e, RC_IO, errno, "cannot detach");
}

/* sd_notify(3): one datagram to the socket named in the environment, "@" standing for the abstract kind. */
bool start_notify(const char *text, int fd)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    size_t n = name == NULL ? 0 : strlen(name);
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    struct iovec words = {.iov_len = strlen(text)};
    struct msghdr message = {.msg_name = &sa, .msg_iov = &words, .msg_iovlen = 1};
    ssize_t sent;
    int to;

    if (n < 2 || n >= sizeof sa.sun_path || (name[0] != '/' && name[0] != '@'))
        return false;
    memcpy(sa.sun_path, name, n);
    if (sa.sun_path[0] == '@')
        sa.sun_path[0] = '\0';
    memcpy(&words.iov_base, &text, sizeof text); /* which sendmsg(2) does not change */
    message.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    if (fd >= 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        control.head = (struct cmsghdr){
            .cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    }
    to = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (to < 0)
        return false;
    sent = sendmsg(to, &message, MSG_NOSIGNAL);
    (void)close(to);
    return sent >= 0;
}

void start_drop_stdio(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 0; null >= 0 && fd <= 2; fd++)
        (void)dup2(null, fd);
    if (null > 2)
        (void)close(null);
}

void start_ready(int ready)
{
    (void)start_notify("READY=1", -1);
    if (ready < 0)
        return;
    start_drop_stdio();
    while (write(ready, "", 1) < 0 && errno == EINTR)
        ;
    (void)close(ready);
}

void start_stopping(void)
{
    (void)start_notify("STOPPING=1", -1);
}
