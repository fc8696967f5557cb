#include "spf/iprev.h"

static bool iprev_holds(const struct dns_answer *addresses, const struct ip *ip)
{
    for (size_t i = 0; i < addresses->count; i++)
        if (ip_eq(&addresses->rr[i].addr, ip))
            return true;
    return false;
}

/* Forward confirmation: pass at the first name that leads back; a failed lookup outweighs a mismatch. */
static void confirm(const struct dns_answer *ptr, const struct ip *ip, struct dns_scope *dns,
                    struct iprev_evidence *out)
{
    enum dns_type type = ip->family == IP_V4 ? DNS_A : DNS_AAAA;

    out->result = IPREV_FAIL;
    out->name = ptr->rr[0].name;
    for (size_t i = 0; i < ptr->count && i < IPREV_NAMES_MAX; i++) {
        const struct dns_answer *forward = dns_ask(dns, ptr->rr[i].name, type);

        if (forward->status == DNS_TEMPFAIL)
            out->result = IPREV_TEMPERROR;
        if (iprev_holds(forward, ip)) {
            *out = (struct iprev_evidence){.result = IPREV_PASS, .name = ptr->rr[i].name};
            return;
        }
    }
}

void iprev_check(const struct ip *ip, struct dns_scope *dns, struct iprev_evidence *out)
{
    char name[IP_ARPA_MAX];
    const struct dns_answer *ptr = dns_ask(dns, ip_arpa(ip, name), DNS_PTR);

    *out = (struct iprev_evidence){.result = IPREV_PERMERROR, .name = ""};
    if (ptr->status == DNS_TEMPFAIL)
        out->result = IPREV_TEMPERROR;
    else if (ptr->count > 0)
        confirm(ptr, ip, dns, out);
}
