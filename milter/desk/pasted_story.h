/*
 * pasted_story.h - what was pasted, in words.
 */
#ifndef ASSAY_DESK_PASTED_STORY_H
#define ASSAY_DESK_PASTED_STORY_H

#include "catalogue/clients.h"
#include "desk/pasted.h"
#include "desk/sheet.h"

/* What is known here of the domain it is about. */
struct pasted_around {
    const struct client *client;        /* NULL: nobody's here */
    size_t source_count;
    const struct inventory_row *source; /* the inventory's entries of that domain */
    const char *authserv_id;            /* of this site */
};

/* Whether there is anything to tell beside the keys: a bounce, or results. */
bool pasted_says_something(const struct pasted *p);

/* The domain it is about, "" unknown, and the likely cause. */
const char *pasted_domain(const struct pasted *p);
enum cause pasted_cause(const struct pasted *p);

/* What to do first, then why, then the evidence. */
void pasted_print(const struct sheet *s, const struct pasted *p, const struct pasted_around *around);

#endif
