/*
 * authres.h - the Authentication-Results field (RFC 8601 section 2.2), read and written.
 */
#ifndef ASSAY_MAIL_AUTHRES_H
#define ASSAY_MAIL_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum {
    AUTHRES_BYTES_MAX = 64 * 1024, /* of one field value read */
    AUTHRES_OCTETS_MAX = 32 * 1024,/* of words read as IDNA, in all fields of a message */
    AUTHRES_RESULTS_MAX = 100,
    AUTHRES_PROPS_MAX = 32,        /* of one result */
    AUTHRES_WRITE_MAX = 4096,      /* of one field value written */
    AUTHRES_VALUE_MAX = 320        /* of one property or reason written: a whole path of RFC 5321 */
};

/* ---- reading ---- */

struct authres_prop {
    struct str ptype, property; /* lower case */
    struct str value;           /* unquoted, but for a quoted local-part before "@"; may be empty */
};

struct authres_result {
    struct str method, result;  /* lower case */
    unsigned version;           /* of the method; 1 when absent */
    struct str reason;          /* unquoted; empty without */
    size_t prop_count;
    struct authres_prop *prop;
};

struct authres {
    struct str id;              /* authserv-id, unquoted, as written; empty when missing (Microsoft 365) */
    unsigned version;           /* 1: others are not read */
    size_t n;                   /* 0: "none" */
    struct authres_result *result;
};

/*
 * Parses a field value (what follows the colon).  Takes what is found in the
 * field beside the grammar: values with "/" and "=" unquoted, "action=none"
 * without ptype (passed over), empty values, a ";" too many.
 * RC_BAD, RC_LIMIT with the reason; RC_NOMEM.
 */
enum rc authres_parse(struct arena *a, struct str value, struct authres *out, struct err *e);

/*
 * As authres_parse, but a result that cannot be read is passed over, as
 * "(null)=pass" of old OpenARC: for a field that is proven to be whole (sealed
 * by ARC), or that somebody wants explained.  RC_BAD when none can be read.
 */
enum rc authres_parse_readable(struct arena *a, struct str value, struct authres *out, struct err *e);

/*
 * Whether a field must be removed when it came from outside (section 5): its
 * authserv-id is one of `ours` or a sub-name of one, however it is quoted,
 * commented, folded or cased, in U- or A-labels; or it is another, but a
 * reader laxer than ours could take it for one of ours; or its id or version
 * cannot be read, or the version is not 1.  Other fields, whatever follows
 * their id, answer false.  Linear in the length of `value`.  Names in other
 * than ASCII are read as IDNA has them, which is dear, as long as `*octets`
 * (AUTHRES_OCTETS_MAX for a message's fields together) are left; then they are
 * claims, unread.  NULL: without that limit.
 */
bool authres_claims(struct arena *a, struct str value, const char *const *ours, size_t count, size_t *octets);

/* Whether a header field's name is this one, as lex_is_name has it. */
bool authres_is_field(struct str name);

/* ---- writing ---- */

/*
 * Builds one value: begin, then per method authres_method followed by its
 * reason, properties and comment, then end.  Folds with LF TAB so that lines
 * stay under 78 columns where tokens allow it.  All foreign text is quoted or
 * refused here, so callers pass it as it is.
 */
struct authres_writer {
    struct strbuf *out;
    size_t methods;     /* results that stand */
    bool over;          /* a result was left out because AUTHRES_WRITE_MAX was reached; what stands is whole */
    /* private */
    size_t column, end; /* of the line; most that `out` may hold */
    size_t mark_n, mark_column; /* where the result being written began */
    bool dropped;       /* the result being written is left out */
};

/* "authserv-id", quoted when it is no token; printable ASCII of our own.  `out` is appended to. */
void authres_begin(struct authres_writer *w, struct strbuf *out, const char *authserv_id);

/* "; method=result"; both are our own words. */
void authres_method(struct authres_writer *w, const char *method, const char *result);

/* reason="…"; any bytes: those outside printable ASCII become '?'; cut at AUTHRES_VALUE_MAX. */
void authres_reason(struct authres_writer *w, struct str text);

/* A comment of our own words; never text of the sender (it is a broken invariant if it holds "(", ")" or "\"). */
void authres_comment(struct authres_writer *w, const char *text);

/*
 * ptype.property=value.  Quoted when it is no RFC 2045 token; a value of the
 * form [local]@domain with a dot-atom local part and an LDH domain stays bare.
 * Values that hold control or non-ASCII bytes, or are longer than
 * AUTHRES_VALUE_MAX, are left out; false is answered then.
 */
bool authres_prop(struct authres_writer *w, const char *ptype, const char *property, struct str value);

/* Writes "; none" when there was no method. */
void authres_end(struct authres_writer *w);

#endif
