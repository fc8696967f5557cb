/*
 * sts_policy.h - records and policy files of MTA-STS (RFC 8461), records of TLS reports (RFC 8460).
 *
 * Pure; linear in the text; any bytes.
 */
#ifndef ASSAY_HEALTH_STS_POLICY_H
#define ASSAY_HEALTH_STS_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/enumname.h"
#include "base/str.h"

enum { STS_MX_MAX = 100, STS_AGE_MAX = 31557600 };
enum sts_mode { STS_MODE_NONE, STS_MODE_TESTING, STS_MODE_ENFORCE };
extern const struct enum_names sts_mode_names;

struct sts_policy {
    const char *why;      /* what makes it no policy; "" nothing */
    enum sts_mode mode;
    uint32_t max_age;     /* seconds */
    struct str mx[STS_MX_MAX];
    size_t mxs;
};

/* Reads a policy file (section 3.2): LF or CRLF, of doubles the first counts, unknown fields mean nothing. */
void sts_policy_read(struct str text, struct sts_policy *out);

/* Whether one of its patterns matches `host` (lower case); "*." is exactly one label (section 4.1). */
bool sts_policy_covers(const struct sts_policy *p, const char *host);
bool sts_pattern_matches(struct str pattern, const char *host);

/* Whether a TXT record begins as one of MTA-STS does ("v=STSv1;"); its id, n == 0 when it is missing or wrong. */
bool sts_record_is(struct str txt);
struct str sts_record_id(struct str txt);

/* Whether a TXT record begins "v=TLSRPTv1;"; the value of its rua, trimmed; n == 0 none. */
bool tlsrpt_record_is(struct str txt);
struct str tlsrpt_record_rua(struct str txt);

/* Whether it is a mailto: or https: URI. */
bool tlsrpt_uri_fits(struct str uri);

#endif
