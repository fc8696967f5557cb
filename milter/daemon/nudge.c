#include "daemon/nudge.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/flight.h"
#include "daemon/instead.h"

enum {
    NUDGE_MS = 100,
    QUIET_MS = 60 * 1000 /* without a connection of others and a message in flight there is nothing to do */
};

/* Whether libmilter will see a connection. */
static bool nudge(int listener)
{
    struct sockaddr_storage sa;
    socklen_t size = sizeof sa;
    int fd;
    bool connected;

    if (getsockname(listener, (struct sockaddr *)(void *)&sa, &size) != 0)
        return false;
    fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    /* where descriptors are short it would only be refused */
    connected = instead_has_room(fd) && connect(fd, (const struct sockaddr *)(const void *)&sa, size) == 0;
    (void)close(fd);
    return connected;
}

static void *nudge_always(void *arg)
{
    int listener = (int)(intptr_t)arg;
    uint64_t nudges = 0, most = 0;
    int64_t last_ms = clock_mono_ms();

    while (!flight_stopping()) {
        uint64_t others = instead_accepted() - nudges; /* or fewer, while one of ours is on its way */

        if (others > most && others < UINT64_MAX / 2) {
            most = others;
            last_ms = clock_mono_ms();
        }
        if (clock_mono_ms() - last_ms < QUIET_MS || flight_count() > 0)
            nudges += nudge(listener);
        (void)poll(NULL, 0, NUDGE_MS);
    }
    return NULL;
}

void nudge_start(int listener)
{
    sigset_t all, before;
    pthread_t thread;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, nudge_always, (void *)(intptr_t)listener) == 0)
        (void)pthread_detach(thread);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}
