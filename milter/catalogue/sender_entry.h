/*
 * sender_entry.h - one entry of the catalogue, out of its section of senders.conf.
 */
#ifndef ASSAY_CATALOGUE_SENDER_ENTRY_H
#define ASSAY_CATALOGUE_SENDER_ENTRY_H

#include "catalogue/senders.h"
#include "syntax/sections.h"

enum { SENDER_NAME_MAX = 40 };

/* What a section may hold; its first fields are those of enum sender_mark, in that order. */
extern const struct section_kind sender_sections;

/* Reads `s` of `f`; what `out` points to is in `a`.  RC_BAD with the place and a remedy; RC_NOMEM. */
enum rc sender_read(struct arena *a, const struct sections *f, const struct section *s, struct sender *out,
                    struct err *e);

#endif
