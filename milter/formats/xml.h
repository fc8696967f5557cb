/*
 * xml.h - XML written, read and checked against a schema, always in a stream.
 *
 * The writer lets nothing through that XML 1.0 does not allow, whatever bytes
 * it is given.  The reader takes documents of strangers: it opens no file and
 * no connection, knows no entities but the predefined ones, refuses a DOCTYPE
 * and bounds depth and text; how long the document may be is its caller's to
 * bound.
 *
 * Threads: one object, one thread at a time; a schema may be used by several.
 */
#ifndef ASSAY_FORMATS_XML_H
#define ASSAY_FORMATS_XML_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum {
    XML_WRITE_TEXT_MAX = 4000,     /* bytes of one text written; the rest is cut */
    XML_READ_TEXT_MAX = 64 * 1024, /* bytes of one text read; the rest is cut */
    XML_DEPTH_MAX = 32
};

/* ---- writing ---- */

/* Takes the document piece by piece. */
typedef enum rc xml_sink(void *arg, struct str bytes, struct err *e);

struct xml_out;

/* Begins a document; RC_NOMEM.  What goes wrong later shows at xml_out_close. */
enum rc xml_out_open(xml_sink *sink, void *arg, struct xml_out **out, struct err *e);

/* An element opened, with attributes directly after; and closed.  Names are constants; XML_DEPTH_MAX may be open. */
void xml_begin(struct xml_out *x, const char *name);
void xml_attribute(struct xml_out *x, const char *name, const char *value);
void xml_end(struct xml_out *x);

/*
 * A whole element with text.  Bytes that are not UTF-8 and characters that
 * XML 1.0 section 2.2 does not allow, or that only control a terminal, are
 * left out; line ends and tabs become blanks.
 */
void xml_leaf(struct xml_out *x, const char *name, struct str text);
void xml_leaf_int(struct xml_out *x, const char *name, int64_t value);

/* Ends the document and frees the writer; the first failure of writer or sink. */
enum rc xml_out_close(struct xml_out *x, struct err *e);

/* ---- reading ---- */

/*
 * What a document consists of: `open` when an element begins, `close` when it
 * ends, with the character data directly in it, leading blanks left out; ""
 * when other elements are in it too.  Names are local names, the same pointer
 * for the same name; the namespace is "" when there is none.  Documents are
 * UTF-8, whatever they declare.
 */
struct xml_handler {
    void (*open)(void *arg, const char *name, const char *name_space);
    void (*close)(void *arg, const char *name, struct str text);
    void (*attribute)(void *arg, const char *name, struct str value); /* NULL: nobody asks; each, right after open */
};

struct xml_schema;

/* An XSD file.  RC_BAD, RC_IO. */
enum rc xml_schema_load(const char *path, struct xml_schema **out, struct err *e);
void xml_schema_free(struct xml_schema *s); /* NULL allowed */

struct xml_in;

/* A document is read with a handler, or checked against a schema (`h` NULL).  RC_NOMEM. */
enum rc xml_in_open(const struct xml_handler *h, void *arg, struct xml_schema *schema, struct xml_in **out,
                    struct err *e);

/* Stops with that reason, out of a handler; the next call of xml_in_push or xml_in_close answers it. */
void xml_in_stop(struct xml_in *x, enum rc rc, const char *why);

/* The line that is being read. */
int xml_in_line(const struct xml_in *x);

/* The next bytes; RC_BAD with "line N: what" as soon as something is wrong, RC_LIMIT. */
enum rc xml_in_push(struct xml_in *x, struct str bytes, struct err *e);

/* The document is over: is it whole and, with a schema, valid?  Frees the reader. */
enum rc xml_in_close(struct xml_in *x, struct err *e);

/* Frees the reader without asking.  NULL allowed. */
void xml_in_abandon(struct xml_in *x);

#endif
