#include "daemon/signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

/* A handler gets no argument, so this is of the process. */
static struct {
    atomic_uint events;
    int arrived; /* eventfd, non-blocking: readable once there are events */
} pending = {.arrived = -1};

void signals_post(enum event event)
{
    const uint64_t one = 1;

    (void)atomic_fetch_or(&pending.events, (unsigned)event);
    if (write(pending.arrived, &one, sizeof one) < 0)
        return; /* full: it is readable already */
}

unsigned signals_wait(int64_t timeout_ms)
{
    int64_t until = clock_mono_ms() + timeout_ms;
    struct pollfd wait = {.fd = pending.arrived, .events = POLLIN};
    unsigned events = atomic_exchange(&pending.events, 0);

    for (int64_t left = timeout_ms; events == 0 && left > 0; left = until - clock_mono_ms()) {
        uint64_t count;

        if (poll(&wait, 1, left < 60000 ? (int)left : 60000) > 0 && read(pending.arrived, &count, sizeof count) < 0)
            continue;
        events = atomic_exchange(&pending.events, 0);
    }
    return events;
}

static void on_signal(int number)
{
    int saved = errno;

    signals_post(number == SIGHUP ? EVENT_RELOAD : number == SIGUSR1 ? EVENT_COUNTERS : EVENT_STOP);
    errno = saved;
}

enum rc signals_start(struct err *e)
{
    static const int caught[] = {SIGHUP, SIGUSR1, SIGTERM, SIGINT};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigset_t set;

    pending.arrived = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (pending.arrived < 0)
        return err_errno(e, RC_IO, errno, "cannot take signals");
    (void)sigemptyset(&action.sa_mask);
    (void)sigemptyset(&set);
    for (size_t i = 0; i < sizeof caught / sizeof caught[0]; i++) {
        (void)sigaction(caught[i], &action, NULL);
        (void)sigaddset(&set, caught[i]);
    }
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return RC_OK;
}
