#include "spf/spf_ptr.h"

#include <string.h>

#include "mail/domain.h"
#include "spf/spf_eval.h"

const struct dns_answer *spf_ptr_ask(struct dns_scope *dns, const struct ip *client)
{
    char name[IP_ARPA_MAX];

    return dns_ask(dns, ip_arpa(client, name), DNS_PTR);
}

/* A DNS error here skips the name (section 5.5). */
static bool spf_ptr_confirmed(struct dns_scope *dns, const struct ip *client, const char *name)
{
    const struct dns_answer *answer = dns_ask(dns, name, client->family == IP_V4 ? DNS_A : DNS_AAAA);

    for (size_t i = 0; i < answer->count; i++)
        if (ip_eq(&answer->rr[i].addr, client))
            return true;
    return false;
}

const char *spf_ptr_within(struct dns_scope *dns, const struct ip *client, const struct dns_answer *names,
                           const char *domain)
{
    for (size_t i = 0; i < names->count && i < SPF_PTR_MAX; i++) {
        const char *name = names->rr[i].name;

        if ((domain[0] == '\0' || domain_is_within(name, domain)) && spf_ptr_confirmed(dns, client, name))
            return name;
    }
    return NULL;
}

const char *spf_ptr_validated(struct dns_scope *dns, const struct ip *client, const char *domain)
{
    const struct dns_answer *names = spf_ptr_ask(dns, client);
    const char *found = NULL;

    for (size_t i = 0; i < names->count && i < SPF_PTR_MAX; i++)
        if (strcmp(names->rr[i].name, domain) == 0 && spf_ptr_confirmed(dns, client, domain))
            return domain;
    found = spf_ptr_within(dns, client, names, domain);
    if (found == NULL)
        found = spf_ptr_within(dns, client, names, "");
    return found == NULL ? "unknown" : found;
}
