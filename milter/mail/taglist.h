/*
 * taglist.h - the tag=value lists of DKIM, ARC and DKIM keys (RFC 6376 section 3.2).
 *
 *     tag-list  =  tag-spec *( ";" tag-spec ) [ ";" ]
 *     tag-spec  =  [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 *
 * Names are case-sensitive, a duplicate name voids the list, FWS inside
 * values is kept.  (DMARC records have a laxer grammar of their own.)
 */
#ifndef ASSAY_MAIL_TAGLIST_H
#define ASSAY_MAIL_TAGLIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { TAGLIST_MAX = 64 }; /* tags in one list; more is RC_LIMIT */

struct tag {
    struct str name;
    struct str value; /* trimmed; may be empty; inner FWS kept */
};

struct taglist {
    size_t n;
    const struct tag *tag; /* in the order written; points into the text parsed */
};

/*
 * Parses all of `text`, which must outlive `out`.  RC_BAD with the reason when
 * it is no tag-list; blanks alone are a list of no tags.
 */
enum rc taglist_parse(struct arena *a, struct str text, struct taglist *out, struct err *e);

/* The value of `name` (exact case); false when absent.  An empty value is present. */
bool taglist_get(const struct taglist *list, const char *name, struct str *value);

/* Copies `value` without its FWS (for b=, bh=, p=, h=); NULL as arena_alloc. */
char *taglist_unfold(struct arena *a, struct str value);

#endif
