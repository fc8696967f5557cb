/* The words for what SPF and iprev say, as RFC 8601 has them */
#include "spf/spf_evidence.h"

static const char *const spf_names[] = {"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"};
const struct enum_names spf_result_names = ENUM_NAMES(spf_names);

static const char *const spf_troubles[] = {"", "dns", "syntax", "multiple", "limit", "absent", "ours", "memory"};
const struct enum_names spf_trouble_names = ENUM_NAMES(spf_troubles);

static const char *const iprev_names[] = {"none", "pass", "fail", "temperror", "permerror"};
const struct enum_names iprev_result_names = ENUM_NAMES(iprev_names);
