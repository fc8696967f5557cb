/*
 * playbook.h - what to do about a message that failed: a text of the site's, with its names filled in.
 *
 * A playbook is plain text.  Lines that begin with "#" are notes for whoever
 * edits it and are left out.  {{name}} stands for something of the message,
 * "none" where it has none; a line that begins with {{?name}} is left out when
 * there is none, else the mark alone is.  The names are those of
 * playbook_placeholders(); {{?cause=a,b}} stands for the cause of the message,
 * first or further, when it is one of these.
 */
#ifndef ASSAY_DESK_PLAYBOOK_H
#define ASSAY_DESK_PLAYBOOK_H

#include "catalogue/clients.h"
#include "catalogue/senders.h"
#include "output/record.h"

enum {
    PLAYBOOK_FILE_MAX = 64 * 1024,  /* bytes of a file */
    PLAYBOOK_TEXT_MAX = 128 * 1024  /* of one filled in; what is longer is cut */
};

/* What a playbook is filled in from. */
struct playbook_subject {
    const struct record *record;
    const struct sender *sender; /* NULL: the record's source is not in the catalogue */
    const struct client *client; /* NULL: the author domain is nobody's here */
};

/*
 * Fills in `text`, which came from `file`.  Pure.  RC_BAD with "FILE:LINE:
 * what; remedy" for a placeholder that does not exist or has no end; RC_NOMEM.
 * `*out` is NUL-terminated, in the arena.
 */
enum rc playbook_fill(struct arena *a, struct str text, const char *file, const struct playbook_subject *s,
                      const char **out, struct err *e);

/* The file of `which` in `folder` (option PlaybookFolder), filled in.  RC_NOTFOUND, RC_BAD, RC_LIMIT, RC_NOMEM. */
enum rc playbook_read(struct arena *a, const char *folder, enum playbook which, const struct playbook_subject *s,
                      const char **out, struct err *e);

/* The names in order, with what each stands for; both NULL behind the last. */
struct playbook_placeholder {
    const char *name, *help;
};
struct playbook_placeholder playbook_placeholder(size_t i);

/* The SPF record `now` ("" none) with `term` in its place before "all", to be published.  NULL without memory. */
const char *playbook_spf_with(struct arena *a, const char *now, const char *term);

/* The DMARC record `now` with every policy in it at reject, and without a test mode.  NULL without memory. */
const char *playbook_dmarc_reject(struct arena *a, const char *now);

#endif
