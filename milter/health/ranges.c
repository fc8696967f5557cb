#include "health/ranges.h"

#include <stdlib.h>
#include <string.h>

static int range_order(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    if (x->family != y->family)
        return x->family < y->family ? -1 : 1;
    return memcmp(x->low, y->low, sizeof x->low);
}

static void range_push(struct ranges *r, const struct range *one)
{
    if (r->n == r->room) {
        size_t room = r->room == 0 ? 64 : 2 * r->room;
        struct range *grown = room > RANGES_MAX ? NULL : arena_array(r->arena, room, sizeof *grown);

        if (grown == NULL) {
            r->over = true;
            return;
        }
        if (r->n > 0)
            memcpy(grown, r->at, r->n * sizeof *grown);
        r->at = grown;
        r->room = room;
    }
    r->at[r->n++] = *one;
}

static size_t range_bytes(enum ip_family family)
{
    return family == IP_V4 ? 4 : 16;
}

/* Adds one, or takes one away; false when that wraps. */
static bool range_step(uint8_t address[16], enum ip_family family, int by)
{
    for (size_t i = range_bytes(family); i-- > 0;) {
        address[i] = (uint8_t)(address[i] + by);
        if (address[i] != (by > 0 ? 0 : 0xff))
            return true;
    }
    return false;
}

void ranges_add(struct ranges *r, const struct ip *addr, unsigned bits)
{
    struct range one = {.family = addr->family};

    memcpy(one.low, addr->b, sizeof one.low);
    memcpy(one.high, addr->b, sizeof one.high);
    for (size_t i = bits; i < 8 * range_bytes(addr->family); i++) {
        one.low[i / 8] = (uint8_t)(one.low[i / 8] & ~(0x80u >> i % 8));
        one.high[i / 8] = (uint8_t)(one.high[i / 8] | 0x80u >> i % 8);
    }
    range_push(r, &one);
}

void ranges_join(struct ranges *r, const struct ranges *more)
{
    for (size_t i = 0; i < more->n; i++)
        range_push(r, &more->at[i]);
    r->over = r->over || more->over;
}

void ranges_sort(struct ranges *r)
{
    size_t kept = 0;

    if (r->n > 0)
        qsort(r->at, r->n, sizeof *r->at, range_order);
    for (size_t i = 0; i < r->n; i++) {
        struct range *last = kept > 0 ? &r->at[kept - 1] : NULL;
        uint8_t next[16];

        if (last != NULL && last->family == r->at[i].family) {
            memcpy(next, last->high, sizeof next);
            if (!range_step(next, last->family, 1) || memcmp(r->at[i].low, next, sizeof next) <= 0) {
                if (memcmp(r->at[i].high, last->high, sizeof next) > 0)
                    memcpy(last->high, r->at[i].high, sizeof next);
                continue;
            }
        }
        r->at[kept++] = r->at[i];
    }
    r->n = kept;
}

static bool range_apart(const struct range *a, const struct range *b)
{
    return a->family != b->family || memcmp(a->high, b->low, 16) < 0 || memcmp(b->high, a->low, 16) < 0;
}

void ranges_cut(const struct ranges *a, const struct ranges *b, struct ranges *out)
{
    size_t from = 0;

    out->over = out->over || a->over || b->over;
    for (size_t i = 0; i < a->n; i++) {
        struct range rest = a->at[i];
        bool gone = false;

        while (from < b->n && (b->at[from].family < rest.family ||
                               (b->at[from].family == rest.family && memcmp(b->at[from].high, rest.low, 16) < 0)))
            from++;
        for (size_t j = from; j < b->n && !gone && !range_apart(&rest, &b->at[j]); j++) {
            struct range before = rest;

            if (memcmp(rest.low, b->at[j].low, 16) < 0) {
                memcpy(before.high, b->at[j].low, 16);
                (void)range_step(before.high, before.family, -1);
                range_push(out, &before);
            }
            gone = memcmp(b->at[j].high, rest.high, 16) >= 0;
            memcpy(rest.low, b->at[j].high, 16);
            if (!gone)
                (void)range_step(rest.low, rest.family, 1);
        }
        if (!gone)
            range_push(out, &rest);
    }
}

bool ranges_same(const struct ranges *a, const struct ranges *b)
{
    for (size_t i = 0; a->n == b->n && i < a->n; i++)
        if (a->at[i].family != b->at[i].family || memcmp(a->at[i].low, b->at[i].low, 16) != 0 ||
            memcmp(a->at[i].high, b->at[i].high, 16) != 0)
            return false;
    return a->n == b->n;
}

/* The largest prefix that begins at `low` and ends at or before range->high. */
static unsigned prefix_fit(const struct range *range, const uint8_t low[16], uint8_t end[16])
{
    unsigned bits = (unsigned)(8 * range_bytes(range->family));
    uint8_t high[16];

    memcpy(end, low, 16);
    memcpy(high, low, 16);
    while (bits > 0) {
        unsigned i = bits - 1;

        if ((low[i / 8] & 0x80u >> i % 8) != 0)
            break;
        high[i / 8] = (uint8_t)(high[i / 8] | 0x80u >> i % 8);
        if (memcmp(high, range->high, 16) > 0)
            break;
        memcpy(end, high, 16);
        bits--;
    }
    return bits;
}

size_t ranges_prefixes(const struct ranges *r, struct ip_net *out, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        uint8_t low[16], end[16];

        memcpy(low, r->at[i].low, sizeof low);
        do {
            unsigned bits = prefix_fit(&r->at[i], low, end);

            if (n == max)
                return SIZE_MAX;
            out[n] = (struct ip_net){.addr = {.family = r->at[i].family}, .bits = (uint8_t)bits};
            memcpy(out[n++].addr.b, low, sizeof low);
            memcpy(low, end, sizeof low);
        } while (memcmp(end, r->at[i].high, sizeof end) < 0 && range_step(low, r->at[i].family, 1));
    }
    return n;
}
