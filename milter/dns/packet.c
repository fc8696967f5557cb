#include "dns/packet.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/nameser.h>
#include <resolv.h>

#include "dns/name.h"

/* RDATAs found so far, and where their names are unpacked to. */
struct rrset {
    char canonical[NAME_TEXT_SIZE]; /* at the end of the aliases; "" none */
    struct rdata rd[DNS_RR_MAX];
    uint8_t name[DNS_RR_MAX][2 + NS_MAXCDNAME + 20]; /* an SOA has two names and five numbers; its RNAME is not kept */
    size_t n;
};

const char *packet_rcode_name(int rcode)
{
    static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};

    if (rcode < 0 || (size_t)rcode >= sizeof names / sizeof names[0])
        return "an error response";
    return names[rcode];
}

/* RFC 1035 section 4.1.4: names within RDATA may be compressed; `skip` bytes stand before the name. */
static bool name_unpack(const ns_msg *m, const ns_rr *rr, size_t skip, uint8_t out[2 + NS_MAXCDNAME],
                        size_t *n)
{
    const uint8_t *rdata = ns_rr_rdata(*rr);
    uint8_t *name = out + skip;
    size_t at = 0;

    if (ns_rr_rdlen(*rr) <= skip ||
        ns_name_unpack(ns_msg_base(*m), ns_msg_end(*m), rdata + skip, name, NS_MAXCDNAME) < 0)
        return false;
    for (size_t i = 0; i < skip; i++)
        out[i] = rdata[i];
    while (name[at] != 0)
        at += 1u + name[at];
    *n = skip + at + 1;
    return true;
}

/* MNAME, the root as RNAME, and the five numbers at the end of the RDATA. */
static bool soa_unpack(const ns_msg *m, const ns_rr *rr, uint8_t out[2 + NS_MAXCDNAME + 20], size_t *n)
{
    enum { NUMBERS = 20 };

    if (ns_rr_rdlen(*rr) < NUMBERS + 2 || !name_unpack(m, rr, 0, out, n))
        return false;
    out[(*n)++] = 0;
    memcpy(out + *n, ns_rr_rdata(*rr) + ns_rr_rdlen(*rr) - NUMBERS, NUMBERS);
    *n += NUMBERS;
    return true;
}

static void record_take(struct rrset *f, const ns_msg *m, const ns_rr *rr, enum dns_type type)
{
    struct rdata *rd = &f->rd[f->n];

    if (type == DNS_SOA) {
        rd->p = f->name[f->n];
        if (!soa_unpack(m, rr, f->name[f->n], &rd->n))
            return;
    } else if (type == DNS_MX || type == DNS_PTR || type == DNS_NS) {
        rd->p = f->name[f->n];
        if (!name_unpack(m, rr, type == DNS_MX ? 2 : 0, f->name[f->n], &rd->n))
            return;
    } else {
        *rd = (struct rdata){ns_rr_rdata(*rr), ns_rr_rdlen(*rr)};
    }
    f->n++;
}

static uint32_t packet_lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Where the aliases lead: to the owner of the records asked for; with none of them, to the target of the last one. */
static void packet_follow_aliases(struct rrset *f, const ns_msg *m, const ns_rr *rr)
{
    uint8_t wire[2 + NS_MAXCDNAME];
    size_t n = 0, ignored;

    if (ns_rr_type(*rr) == ns_t_cname) {
        if (!name_unpack(m, rr, 0, wire, &n))
            return;
    } else {
        if (ns_name_pton(ns_rr_name(*rr), wire, sizeof wire) < 0)
            return;
        while (wire[n] != 0)
            n += 1u + wire[n];
        n++;
    }
    if (!name_of_wire(wire, n, f->canonical, &ignored))
        f->canonical[0] = '\0';
}

/* The records of `type`, whether there was an alias, and the least TTL; false when malformed. */
static bool answers_read(ns_msg *m, enum dns_type type, struct rrset *f, struct dns_answer *head)
{
    for (int i = 0; i < ns_msg_count(*m, ns_s_an); i++) {
        ns_rr rr;
        unsigned got;

        if (ns_parserr(m, ns_s_an, i, &rr) < 0)
            return false;
        if (ns_rr_class(rr) != ns_c_in)
            continue;
        got = (unsigned)ns_rr_type(rr);
        head->cname = head->cname || got == ns_t_cname;
        if (got == ns_t_cname || got == type)
            head->ttl = packet_lesser(head->ttl, ns_rr_ttl(rr));
        if (head->cname && f->n == 0 && (got == ns_t_cname || got == type))
            packet_follow_aliases(f, m, &rr);
        if (got == type && f->n < DNS_RR_MAX)
            record_take(f, m, &rr, type);
    }
    return true;
}

/* RFC 2308 section 5: the lesser of the SOA's TTL and its MINIMUM field, the last four bytes of it. */
static uint32_t negative_ttl(ns_msg *m)
{
    for (int i = 0; i < ns_msg_count(*m, ns_s_ns); i++) {
        ns_rr rr;

        if (ns_parserr(m, ns_s_ns, i, &rr) < 0)
            return 0;
        if (ns_rr_type(rr) == ns_t_soa && ns_rr_rdlen(rr) >= 4)
            return packet_lesser(ns_rr_ttl(rr), (uint32_t)ns_get32(ns_rr_rdata(rr) + ns_rr_rdlen(rr) - 4));
    }
    return 0;
}

static struct answer *read_into(struct rrset *f, const uint8_t *packet, size_t size, enum dns_type type,
                                bool secure)
{
    struct dns_answer head = {.secure = secure, .ttl = UINT32_MAX};
    ns_msg m;
    int rcode;

    if (size > NS_MAXMSG || ns_initparse(packet, (int)size, &m) < 0)
        return answer_failed("malformed response");
    rcode = ns_msg_getflag(m, ns_f_rcode);
    if (rcode != ns_r_noerror && rcode != ns_r_nxdomain)
        return answer_failed(packet_rcode_name(rcode));
    if (!answers_read(&m, type, f, &head))
        return answer_failed("malformed response");
    /* RFC 6604 section 3: the code speaks of the last name of a chain of aliases */
    head.canonical = f->canonical;
    head.status = rcode == ns_r_nxdomain ? DNS_NXDOMAIN : f->n > 0 ? DNS_NOERROR : DNS_NODATA;
    if (head.status != DNS_NOERROR)
        head.ttl = packet_lesser(head.ttl, negative_ttl(&m));
    return answer_new(&head, type, f->rd, head.status == DNS_NOERROR ? f->n : 0);
}

struct answer *packet_answer(const uint8_t *packet, size_t size, enum dns_type type, bool secure)
{
    struct rrset *f = malloc(sizeof *f);
    struct answer *a;

    if (f == NULL)
        return NULL;
    f->n = 0;
    a = read_into(f, packet, size, type, secure);
    free(f);
    return a;
}
