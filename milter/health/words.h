/*
 * words.h - the plain words of each finding: what it breaks, what to do next, who moves first, which rule says so.
 */
#ifndef ASSAY_HEALTH_WORDS_H
#define ASSAY_HEALTH_WORDS_H

#include <stddef.h>

struct health_words {
    const char *id;
    const char *whose;  /* moves first: dns vendor client web mta msp none */
    const char *rule;   /* RFC and section; "" no standard says so */
    const char *breaks; /* {name} stands for a fact of the finding */
    const char *next;
};

/* NULL when there is no such finding. */
const struct health_words *health_words_of(const char *id);

#endif
