/*
 * dmarc_record.h - the DMARC policy record (RFC 9989 section 4.7 and 4.8).
 */
#ifndef ASSAY_DMARC_DMARC_RECORD_H
#define ASSAY_DMARC_DMARC_RECORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/err.h"
#include "base/str.h"

enum dmarc_policy { DMARC_P_NONE, DMARC_P_QUARANTINE, DMARC_P_REJECT };
extern const struct enum_names dmarc_policy_names;

enum dmarc_psd { DMARC_PSD_U, DMARC_PSD_Y, DMARC_PSD_N };
extern const struct enum_names dmarc_psd_names;

/* How a policy tag stands in the record. */
enum dmarc_tag_state { DMARC_TAG_ABSENT, DMARC_TAG_VALID, DMARC_TAG_INVALID };

struct dmarc_policy_tag {
    enum dmarc_tag_state state;
    enum dmarc_policy value; /* meaningful when DMARC_TAG_VALID */
};

enum {
    DMARC_RECORD_MAX = 16 * 1024, /* bytes of a record; longer ones are RC_LIMIT */
    DMARC_TAGS_MAX = 64,
    DMARC_URIS_MAX = 32           /* per rua or ruf; further ones are dropped and noted */
};

/* Bits of `errors`. */
enum dmarc_record_error {
    DMARC_ERROR_P, DMARC_ERROR_SP, DMARC_ERROR_NP, DMARC_ERROR_ADKIM, DMARC_ERROR_ASPF, DMARC_ERROR_PSD,
    DMARC_ERROR_T, DMARC_ERROR_RUA, DMARC_ERROR_RUF, DMARC_ERROR_FO, DMARC_ERROR_MALFORMED, DMARC_ERROR_DUPLICATE,
    DMARC_ERROR_LIMIT /* more tags or URIs than are read */
};
extern const struct enum_names dmarc_record_error_names; /* "p", "sp", … "malformed", "duplicate" */

struct dmarc_record {
    struct dmarc_policy_tag p, sp, np;
    bool adkim_strict, aspf_strict;
    enum dmarc_psd psd;
    bool testing;            /* t=y */
    bool pct_zero;           /* a historic pct=0 is present (RFC 7489; used only by PctZeroAsTesting) */
    const char *fo;          /* as RFC 9989 reads it, lower case, "0" by default */
    size_t rua_count, ruf_count;
    const char **rua, **ruf; /* syntactically valid URIs, the obsolete !size removed */
    unsigned errors;         /* 1u << enum dmarc_record_error */
};

/*
 * Parses one TXT record.  RC_NOTFOUND: not a DMARC record at all (first tag
 * is not v=DMARC1).  Otherwise RC_OK whatever the mistakes, which stand in
 * `errors` with the defaults in force (section 4.8).  RC_LIMIT, RC_NOMEM.
 * `out` and its text belong to the arena.  Linear time; any bytes.
 */
enum rc dmarc_record_parse(struct arena *a, struct str text, struct dmarc_record *out);

/* Section 4.10.1: p missing or invalid, or sp or np invalid. */
bool dmarc_record_unusable(const struct dmarc_record *r);

#endif
