/*
 * xml_guard.h - looks at the bytes of a document before a parser does, for what would cost the parser too much.
 *
 * libxml2's time for one tag grows with the square of its attributes.  The
 * guard knows where a tag, comment, CDATA section or instruction begins and
 * ends, and nothing else.  Linear; no memory.
 */
#ifndef ASSAY_FORMATS_XML_GUARD_H
#define ASSAY_FORMATS_XML_GUARD_H

#include "base/err.h"
#include "base/str.h"

enum {
    XML_TAG_MAX = 64 * 1024, /* bytes from "<" to ">" */
    XML_ATTRIBUTES_MAX = 64  /* of one tag */
};

struct xml_guard {
    int state;
    char quote;
    size_t length, equals; /* of the tag that is open */
    char last[2];          /* the bytes before */
};

#define XML_GUARD_NEW ((struct xml_guard){.state = 0})

/* The next bytes of the document; RC_LIMIT with the reason when a tag is too long. */
enum rc xml_guard_look(struct xml_guard *g, struct str bytes, struct err *e);

#endif
