/*
 * domain.h - domain names as mail uses them (RFC 5890, RFC 9989 section 4.10).
 *
 * A normal name is A-labels in lower case, without trailing dot, 1 to 253
 * bytes, each label 1 to 63 bytes.  Everything after domain_normalize works
 * on normal names and compares them byte for byte.
 */
#ifndef ASSAY_MAIL_DOMAIN_H
#define ASSAY_MAIL_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/domain_name.h"
#include "base/err.h"
#include "base/str.h"

enum { DOMAIN_MAX = DOMAIN_NAME_MAX, DOMAIN_LABEL_MAX = DOMAIN_NAME_LABEL_MAX };

/*
 * U-labels (UTF-8) to A-labels with libidn2, lower case, one trailing dot
 * dropped.  Labels may hold letters, digits, '-' and '_' only.
 * RC_BAD for anything else (empty, literal, empty or long label); RC_NOMEM.
 * `*out` is NUL-terminated, owned by the arena; untouched unless RC_OK.
 */
enum rc domain_normalize(struct arena *a, struct str text, const char **out);

/* Number of labels of a normal name, at least 1. */
size_t domain_labels(const char *name);

/* The rightmost `count` labels (at least 1) of `name`, a pointer into it; all of it when it has no more. */
const char *domain_rightmost(const char *name, size_t count);

/*
 * The part of a name that somebody registered, a pointer into it, for sharing
 * room out and for nothing else: two labels, three below what looks like
 * co.uk.  Unlike the organizational domain, nothing that its owner publishes
 * changes it.
 */
const char *domain_registered(const char *name);

/* Whether `name` is `parent` or lies below it. */
bool domain_is_within(const char *name, const char *parent);

#endif
