/*
 * round.h - a round of the watch: every client's domains looked at, and their episodes brought up to date.
 *
 * Threads: as struct db.
 */
#ifndef ASSAY_WATCH_ROUND_H
#define ASSAY_WATCH_ROUND_H

#include "catalogue/clients.h"
#include "episodes/episodes.h"
#include "watch/gather.h"

enum { WATCH_MEMORY = 512 << 20 /* of one domain's facts */ };

struct watch_round {
    struct db *db;
    const struct clients *clients;
    const struct watch_bounds *bounds;
    const char *client;          /* this one alone; "" all */
    int64_t now_ms;              /* since the epoch */
    int64_t days;                /* that are looked back; WATCH_USUAL_DAYS */
};

/* `usual`, and what the client has of its own (clients.conf(5)). */
struct watch_bounds watch_bounds_of(const struct watch_bounds *usual, const struct client *client);

struct watch_counts {
    int64_t domains, reported;   /* looked at; of these, with received reports */
    struct episode_counts episodes;
};

/*
 * Every covered and parked domain of the clients, one after the other, each in
 * a transaction of its own.  An error ends the round; what was done stays, and
 * the next round goes on from there.
 */
enum rc watch_round(const struct watch_round *round, struct watch_counts *out, struct err *e);

/* The same for one domain, which writes nothing: its facts, and the episodes that follow from its sums. */
enum rc watch_look(const struct watch_round *round, const struct client *client, const char *domain, bool parked,
                   struct arena *a, struct watch_domain *facts, struct watch_episode **episode, size_t *n,
                   struct err *e);

/* That, and what is found beside the sums: readiness, exceptions that end, the domain's records. */
enum rc watch_look_all(const struct watch_round *round, const struct client *client, const char *domain, bool parked,
                       struct arena *a, struct watch_domain *facts, struct watch_episode **episode, size_t *n,
                       struct err *e);

/* What a person does about it, and who: in words for the desk; constant. */
const char *watch_next_step(const char *workflow, const char *cause);

/* A day as YYYY-MM-DD; 0 as "never". */
void watch_day_text(int64_t day, char text[static 11]);

/* One line that tells of the episode, without client, domain and reference. */
void watch_sentence(const struct episode *p, struct strbuf *out);

#endif
