/*
 * badge.h - a word with a shape and a colour, in this order of importance.
 */
#ifndef ASSAY_WEB_BADGE_H
#define ASSAY_WEB_BADGE_H

#include "web/html.h"

enum badge { BADGE_HEALTHY, BADGE_WATCH, BADGE_TICKET, BADGE_ESCALATE, BADGE_INFO, BADGE_NONE };

/* The badge with its word. */
void badge_put(struct html *o, enum badge b, const char *word);

/* A status of the inventory; a band of the watch, or "" for one that was not judged. */
void badge_status(struct html *o, const char *status);
void badge_band(struct html *o, const char *band);

/* pass, fail, none …: coloured, and said. */
void badge_result(struct html *o, const char *result);

#endif
