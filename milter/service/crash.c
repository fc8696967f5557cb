#include "service/crash.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/polyhash.h"

enum {
    NOTES_MAX = 4096,    /* messages in flight that are noted */
    SUSPECTS_MAX = 4096, /* fingerprints that are remembered */
    NAMED_MAX = 100,     /* queue ids told of one crash */
    QUEUE_ID_SIZE = 40
};
#define FORGET_MS ((int64_t)5 * 24 * 3600 * 1000) /* as long as senders try (RFC 5321 section 4.5.4.1) */

/* States of a note; everything else is a fingerprint. */
enum { FREE = 0, TAKEN = 1 };

struct crash_note {
    atomic_uint_least64_t fingerprint;
    char queue_id[QUEUE_ID_SIZE];
};

struct suspect {
    uint64_t fingerprint;
    unsigned crashes;
    int64_t last_ms; /* wall clock */
};

struct crash_table {
    struct polyhash_key text; /* secret: nobody outside can make two messages that are taken for the same */
    atomic_uint next;
    struct crash_note note[NOTES_MAX];
    unsigned suspects; /* changes only while no worker runs */
    struct suspect suspect[SUSPECTS_MAX];
};

/* ---- fingerprints ---- */

/* One more text, which none that follows can take a part of. */
static void mix(const struct crash_table *t, struct polyhash *h, struct str text)
{
    const uint64_t n = text.n;

    polyhash_add(&t->text, h, (struct str){(const char *)&n, sizeof n});
    polyhash_add(&t->text, h, text);
}

static uint64_t fingerprint_of(const struct crash_table *t, const struct message *m)
{
    struct polyhash h = {.n = 0};
    uint64_t hash;

    mix(t, &h, m->mail_from);
    for (size_t i = 0; i < m->header_count; i++) {
        mix(t, &h, m->headers[i].name);
        mix(t, &h, m->headers[i].value);
    }
    hash = polyhash_sum(&t->text, &h);
    return hash <= TAKEN ? TAKEN + 1 : hash;
}

/* ---- the worker's ---- */

unsigned crash_count(const struct crash_table *t, const struct message *m, uint64_t *fingerprint)
{
    *fingerprint = FREE;
    if (t == NULL)
        return 0;
    *fingerprint = fingerprint_of(t, m);
    for (unsigned i = 0; i < t->suspects; i++)
        if (t->suspect[i].fingerprint == *fingerprint)
            return clock_wall_ms() - t->suspect[i].last_ms < FORGET_MS ? t->suspect[i].crashes : 0;
    return 0;
}

struct crash_note *crash_enter(struct crash_table *t, uint64_t fingerprint, const char *queue_id)
{
    unsigned first = t == NULL ? 0 : atomic_fetch_add_explicit(&t->next, 1, memory_order_relaxed);

    for (unsigned i = 0; t != NULL && i < NOTES_MAX; i++) {
        struct crash_note *note = &t->note[(first + i) % NOTES_MAX];
        uint_least64_t free = FREE;

        if (!atomic_compare_exchange_strong(&note->fingerprint, &free, TAKEN))
            continue;
        (void)snprintf(note->queue_id, sizeof note->queue_id, "%s", queue_id == NULL ? "" : queue_id);
        atomic_store(&note->fingerprint, fingerprint);
        return note;
    }
    return NULL;
}

void crash_leave(struct crash_note *note)
{
    if (note != NULL)
        atomic_store(&note->fingerprint, FREE);
}

/* ---- the supervisor's ---- */

struct crash_table *crash_new(void)
{
    struct crash_table *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (t == MAP_FAILED)
        return NULL;
    t->text = polyhash_key();
    return t;
}

/* The place of this fingerprint; when there is none left, that which crashed longest ago gives way. */
static struct suspect *suspect_of(struct crash_table *t, uint64_t fingerprint)
{
    struct suspect *oldest = &t->suspect[0];

    for (unsigned i = 0; i < t->suspects; i++) {
        if (t->suspect[i].fingerprint == fingerprint)
            return &t->suspect[i];
        if (t->suspect[i].last_ms < oldest->last_ms)
            oldest = &t->suspect[i];
    }
    if (t->suspects < SUSPECTS_MAX)
        oldest = &t->suspect[t->suspects++];
    *oldest = (struct suspect){.fingerprint = fingerprint};
    return oldest;
}

static unsigned count_crash(struct crash_table *t, uint64_t fingerprint, int64_t now)
{
    struct suspect *s = suspect_of(t, fingerprint);

    if (now - s->last_ms >= FORGET_MS)
        s->crashes = 0;
    if (s->crashes == 0 || s->last_ms != now) /* once, however many of its copies were there */
        s->crashes++;
    s->last_ms = now;
    return s->crashes;
}

static void name_message(const char *queue_id, const char *how, unsigned crashes)
{
    if (crashes == 0)
        log_write(LOG_LEVEL_ERROR, queue_id, "was in flight when the worker %s", how);
    else
        log_write(LOG_LEVEL_ERROR, queue_id, "was in flight when the worker %s, crash %u with it%s", how, crashes,
                  crashes < CRASH_PATIENCE ? "" : "; when it comes again it is not examined any more");
}

unsigned crash_collect(struct crash_table *t, const char *how, bool blame)
{
    int64_t now = clock_wall_ms();
    unsigned found = 0;

    for (size_t i = 0; t != NULL && i < NOTES_MAX; i++) {
        struct crash_note *note = &t->note[i];
        uint64_t fingerprint = atomic_load(&note->fingerprint);
        unsigned crashes = 0;

        if (fingerprint == FREE)
            continue;
        if (blame && fingerprint != TAKEN)
            crashes = count_crash(t, fingerprint, now);
        note->queue_id[QUEUE_ID_SIZE - 1] = '\0';
        if (found++ < NAMED_MAX)
            name_message(note->queue_id, how, crashes);
        atomic_store(&note->fingerprint, FREE);
    }
    return found;
}
