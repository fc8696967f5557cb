#include "daemon/signals.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* A handler gets no argument, so this is of the process. */
static struct {
    atomic_uint events;
    sem_t arrived;
} pending;

void signals_post(enum event event)
{
    (void)atomic_fetch_or(&pending.events, (unsigned)event);
    (void)sem_post(&pending.arrived);
}

unsigned signals_wait(int64_t timeout_ms)
{
    int64_t until = clock_mono_ms() + timeout_ms;
    struct timespec t = {.tv_sec = until / 1000, .tv_nsec = until % 1000 * 1000000};
    unsigned events;

    do {
        while (sem_clockwait(&pending.arrived, CLOCK_MONOTONIC, &t) != 0)
            if (errno != EINTR)
                return 0;
        events = atomic_exchange(&pending.events, 0);
    } while (events == 0);
    return events;
}

/*
 * Takes the place of the C library's for libmilter, the only one here that
 * calls it, on a thread where these signals are blocked: it never returns.
 * Without it, a HUP that arrives within microseconds of a USR1 stops the
 * daemon (seen under a storm of signals), since libmilter offers no way to
 * do without its thread.
 */
int sigwait(const sigset_t *restrict set, int *restrict number)
{
    (void)set;
    (void)number;
    for (;;)
        (void)pause();
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

    if (sem_init(&pending.arrived, 0, 0) != 0)
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
