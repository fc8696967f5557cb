/*
 * pasted_names.h - names in a pasted text, for pasted.c.
 */
#ifndef ASSAY_DESK_PASTED_NAMES_H
#define ASSAY_DESK_PASTED_NAMES_H

#include "desk/pasted.h"

enum { PASTED_NAMES_BYTES = 64 * 1024 }; /* of the text that are looked at */

/*
 * Fills name, in the order of pasted.h, and adds to key what looks like a
 * queue id or stands between angle brackets as a Message-ID does.  RC_NOMEM.
 */
enum rc pasted_names_find(struct arena *a, struct str text, struct pasted *p);

/* Adds a key, unless it is there or there is no room; without memory the arena tells. */
void pasted_key_add(struct arena *a, struct pasted *p, enum store_key kind, struct str text);

#endif
