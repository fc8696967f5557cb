#include "mta/flight.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/sync.h"

enum {
    SETTLE_MS = 250, /* for what is still in the pipe when the stop comes, and for answers on their way out */
    LATE_MS = 1000   /* for messages that began after the stop */
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned in_flight;
    unsigned late;       /* of those */
    unsigned running;    /* callbacks between enter and leave */
    int64_t early_ms;    /* when the last message that was not late ended; monotonic */
    int64_t ended_ms;    /* when the last of all ended */
    int64_t opened_ms;   /* when the last connection was opened */
    int64_t stop_ms;     /* when the stop came; monotonic */
    bool stopping;
    bool closed;
} account = {.lock = PTHREAD_MUTEX_INITIALIZER};

void flight_open(void)
{
    sync_cond_init(&account.changed);
}

bool flight_enter(void)
{
    bool open;

    pthread_mutex_lock(&account.lock);
    open = !account.closed;
    account.running += open;
    pthread_mutex_unlock(&account.lock);
    return open;
}

void flight_leave(void)
{
    pthread_mutex_lock(&account.lock);
    account.running--;
    pthread_cond_broadcast(&account.changed);
    pthread_mutex_unlock(&account.lock);
}

static int64_t flight_most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

bool flight_opens(void)
{
    int64_t now = clock_mono_ms();
    bool opens;

    pthread_mutex_lock(&account.lock);
    opens = !account.stopping || now <= account.stop_ms + SETTLE_MS;
    if (opens) {
        account.opened_ms = now;
        pthread_cond_broadcast(&account.changed);
    }
    pthread_mutex_unlock(&account.lock);
    return opens;
}

void flight_begin(struct flight *f)
{
    pthread_mutex_lock(&account.lock);
    f->counted = true;
    f->late = account.stopping && clock_mono_ms() > flight_most(account.stop_ms, account.opened_ms) + SETTLE_MS;
    account.in_flight++;
    account.late += f->late;
    pthread_mutex_unlock(&account.lock);
}

void flight_end(struct flight *f)
{
    if (!f->counted)
        return;
    pthread_mutex_lock(&account.lock);
    account.in_flight--;
    account.late -= f->late;
    account.ended_ms = clock_mono_ms();
    if (!f->late)
        account.early_ms = account.ended_ms;
    pthread_cond_broadcast(&account.changed);
    pthread_mutex_unlock(&account.lock);
    *f = (struct flight){.counted = false};
}

unsigned flight_count(void)
{
    unsigned n;

    pthread_mutex_lock(&account.lock);
    n = account.in_flight;
    pthread_mutex_unlock(&account.lock);
    return n;
}

/* Waits, with the lock held, for a change; false once `deadline` has passed. */
static bool wait_change(int64_t deadline)
{
    if (clock_mono_ms() >= deadline)
        return false;
    (void)sync_wait_until(&account.changed, &account.lock, deadline);
    return true;
}

static int64_t flight_least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/*
 * Until the messages that are not late are done, those of connections opened
 * a moment ago have begun, and then a moment more: libmilter sends the last
 * answers after our callbacks have returned, and tells nobody when it has.
 */
static void wait_settled(int64_t deadline)
{
    int64_t quiet;

    do {
        while (account.in_flight > account.late && wait_change(deadline))
            ;
        quiet = flight_most(flight_most(account.early_ms, account.opened_ms), account.stop_ms);
        quiet = flight_least(quiet + SETTLE_MS, deadline);
        (void)wait_change(quiet);
    } while (clock_mono_ms() < quiet);
}

void flight_drain(int64_t timeout_ms, unsigned *cut)
{
    int64_t deadline, moment;

    pthread_mutex_lock(&account.lock);
    account.stopping = true;
    account.stop_ms = clock_mono_ms();
    deadline = account.stop_ms + timeout_ms;
    wait_settled(deadline);
    /* what began later, on old connections, gets a moment too, but cannot hold us for ever */
    moment = flight_least(deadline, clock_mono_ms() + LATE_MS);
    while (account.in_flight > 0 && wait_change(moment))
        ;
    moment = account.ended_ms + SETTLE_MS;
    while (wait_change(moment))
        ;
    account.closed = true;
    *cut = account.in_flight;
    moment = clock_mono_ms() + LATE_MS;
    while (account.running > 0 && wait_change(moment))
        ;
    if (*cut < account.running)
        *cut = account.running;
    pthread_mutex_unlock(&account.lock);
}
