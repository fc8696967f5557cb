/*
 * element.h - the elements of an aggregate report by number.
 */
#ifndef ASSAY_INCOMING_ELEMENT_H
#define ASSAY_INCOMING_ELEMENT_H

#include <stdbool.h>

#include "base/str.h"

enum element {
    EL_UNKNOWN,
    EL_FEEDBACK, EL_VERSION, EL_REPORT_METADATA, EL_ORG_NAME, EL_EMAIL, EL_EXTRA_CONTACT_INFO, EL_REPORT_ID, EL_ERROR,
    EL_GENERATOR, EL_DATE_RANGE, EL_BEGIN, EL_END, EL_POLICY_PUBLISHED, EL_DOMAIN, EL_DISCOVERY_METHOD, EL_P, EL_SP,
    EL_NP, EL_ADKIM, EL_ASPF, EL_FO, EL_TESTING, EL_PCT, EL_RECORDS, EL_RECORD, EL_ROW, EL_SOURCE_IP, EL_COUNT,
    EL_POLICY_EVALUATED, EL_DISPOSITION, EL_DKIM, EL_SPF, EL_REASON, EL_TYPE, EL_COMMENT, EL_IDENTIFIERS,
    EL_IDENTITIES, EL_HEADER_FROM, EL_ENVELOPE_FROM, EL_ENVELOPE_TO, EL_AUTH_RESULTS, EL_SELECTOR, EL_RESULT,
    EL_SCOPE, EL_HUMAN_RESULT, EL_EXTENSION, EL_EXTENSIONS,
    ELEMENTS
};

/* By its local name in any case; EL_UNKNOWN. */
enum element element_of(struct str local_name);

/* In lower case; not of EL_UNKNOWN. */
const char *element_name(enum element e);

/* Whether it holds text and no element, when it stands in `parent`. */
bool element_is_leaf(enum element e, enum element parent);

#endif
