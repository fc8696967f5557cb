/*
 * budget.h - how much of the resolver each may hold at once, so that no sender leaves others without it.
 *
 * A resolver carries so many questions at a time, and a dead name holds its place until the resolver gives up.  So the
 * questions in flight are counted by client address (IPv6: by /64) and by zone.  Zones that have answered lately and
 * all others hold three quarters of the room at most, each, so that neither can take all of it; of what each holds
 * beyond half of the room, a zone has few, and only what verdicts hang on and zones that answer have any.
 *
 * A zone is what the organizational domain most likely is, told from the name alone.  Which servers are behind it the
 * resolver does not tell us; what tells dead ones is that they do not answer: a zone that was asked something two
 * seconds ago, has answered nothing since, nor in the ten minutes before, gets no more than BUDGET_SILENT questions;
 * for another minute, if it left one unanswered for that long.  All of those together get an eighth of the room, and
 * with those that did answer in the ten minutes before, and stopped, a quarter: to answer once is cheap.
 *
 * Part of a zone may be dead, and a stranger may name it.  So the same holds of a branch, the names below one of the
 * zone's own (of mail.dead.example.com: dead.example.com), which has half of a zone's room until something answered.
 *
 * Threads: none of its own; the cache calls it under its lock.
 */
#ifndef ASSAY_DNS_BUDGET_H
#define ASSAY_DNS_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BUDGET_ZONE = 32,       /* questions in flight to a zone, half as many again for essential ones */
    BUDGET_SILENT = 4,      /* of these, to one that does not answer */
    BUDGET_FEW = 4,         /* of these, while half of the room is taken */
    BUDGET_SILENT_MS = 2000 /* after that long it does not */
};

/* Who asks. */
struct asker {
    uint64_t client; /* of his address; 0: nobody in particular, who is not counted */
    bool essential;  /* the client's SPF and reverse name, the DMARC record of an author */
};

/* What a question in flight was counted under. */
struct ticket {
    uint64_t client, zone, branch; /* hashed; a client of 0 was not counted */
    bool answering;                /* the zone had answered lately */
    bool silent, mute;             /* zone or branch did not answer now; nor, mute, in the ten minutes before */
};

struct budget;

/* For `room` questions at once; NULL without memory. */
struct budget *budget_new(size_t room);

/* No question may be in flight.  NULL is allowed. */
void budget_free(struct budget *b);

/*
 * Counts one more question, for `name` (as in name.h), at `now_ms`, monotonic.  False: it would be too many for its
 * asker, its zone or the resolver now, or there is no memory to count it.
 */
bool budget_enter(struct budget *b, const char *name, const struct asker *who, int64_t now_ms, struct ticket *out);

/* It is over; `answered` unless it failed. */
void budget_leave(struct budget *b, const struct ticket *t, bool answered, int64_t now_ms);

/*
 * The part of `name` that is taken for its zone: the last two labels; three below a country's two letters where the
 * next label is short (co.uk); of reverse names those of a /16 or a /32.  Points into `name`.
 */
const char *budget_zone(const char *name);

#endif
