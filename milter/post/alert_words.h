/*
 * alert_words.h - what is told of episodes, as text for people.
 *
 * Threads: any.
 */
#ifndef ASSAY_POST_ALERT_WORDS_H
#define ASSAY_POST_ALERT_WORDS_H

#include "base/arena.h"
#include "episodes/episodes.h"

enum { ALERT_LISTED_MAX = 200 /* notices of one mail or document that are listed; of more there is the number */ };

/* One line: the notice, or how many there are. */
void alert_subject(const struct episode_notice *notice, size_t n, struct strbuf *out);

/* A paragraph for each; what does not fit is counted.  NULL without memory. */
const char *alert_text(struct arena *a, const struct episode_notice *notice, size_t n);

/* A line for the log: keys and values as in the lines of messages. */
void alert_line(const struct episode_notice *notice, struct strbuf *out);

#endif
