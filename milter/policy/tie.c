#include "policy/tie.h"

#include <string.h>

#include "mail/domain.h"

static bool tie_is_own(const struct record *r, const char *domain)
{
    const char *own = r->org_domain[0] != '\0' ? r->org_domain : r->author_domain;

    return own[0] != '\0' && domain[0] != '\0' && domain_is_within(domain, own);
}

static bool tie_by_name(const struct record *r)
{
    return strcmp(r->iprev, enum_name(&iprev_result_names, IPREV_PASS)) == 0 && tie_is_own(r, r->client_name);
}

bool tie_is_claimed(const struct record *r)
{
    return r->author_domain[0] != '\0' && r->client_ip[0] != '\0' &&
           (tie_is_own(r, r->mail_from_domain) || tie_by_name(r));
}

bool tie_is_proved(const struct record *r)
{
    return tie_is_claimed(r) && strcmp(r->dmarc, enum_name(&dmarc_result_names, DMARC_PASS)) == 0 &&
           (r->spf_aligned != 0 || (r->dkim_aligned != 0 && tie_by_name(r)));
}
