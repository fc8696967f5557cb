#include "dns/budget.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include "base/err.h"
#include "base/hashtable.h"
#include "base/random.h"
#include "base/siphash.h"
#include "base/str.h"

enum {
    SLOTS = 8192, /* zones and branches remembered; one that falls on another's place takes it */
    PROVEN_MS = 600 * 1000,
    MUTE_MS = 60 * 1000
};

/* The questions in flight of one client, or to one zone or branch. */
struct tally {
    uint64_t key;
    size_t n;
    int64_t heard_ms; /* of a zone or branch: when it last answered, or when it was first asked */
    UT_hash_handle hh;
};

/* What is remembered of a zone or branch that nothing may be in flight to. */
struct memory {
    uint64_t key;
    int64_t until_ms;
};

/* Zones, or branches: a stranger can make up any number of the latter, which take the former no place. */
struct group {
    struct tally *up;
    struct memory proven[SLOTS], mute[SLOTS]; /* have answered; have not, the last time */
};

struct budget {
    size_t room, up;
    size_t up_answering, up_silent, up_mute; /* of these; what is mute is silent, too */
    struct tally *clients;
    struct group zones, branches;
    unsigned char key[SIPHASH_KEY_BYTES];
};

/* What is known of a zone or branch. */
struct standing {
    size_t n;
    bool silent, proven;
};

struct budget *budget_new(size_t room)
{
    struct budget *b = calloc(1, sizeof *b);

    if (b == NULL)
        return NULL;
    b->room = room;
    for (size_t i = 0; i < sizeof b->key; i += sizeof(uint64_t)) {
        uint64_t bits = random_bits();

        memcpy(b->key + i, &bits, sizeof bits);
    }
    return b;
}

void budget_free(struct budget *b)
{
    if (b == NULL)
        return;
    MUST(b->up == 0);
    free(b);
}

/* ---- zones ---- */

/* The last `labels` labels of `name`; all of it where there are no more. */
static const char *last_labels(const char *name, unsigned labels)
{
    const char *p = name + strlen(name);

    while (p > name)
        if (*--p == '.' && --labels == 0)
            return p + 1;
    return name;
}

const char *budget_zone(const char *name)
{
    const char *two = last_labels(name, 2), *top = last_labels(name, 1);

    if (strcmp(two, "in-addr.arpa") == 0)
        return last_labels(name, 4);
    if (strcmp(two, "ip6.arpa") == 0)
        return last_labels(name, 10);
    return strlen(top) == 2 && top - two <= 4 ? last_labels(name, 3) : two;
}

static uint64_t hash_of(const struct budget *b, const void *data, size_t n)
{
    uint64_t hash = siphash(b->key, data, n);

    return hash == 0 ? 1 : hash;
}

/* What of a name tells parts of a zone apart: one label more than the zone. */
static const char *branch_of(const char *name, const char *zone)
{
    const char *p = zone;

    if (zone > name)
        p--;
    while (p > name && p[-1] != '.')
        p--;
    return p;
}

static bool is_remembered(const struct memory *slots, uint64_t key, int64_t now_ms)
{
    return slots[key % SLOTS].key == key && now_ms < slots[key % SLOTS].until_ms;
}

static void budget_remember(struct memory *slots, uint64_t key, int64_t until_ms)
{
    slots[key % SLOTS] = (struct memory){key, until_ms};
}

/* ---- counting ---- */

static struct tally *tally_of(struct tally *table, uint64_t key)
{
    struct tally *t;

    HASH_FIND(hh, table, &key, sizeof key, t);
    return t;
}

static bool tally_add(struct tally **table, uint64_t key, int64_t now_ms)
{
    struct tally *t = tally_of(*table, key);

    if (t == NULL) {
        t = calloc(1, sizeof *t);
        if (t == NULL)
            return false;
        t->key = key;
        t->heard_ms = now_ms;
        HASH_ADD(hh, *table, key, sizeof t->key, t);
        if (t->hh.tbl == NULL) { /* uthash found no memory */
            free(t);
            return false;
        }
    }
    t->n++;
    return true;
}

static void tally_take(struct tally **table, struct tally *t)
{
    if (--t->n > 0)
        return;
    HASH_DEL(*table, t);
    free(t);
}

/* ---- who may ---- */

/* A client holds an eighth of the room, with what is essential half: it may be a gateway, with all mail behind it. */
static bool client_may(const struct budget *b, const struct tally *client, bool essential)
{
    return client == NULL || client->n < (essential ? b->room / 2 : b->room / 8);
}

static struct standing standing_of(const struct group *g, uint64_t key, int64_t now_ms)
{
    const struct tally *t = tally_of(g->up, key);

    return (struct standing){
        .n = t == NULL ? 0 : t->n,
        .silent = (t != NULL && now_ms - t->heard_ms > BUDGET_SILENT_MS) || is_remembered(g->mute, key, now_ms),
        .proven = is_remembered(g->proven, key, now_ms),
    };
}

