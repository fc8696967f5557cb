/*
 * markup.h - pieces of XML as the second reading looks at them: pure, at the front of a text.
 */
#ifndef ASSAY_INCOMING_MARKUP_H
#define ASSAY_INCOMING_MARKUP_H

#include "incoming/element.h"

enum { MARKUP_NAME_AHEAD = 256, MARKUP_TAG_MAX = 64 * 1024, MARKUP_ASIDE_MAX = 8 * 1024 };

struct markup_tag {
    enum element element;
    bool end, alone; /* "</x>", "<x/>" */
    size_t length;   /* with "<" and ">"; 0: ends nowhere */
};

/* Reads the tag that `s` begins with; false when it is not that of a known element. */
bool markup_tag(struct str s, struct markup_tag *t);

/* Bytes of the comment or instruction that `s` begins with; 0: it is none, or ends nowhere near. */
size_t markup_aside(struct str s);

/* Whether "#120" or "#x78", without the "#", is a number; and that of a character XML allows (section 2.2). */
bool markup_is_number(struct str digits);
bool markup_is_allowed(struct str digits);

/* Whether `s` begins with that, in any case; and where `what` is in it, s.n when it is not. */
bool markup_begins(struct str s, const char *with);
size_t markup_find(struct str s, const char *what);

#endif
