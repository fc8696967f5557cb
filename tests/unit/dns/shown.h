/* An answer as one line of text, for tables of tests. */
#ifndef ASSAY_TESTS_DNS_SHOWN_H
#define ASSAY_TESTS_DNS_SHOWN_H

#include "base/str.h"
#include "dns/dns.h"

static inline const char *shown(const struct dns_answer *a, enum dns_type type, char *mem, size_t size)
{
    struct strbuf b = strbuf_on(mem, size);
    char ip[IP_TEXT_MAX];

    strbuf_puts(&b, enum_name(&dns_status_names, (int)a->status));
    if (a->cname)
        strbuf_putf(&b, " cname %s:", a->canonical);
    if (a->why[0] != '\0')
        strbuf_putf(&b, " %s", a->why);
    for (size_t i = 0; i < a->count; i++) {
        const struct dns_rr *rr = &a->rr[i];

        strbuf_putc(&b, ' ');
        if (type == DNS_A || type == DNS_AAAA)
            strbuf_puts(&b, ip_text(&rr->addr, ip));
        else if (type == DNS_SOA)
            strbuf_putf(&b, "%s %u", rr->name, rr->serial);
        else if (type == DNS_TXT || type == DNS_SPF || type == DNS_DS || type == DNS_TLSA)
            strbuf_put_escaped(&b, rr->txt, 100);
        else if (type == DNS_MX)
            strbuf_putf(&b, "%u=%s", rr->preference, rr->name);
        else
            strbuf_puts(&b, rr->name);
    }
    return mem;
}

/* Asks in a scope of its own, so that what the cache says is seen. */
static inline const char *asked(struct dns *d, const char *name, enum dns_type type, char *mem, size_t size)
{
    struct dns_scope *s = dns_scope_new(d, 5000);

    (void)shown(dns_ask(s, name, type), type, mem, size);
    dns_scope_free(s);
    return mem;
}

#endif