static bool is_mute(const struct standing *s)
{
    return s->silent && !s->proven;
}

/* Of a zone that has answered before, part may be dead, to which whoever names it must not be able to reduce it. */
static size_t zone_most(const struct standing *zone, bool essential)
{
    if (is_mute(zone))
        return BUDGET_SILENT;
    return essential ? BUDGET_ZONE + BUDGET_ZONE / 2 : zone->silent ? BUDGET_ZONE / 2 : BUDGET_ZONE;
}

/* The part that may be dead leaves the zone's other names their room, whatever is asked of it. */
static size_t branch_most(const struct standing *branch)
{
    if (is_mute(branch))
        return BUDGET_SILENT;
    return branch->silent || !branch->proven ? BUDGET_ZONE / 2 : BUDGET_ZONE + BUDGET_ZONE / 2;
}

/*
 * Zones that answered lately and all others hold three quarters of the room at most, each: so neither, whoever is
 * behind them, leaves the other without.  Beyond half of it a zone has few, and what is neither essential nor known to
 * answer none.  Of those that are silent, proven or not, all together have a quarter.
 */
static bool room_may(const struct budget *b, const struct ticket *t, size_t to_zone, bool essential)
{
    size_t held = t->answering ? b->up_answering : b->up - b->up_answering;

    if (b->up >= b->room || (t->silent && b->up_silent >= b->room / 4) || (t->mute && b->up_mute >= b->room / 8))
        return false;
    if (held < b->room / 2)
        return true;
    return held < b->room / 4 * 3 && (t->answering || essential) && to_zone < BUDGET_FEW;
}

/* Also finds out what `t` is to be counted as. */
static bool may(const struct budget *b, struct ticket *t, bool essential, int64_t now_ms)
{
    struct standing zone = standing_of(&b->zones, t->zone, now_ms);
    struct standing branch = standing_of(&b->branches, t->branch, now_ms);

    t->answering = zone.proven && !zone.silent;
    t->silent = zone.silent || branch.silent;
    t->mute = is_mute(&zone) || is_mute(&branch);
    return room_may(b, t, zone.n, essential) && zone.n < zone_most(&zone, essential) &&
           branch.n < branch_most(&branch) &&
           (t->client == 0 || client_may(b, tally_of(b->clients, t->client), essential));
}

/* What is in flight, by what it was counted as; `step` 1 or -1. */
static void budget_sum(struct budget *b, const struct ticket *t, int step)
{
    b->up += (size_t)step;
    b->up_answering += t->answering ? (size_t)step : 0;
    b->up_silent += t->silent ? (size_t)step : 0;
    b->up_mute += t->mute ? (size_t)step : 0;
}

/* Of whoever it is, the zone and the branch; false, and none of them, without memory. */
static bool ticket_count(struct budget *b, const struct ticket *t, int64_t now_ms)
{
    if (t->client != 0 && !tally_add(&b->clients, t->client, now_ms))
        return false;
    if (tally_add(&b->zones.up, t->zone, now_ms)) {
        if (tally_add(&b->branches.up, t->branch, now_ms))
            return true;
        tally_take(&b->zones.up, tally_of(b->zones.up, t->zone));
    }
    if (t->client != 0)
        tally_take(&b->clients, tally_of(b->clients, t->client));
    return false;
}

bool budget_enter(struct budget *b, const char *name, const struct asker *who, int64_t now_ms, struct ticket *out)
{
    const char *zone = budget_zone(name), *branch = branch_of(name, zone);
    struct ticket t = {
        .zone = hash_of(b, zone, strlen(zone)),
        .branch = hash_of(b, branch, strlen(branch)),
    };

    if (who->client != 0)
        t.client = hash_of(b, &who->client, sizeof who->client);
    if (!may(b, &t, who->essential, now_ms) || !ticket_count(b, &t, now_ms))
        return false;
    budget_sum(b, &t, 1);
    *out = t;
    return true;
}

/* One less in flight to a zone or branch. */
static void budget_landed(struct group *g, uint64_t key, bool answered, int64_t now_ms)
{
    struct tally *t = tally_of(g->up, key);

    if (answered) {
        t->heard_ms = now_ms;
        budget_remember(g->proven, key, now_ms + PROVEN_MS);
        budget_remember(g->mute, key, now_ms);
    } else if (now_ms - t->heard_ms > BUDGET_SILENT_MS) {
        budget_remember(g->mute, key, now_ms + MUTE_MS);
    }
    tally_take(&g->up, t);
}

void budget_leave(struct budget *b, const struct ticket *t, bool answered, int64_t now_ms)
{
    budget_sum(b, t, -1);
    budget_landed(&b->zones, t->zone, answered, now_ms);
    budget_landed(&b->branches, t->branch, answered, now_ms);
    if (t->client != 0)
        tally_take(&b->clients, tally_of(b->clients, t->client));
}
