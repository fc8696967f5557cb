#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/handover.h"

/* A service manager of one socket: what it is told, and the descriptors that it is handed. */
static char folder[] = "/tmp/assay-handover-XXXXXX";
static char notify_path[64], mail_path[64], told[256];
static int manager = -1;

static struct sockaddr_un address(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};

    (void)snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    return sa;
}

static int make_manager(void **state)
{
    struct sockaddr_un sa;
    int fd;

    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(notify_path, sizeof notify_path, "%s/notify", folder);
    (void)snprintf(mail_path, sizeof mail_path, "%s/mail", folder);
    sa = address(notify_path);
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    manager = fcntl(fd, F_DUPFD_CLOEXEC, 10); /* 3 is what systemd hands over */
    (void)close(fd);
    if (bind(manager, (const struct sockaddr *)(const void *)&sa, sizeof sa) != 0)
        return -1;
    return setenv("NOTIFY_SOCKET", notify_path, 1);
}

static int remove_manager(void **state)
{
    (void)state;
    (void)close(manager);
    (void)unlink(notify_path);
    (void)unlink(mail_path);
    return rmdir(folder);
}

/* The next thing that the manager is told, in `told`; the descriptor with it, -1: none. */
static int hear(void)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec words = {told, sizeof told - 1};
    struct msghdr message = {.msg_iov = &words, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(manager, &message, MSG_CMSG_CLOEXEC);
    int fd = -1;

    told[n < 0 ? 0 : n] = '\0';
    if (n >= 0 && CMSG_FIRSTHDR(&message) != NULL)
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

/* As systemd starts the next process: descriptor 3, and what it is called. */
static void hand_over(int fd)
{
    char pid[16];

    if (fd != 3)
        assert_int_equal(dup2(fd, 3), 3);
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    (void)setenv("LISTEN_PID", pid, 1);
    (void)setenv("LISTEN_FDS", "1", 1);
    (void)setenv("LISTEN_FDNAMES", strstr(told, "FDNAME=") + 7, 1);
}

static int connects(void)
{
    struct sockaddr_un sa = address(mail_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failed = connect(fd, (const struct sockaddr *)(const void *)&sa, sizeof sa);

    if (failed == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

static struct socket_spec mail_socket(void)
{
    struct socket_spec spec = {.kind = SOCKET_UNIX, .fd = -1};

    (void)snprintf(spec.path, sizeof spec.path, "%s", mail_path);
    return spec;
}

static void who_connects_meanwhile_waits(void **state)
{
    struct socket_spec spec = mail_socket();
    struct listener first, second;
    int held, client, idle;

    (void)state;
    (void)dup2(manager, 3);
    assert_int_equal(handover_open(&spec, &first, NULL), RC_OK);
    assert_true(first.kept);
    held = hear();
    assert_true(held >= 0);
    assert_non_null(strstr(told, "FDSTORE=1\n"));
    handover_stop(&first);
    idle = first.fd;
    client = connects();
    assert_true(client >= 0);
    assert_false(readable(idle));
    (void)close(first.fd);

    hand_over(held);
    assert_int_equal(handover_open(&spec, &second, NULL), RC_OK);
    assert_int_equal(second.fd, 3);
    assert_true(second.kept);
    assert_true(readable(second.fd));
    (void)close(client);
    (void)close(held);
    (void)close(second.fd);
    (void)close(hear());
}

static void a_name_that_leads_elsewhere_is_made_anew(void **state)
{
    struct socket_spec spec = mail_socket();
    struct listener first, second;
    int held, client;

    (void)state;
    (void)unsetenv("LISTEN_PID");
    (void)dup2(manager, 3);
    assert_int_equal(handover_open(&spec, &first, NULL), RC_OK);
    held = hear();
    (void)unlink(mail_path);
    hand_over(held);
    (void)close(first.fd);
    (void)close(held);
    assert_int_equal(handover_open(&spec, &second, NULL), RC_OK);
    (void)hear();
    assert_non_null(strstr(told, "FDSTOREREMOVE=1\n"));
    (void)close(hear());
    client = connects();
    assert_true(client >= 0);
    assert_true(readable(second.fd));
    (void)close(client);
    (void)close(second.fd);
}

static void without_a_manager_the_name_goes(void **state)
{
    struct socket_spec spec = mail_socket();
    struct listener l;

    (void)state;
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("NOTIFY_SOCKET");
    assert_int_equal(handover_open(&spec, &l, NULL), RC_OK);
    assert_false(l.kept);
    handover_stop(&l);
    assert_int_equal(access(mail_path, F_OK), -1);
    (void)close(l.fd);
}

/* As systemd does where assay-milter.socket is enabled: its own socket, under the unit's name. */
static void a_socket_unit_at_the_place_of_socket_serves(void **state)
{
    struct socket_spec spec = mail_socket();
    struct sockaddr_un sa = address(mail_path);
    struct listener l;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), client, moved;

    (void)state;
    assert_int_equal(bind(fd, (const struct sockaddr *)(const void *)&sa, sizeof sa), 0);
    assert_int_equal(listen(fd, 5), 0);
    (void)snprintf(told, sizeof told, "FDNAME=assay-milter.socket");
    moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    (void)close(fd);
    hand_over(moved);
    assert_int_equal(handover_open(&spec, &l, NULL), RC_OK);
    assert_int_equal(l.fd, 3);
    assert_true(l.kept);
    client = connects();
    assert_true(client >= 0);
    handover_stop(&l);
    assert_int_equal(access(mail_path, F_OK), 0); /* systemd listens on */
    (void)close(client);
    (void)close(l.fd);
    (void)close(moved);
    (void)unlink(mail_path);
    (void)unsetenv("LISTEN_PID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_connects_meanwhile_waits),
        cmocka_unit_test(a_name_that_leads_elsewhere_is_made_anew),
        cmocka_unit_test(without_a_manager_the_name_goes),
        cmocka_unit_test(a_socket_unit_at_the_place_of_socket_serves),
    };

    return cmocka_run_group_tests(tests, make_manager, remove_manager);
}
