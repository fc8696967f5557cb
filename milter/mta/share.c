#include "mta/share.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/log_rate.h"
#include "base/sync.h"

enum {
    STEP = 64 * 1024, /* shares are multiples of it */
    COPIES = 2        /* of a header, beside the message's own: the DKIM library's, and what is hashed of it */
};

static struct {
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t room;
    size_t held, waiting;
    struct log_rate said;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void share_prepare(void)
{
    sync_cond_init(&all.room);
}

/* More for one that will hold `wanted` in all. */
struct wish {
    size_t wanted, more, limit;
};

/* With the lock held. */
static bool fits(const struct wish *w)
{
    size_t most = w->wanted <= SHARE_SMALL ? w->limit : w->limit / 4 * 3;

    return all.held <= most && w->more <= most - all.held;
}

/* With the lock held; false at `until_ms`, monotonic. */
static bool wait_until_it_fits(const struct wish *w, int64_t until_ms)
{
    bool in_time = true;

    all.waiting++;
    while (!fits(w) && in_time)
        in_time = sync_wait_until(&all.room, &all.lock, until_ms);
    all.waiting--;
    return fits(w);
}

/* With the lock held: what is to be said, in bytes held; 0, it was said a moment ago. */
static size_t to_say(void)
{
    return log_rate_may(&all.said, LOG_RATE_MS) ? all.held : 0;
}

bool share_raise(struct share *s, const struct message *m, size_t limit)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t wanted = (arena_used(m->arena) + COPIES * m->header_bytes) / STEP * STEP + STEP;
    struct wish w = {wanted, wanted - s->bytes, limit};
    size_t crowd = 0;
    int64_t before;
    bool room;

    if (wanted <= s->bytes)
        return true;
    (void)pthread_once(&once, share_prepare);
    (void)pthread_mutex_lock(&all.lock);
    room = fits(&w);
    if (!room) {
        before = clock_mono_ms();
        room = wait_until_it_fits(&w, before + SHARE_WAIT_MS - s->waited_ms);
        s->waited_ms += clock_mono_ms() - before;
    }
    if (room) {
        all.held += w.more;
        s->bytes = wanted;
    } else {
        crowd = to_say();
    }
    (void)pthread_mutex_unlock(&all.lock);
    if (crowd > 0)
        log_write(LOG_LEVEL_WARNING, m->queue_id, "deferred: the messages at hand hold %zu MB together (MaxMemory)",
                  crowd >> 20);
    return room;
}

void share_give_back(struct share *s)
{
    if (s->bytes > 0) {
        (void)pthread_mutex_lock(&all.lock);
        all.held -= s->bytes;
        if (all.waiting > 0)
            (void)pthread_cond_broadcast(&all.room);
        (void)pthread_mutex_unlock(&all.lock);
    }
    *s = (struct share){.bytes = 0};
}
