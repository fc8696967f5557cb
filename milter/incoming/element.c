#include "incoming/element.h"

#include "base/err.h"

static const char *const names[ELEMENTS] = {
    NULL,
    "feedback", "version", "report_metadata", "org_name", "email", "extra_contact_info", "report_id", "error",
    "generator", "date_range", "begin", "end", "policy_published", "domain", "discovery_method", "p", "sp",
    "np", "adkim", "aspf", "fo", "testing", "pct", "records", "record", "row", "source_ip", "count",
    "policy_evaluated", "disposition", "dkim", "spf", "reason", "type", "comment", "identifiers",
    "identities", "header_from", "envelope_from", "envelope_to", "auth_results", "selector", "result",
    "scope", "human_result", "extension", "extensions",
};

/* "source_ip", and as some write it "sourceIp" or "source-ip". */
static bool is_name(struct str s, const char *name)
{
    size_t i = 0;

    for (; *name != '\0'; name++) {
        if (*name == '_') {
            i += i < s.n && (s.p[i] == '_' || s.p[i] == '-');
            continue;
        }
        if (i == s.n || char_lower(s.p[i++]) != *name)
            return false;
    }
    return i == s.n;
}

enum element element_of(struct str local_name)
{
    for (int i = 1; i < ELEMENTS; i++)
        if (is_name(local_name, names[i]))
            return (enum element)i;
    return EL_UNKNOWN;
}

const char *element_name(enum element e)
{
    MUST(e > EL_UNKNOWN && e < ELEMENTS);
    return names[e];
}

bool element_is_leaf(enum element e, enum element parent)
{
    switch (e) {
    case EL_UNKNOWN:
    case EL_FEEDBACK:
    case EL_REPORT_METADATA:
    case EL_DATE_RANGE:
    case EL_POLICY_PUBLISHED:
    case EL_RECORDS:
    case EL_RECORD:
    case EL_ROW:
    case EL_POLICY_EVALUATED:
    case EL_REASON:
    case EL_IDENTIFIERS:
    case EL_IDENTITIES:
    case EL_AUTH_RESULTS:
    case EL_EXTENSION:
    case EL_EXTENSIONS:
        return false;
    case EL_DKIM:
    case EL_SPF:
        return parent != EL_AUTH_RESULTS;
    default:
        return true;
    }
}
