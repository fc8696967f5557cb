/*
 * source_words.h - what may stand in the inventory, and what its words promise; for the desk's command and its pages.
 */
#ifndef ASSAY_DESK_SOURCE_WORDS_H
#define ASSAY_DESK_SOURCE_WORDS_H

#include "inventory/inventory.h"

/*
 * Brings an edit into its normal form, or says what is wrong with it: the
 * domain, the source's name, the word of the status, lengths, control bytes.
 */
enum rc source_words_check(struct arena *a, struct inventory_edit *edit, struct err *e);

/* "approved, but …": what helpdesks mean by approved is not so; NULL when all is well. */
const char *source_words_remark(const struct inventory_row *row);

#endif
