/*
 * words.h - single values of a report, as generators write them, and what they mean.
 *
 * Pure.  What cannot be read is said so, and never becomes 0 or a pass.
 */
#ifndef ASSAY_INCOMING_WORDS_H
#define ASSAY_INCOMING_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"

/* Digits, with blanks around, a "+" before, ".0" behind; false for all else and for more than `max`. */
bool words_count(struct str text, int64_t max, int64_t *out);

/* Seconds since the epoch (a fraction is cut), milliseconds (13 digits), or RFC 3339. */
bool words_time(struct str text, int64_t *out);

/* RFC 5322 section 3.3, as Date and Arrival-Date have it. */
bool words_mail_date(struct str text, int64_t *out);

/* An address with blanks, brackets, "IPv6:", port, zone or leading zeros; IPv4-mapped becomes IPv4. */
bool words_ip(struct str text, struct ip *out);

/* A domain, or the one of an address, in normal form; NULL when there is none, and without memory. */
const char *words_domain(struct arena *a, struct str text);

/* Closed lists: the word for `text` whatever its case, or NULL. */
const char *words_disposition(struct str text);
const char *words_spf(struct str text);
const char *words_dkim(struct str text);
const char *words_reason(struct str text);

/* "pass" 1, "fail" 0, anything else -1. */
int words_pass(struct str text);

/*
 * A copy without control characters, line and paragraph separators, marks of
 * writing direction and bytes that are not UTF-8; `*dropped` is set when one
 * was left out.  Ends of lines and tabs become blanks; trimmed; at most `max`
 * bytes.  NULL without memory.
 */
const char *words_clean(struct arena *a, struct str text, size_t max, bool *dropped);

/* Whether words_clean would leave it as it is, blanks at its ends aside. */
bool words_is_clean(struct str text);

/* What a file's name says (RFC 9990 section 3.5.2): receiver "!" domain "!" begin "!" end. */
struct words_name {
    const char *receiver, *domain; /* "" */
    int64_t begin_s, end_s;        /* 0: it does not say */
};
void words_file_name(struct arena *a, struct str name, struct words_name *out);

#endif
