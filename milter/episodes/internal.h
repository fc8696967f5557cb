/*
 * internal.h - what the files of episodes/ share.
 */
#ifndef ASSAY_EPISODES_INTERNAL_H
#define ASSAY_EPISODES_INTERNAL_H

#include "episodes/episodes.h"

/* In the order in which episode_read takes them. */
#define EPISODE_COLUMNS                                                                                                \
    "episode.id, ref, client, domain, workflow, source, cause, detail, ticket, opened_day, closed_day, since_day, "    \
    "band,"                                                                                                            \
    " messages, passed, quarantined, rejected, before, count, told_band, told_ms, first_ms, state,"   \
    " own_messages, own_passed, dns_change"

/* The row at hand, whose columns from `first` on are EPISODE_COLUMNS; text in the arena.  RC_NOMEM. */
enum rc episode_read(const struct statement *s, int first, struct arena *a, struct episode *out);

/* All rows, at most `max`; resets `s`. */
enum rc episode_rows(struct db *d, struct arena *a, struct statement *s, size_t max, struct episode **out, size_t *n,
                     struct err *e);

/* One more line of its history, in the caller's transaction. */
enum rc episode_event(struct db *d, int64_t id, int64_t now_ms, const char *who, const char *what, const char *text,
                      struct err *e);

#endif
