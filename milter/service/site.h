/*
 * site.h - all that the administrator decided, as one counted snapshot: assay.conf with its companions, and the rules.
 *
 * It is read as a whole or not at all, and a message keeps the one it began with.
 *
 * Threads: snapshots may be read, held and released by any thread.
 */
#ifndef ASSAY_SERVICE_SITE_H
#define ASSAY_SERVICE_SITE_H

#include "config/config.h"
#include "policy/policy.h"

struct site {
    struct config *config;
    struct policy *policy;
};

/* As config_load, and reads PolicyFile.  On success one reference.  RC_BAD with "file:line:column: what; remedy". */
enum rc site_load(const char *path, const char *const *overrides, size_t override_count, struct site **out,
                  struct err *e);

/* One more holder; one fewer, the last of which frees it. */
struct site *site_hold(struct site *s);
void site_release(struct site *s); /* NULL allowed */

/* ---- the snapshot that new messages get ---- */

/* Makes `s` current (takes over the caller's reference) and releases the old.  NULL: none is. */
void site_publish(struct site *s);

/* A reference to the current one, which the caller releases; NULL when there is none. */
struct site *site_current(void);

/* Whether a message that cannot be examined is put off: what enforces never lets it go (docs/RELIABILITY.md). */
bool site_puts_off(const struct site *site);

/* The same of the current site, for a connection that there was no memory for. */
bool site_puts_off_now(void);

#endif
