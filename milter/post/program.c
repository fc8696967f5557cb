#include "post/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

enum { PROGRAM_TURN_MS = 50 };

extern char **environ;

/* Its own process group, so that what it started ends with it; signals as a program expects them. */
static int program_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, usual;
    int code = posix_spawnattr_setpgroup(attributes, 0);

    (void)sigemptyset(&none);
    (void)sigemptyset(&usual);
    (void)sigaddset(&usual, SIGCHLD);
    (void)sigaddset(&usual, SIGPIPE);
    if (code == 0)
        code = posix_spawnattr_setsigmask(attributes, &none);
    if (code == 0)
        code = posix_spawnattr_setsigdefault(attributes, &usual);
    if (code == 0)
        code = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                        POSIX_SPAWN_SETSIGDEF);
    return code;
}

static int program_spawn(const char *path, const posix_spawn_file_actions_t *actions, pid_t *pid)
{
    char name[] = "assay-alert", *argv[] = {name, NULL};
    posix_spawnattr_t attributes;
    int code = posix_spawnattr_init(&attributes);

    if (code != 0)
        return code;
    code = program_attributes(&attributes);
    if (code == 0)
        code = posix_spawn(pid, path, actions, &attributes, argv, environ);
    (void)posix_spawnattr_destroy(&attributes);
    return code;
}

/* A socket for its standard input: writing to one that nobody reads any more is an error and no signal. */
static enum rc program_start(const char *path, pid_t *pid, int *to, struct err *e)
{
    posix_spawn_file_actions_t actions;
    int pair[2], code;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set(e, RC_TEMP, "no socket for its input: %s", strerror(errno));
    code = posix_spawn_file_actions_init(&actions);
    if (code == 0) {
        code = posix_spawn_file_actions_adddup2(&actions, pair[1], STDIN_FILENO);
        if (code == 0)
            code = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
        if (code == 0)
            code = program_spawn(path, &actions, pid);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(pair[1]);
    if (code != 0) {
        (void)close(pair[0]);
        return err_set(e, RC_TEMP, "it cannot be run: %s", strerror(code));
    }
    *to = pair[0];
    return RC_OK;
}

/* Until all is written, nobody reads it any more, or the time is over. */
static void program_write(int to, struct str rest, int64_t until_ms)
{
    while (rest.n > 0 && clock_mono_ms() < until_ms) {
        struct pollfd p = {.fd = to, .events = POLLOUT};
        ssize_t n;

        if (poll(&p, 1, PROGRAM_TURN_MS) <= 0)
            continue;
        n = send(to, rest.p, rest.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return;
        rest = str_slice(rest, n > 0 ? (size_t)n : 0, rest.n);
    }
}

/* Whether it ended by then; its status in *status. */
static bool program_ended(pid_t pid, int64_t until_ms, int *status)
{
    const struct timespec turn = {.tv_nsec = PROGRAM_TURN_MS * 1000000L};

    for (;;) {
        pid_t got = waitpid(pid, status, WNOHANG);

        if (got == pid || (got < 0 && errno != EINTR))
            return got == pid;
        if (clock_mono_ms() >= until_ms)
            return false;
        (void)nanosleep(&turn, NULL);
    }
}

/* Started, given the document, waited for. */
static enum rc program_run(const char *path, struct str document, struct err *e)
{
    int64_t until_ms = clock_mono_ms() + 1000 * (int64_t)PROGRAM_SECONDS;
    int to = -1, status = 0;
    pid_t pid;
    enum rc rc = program_start(path, &pid, &to, e);

    if (rc != RC_OK)
        return rc;
    program_write(to, document, until_ms);
    (void)shutdown(to, SHUT_WR);
    if (!program_ended(pid, until_ms, &status)) {
        (void)kill(-pid, SIGKILL);
        (void)waitpid(pid, &status, 0);
        rc = err_set(e, RC_TEMP, "it did not end within %d s and was killed", PROGRAM_SECONDS);
    } else if (WIFSIGNALED(status)) {
        rc = err_set(e, RC_TEMP, "signal %d ended it", WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        rc = err_set(e, RC_TEMP, "it ended with %d", WEXITSTATUS(status));
    }
    (void)close(to);
    return rc;
}

/* Whoever started us may have left SIGCHLD ignored, as some supervisors do: then nobody could be waited for. */
enum rc program_give(const char *path, struct str document, struct err *e)
{
    struct sigaction usual = {.sa_handler = SIG_DFL}, before;
    enum rc rc;

    if (sigaction(SIGCHLD, &usual, &before) != 0)
        return err_set(e, RC_TEMP, "it cannot be waited for: %s", strerror(errno));
    rc = program_run(path, document, e);
    (void)sigaction(SIGCHLD, &before, NULL);
    return rc;
}
