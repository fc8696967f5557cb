#include "mta/share.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hashtable.h"
#include "base/log.h"
#include "base/log_rate.h"
#include "base/sync.h"

enum {
    STEP = 64 * 1024, /* shares are multiples of it */
    COPIES = 2        /* of a header, beside the message's own: the DKIM library's, and what is hashed of it */
};

/* The messages of one client address. */
struct share_client {
    uint64_t key;
    size_t bytes;
    unsigned users; /* shares that hold any, or want to */
    UT_hash_handle hh;
};

static struct {
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t room;
    size_t held, waiting;
    struct share_client *clients;
    struct log_rate said;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void share_prepare(void)
{
    sync_cond_init(&all.room);
}

/* ---- whose ---- */

/* With the lock held; NULL without memory. */
static struct share_client *client_enter(const struct ip *ip)
{
    uint64_t key = ip_client(ip);
    struct share_client *c;

    HASH_FIND(hh, all.clients, &key, sizeof key, c);
    if (c == NULL) {
        c = calloc(1, sizeof *c);
        if (c == NULL)
            return NULL;
        c->key = key;
        HASH_ADD(hh, all.clients, key, sizeof c->key, c);
        if (c->hh.tbl == NULL) {
            free(c);
            return NULL;
        }
    }
    c->users++;
    return c;
}

/* With the lock held. */
static void client_leave(struct share_client *c)
{
    if (--c->users > 0)
        return;
    HASH_DEL(all.clients, c);
    free(c);
}

/* ---- room ---- */

/* More for one that will hold `wanted` in all. */
struct wish {
    size_t wanted, more, limit;
    const struct share_client *client; /* NULL: there was no memory to count by whom */
};

/* With the lock held: whether its client would hold no more than is free then.  A first small message may always. */
static bool is_fair(const struct wish *w)
{
    size_t held = all.held + w->more, own = (w->client == NULL ? 0 : w->client->bytes) + w->more;

    return own <= SHARE_SMALL || (held <= w->limit && own <= w->limit - held);
}

/* With the lock held. */
static bool fits(const struct wish *w)
{
    size_t most = w->wanted <= SHARE_SMALL ? w->limit : w->limit / 4 * 3;

    return all.held <= most && w->more <= most - all.held && is_fair(w);
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

/* What was refused, for the log. */
struct refused {
    bool said;           /* it was, a moment ago */
    size_t held, client; /* bytes */
};

/* With the lock held: waits for room if need be, and takes it. */
static bool share_take(struct share *s, const struct wish *w, struct refused *no)
{
    bool room = fits(w);

    if (!room) {
        int64_t before = clock_mono_ms();

        room = wait_until_it_fits(w, before + SHARE_WAIT_MS - s->waited_ms);
        s->waited_ms += clock_mono_ms() - before;
    }
    if (room) {
        all.held += w->more;
        s->bytes = w->wanted;
        if (s->client != NULL)
            s->client->bytes += w->more;
    } else {
        *no = (struct refused){!log_rate_may(&all.said, LOG_RATE_MS), all.held,
                               s->client == NULL ? 0 : s->client->bytes};
    }
    return room;
}

bool share_raise(struct share *s, const struct message *m, size_t limit)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    size_t wanted = (arena_used(m->arena) + COPIES * m->header_bytes) / STEP * STEP + STEP;
    struct wish w = {wanted, wanted - s->bytes, limit, NULL};
    struct refused no = {.said = true};
    char address[IP_TEXT_MAX];
    bool room;

    if (wanted <= s->bytes)
        return true;
    (void)pthread_once(&once, share_prepare);
    (void)pthread_mutex_lock(&all.lock);
    if (s->bytes == 0 && s->client == NULL)
        s->client = client_enter(&m->conn->ip);
    w.client = s->client;
    room = share_take(s, &w, &no);
    (void)pthread_mutex_unlock(&all.lock);
    if (!room && !no.said)
        log_write(LOG_LEVEL_WARNING, m->queue_id, "deferred: the messages at hand hold %zu MB together, those of "
                  "client %s %zu MB (MaxMemory)", no.held >> 20, ip_text(&m->conn->ip, address), no.client >> 20);
    return room;
}

void share_give_back(struct share *s)
{
    if (s->bytes > 0 || s->client != NULL) {
        (void)pthread_mutex_lock(&all.lock);
        all.held -= s->bytes;
        if (s->client != NULL) {
            s->client->bytes -= s->bytes;
            client_leave(s->client);
        }
        if (all.waiting > 0)
            (void)pthread_cond_broadcast(&all.room);
        (void)pthread_mutex_unlock(&all.lock);
    }
    *s = (struct share){.bytes = 0};
}
