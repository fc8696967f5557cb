#include "dns/answer.h"

#include <stdlib.h>
#include <string.h>

#include "dns/name.h"

/* RFC 1035 section 3.3.14: one or more character-strings; RFC 7208 section 3.3 joins them without a gap */
static bool txt_joined(const struct rdata *rd, char *out, size_t *n)
{
    size_t at = 0, used = 0;

    while (at < rd->n) {
        size_t piece = rd->p[at++];

        if (piece > rd->n - at)
            return false;
        memcpy(out + used, rd->p + at, piece);
        used += piece;
        at += piece;
    }
    out[used] = '\0';
    *n = used;
    return rd->n > 0;
}

/* RFC 1035 section 3.3.13: MNAME, RNAME, and SERIAL first of five numbers. */
static bool soa_read(struct dns_rr *rr, const struct rdata *rd, char *text, size_t *n)
{
    size_t at = 0;

    while (at < rd->n && rd->p[at] != 0)
        at += 1u + rd->p[at];
    if (at >= rd->n || rd->n - at < 1 + 20 || !name_of_wire(rd->p, at + 1, text, n))
        return false;
    rr->name = text;
    rr->serial = 0;
    for (size_t i = rd->n - 20; i < rd->n - 16; i++)
        rr->serial = rr->serial << 8 | rd->p[i];
    return true;
}

/* Whether the text of a record is one name, with or without a number before it. */
static bool holds_name(enum dns_type type)
{
    return type == DNS_MX || type == DNS_PTR || type == DNS_NS || type == DNS_SOA;
}

/* Fills one record from its RDATA; text goes to `text`, which has text_room() bytes. */
static bool rr_fill(struct dns_rr *rr, enum dns_type type, const struct rdata *rd, char *text, size_t *used)
{
    size_t skip = type == DNS_MX ? 2 : 0;
    size_t n = 0;

    *rr = (struct dns_rr){.txt = STR_NONE};
    *used = 0;
    switch (type) {
    case DNS_A:
    case DNS_AAAA:
        rr->addr.family = type == DNS_A ? IP_V4 : IP_V6;
        if (rd->n != (type == DNS_A ? 4 : 16))
            return false;
        memcpy(rr->addr.b, rd->p, rd->n);
        return true;
    case DNS_TXT:
    case DNS_SPF:
        if (!txt_joined(rd, text, &n))
            return false;
        rr->txt = (struct str){text, n};
        break;
    case DNS_DS:
    case DNS_TLSA:
        if (rd->n > 0)
            memcpy(text, rd->p, rd->n);
        rr->txt = (struct str){text, rd->n};
        n = rd->n;
        text[n] = '\0';
        break;
    case DNS_SOA:
        if (!soa_read(rr, rd, text, &n))
            return false;
        break;
    case DNS_MX:
    case DNS_PTR:
    case DNS_NS:
        if (rd->n <= skip || !name_of_wire(rd->p + skip, rd->n - skip, text, &n))
            return false;
        if (type == DNS_MX)
            rr->preference = (uint16_t)(rd->p[0] << 8 | rd->p[1]);
        rr->name = text;
        break;
    }
    *used = n + 1;
    return true;
}

/* Room that the text of one record may need while it is written. */
static size_t text_room(enum dns_type type, size_t rdata_size)
{
    if (holds_name(type))
        return NAME_TEXT_SIZE;
    return type == DNS_A || type == DNS_AAAA ? 0 : rdata_size + 1;
}

static int by_preference(const void *a, const void *b)
{
    const struct dns_rr *x = a, *y = b;

    if (x->preference != y->preference)
        return x->preference < y->preference ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* The block is made for the longest names, then copied into one that fits: names are short, answers stay. */
static struct answer *answer_fitted(const struct answer *big, const char *text, size_t text_size)
{
    size_t count = big->pub.count, head = sizeof *big + count * sizeof(struct dns_rr);
    size_t canonical_size = big->pub.canonical[0] == '\0' ? 0 : strlen(big->pub.canonical) + 1;
    struct answer *a = malloc(head + text_size + canonical_size);
    struct dns_rr *rr;
    char *copy;

    if (a == NULL)
        return NULL;
    rr = (struct dns_rr *)(a + 1);
    copy = (char *)(rr + count);
    a->pub = big->pub;
    a->pub.rr = rr;
    a->bytes = head + text_size + canonical_size;
    atomic_init(&a->refs, 1);
    if (count > 0)
        memcpy(rr, big->pub.rr, count * sizeof *rr);
    if (text_size > 0)
        memcpy(copy, text, text_size);
    a->pub.canonical = canonical_size == 0 ? "" : memcpy(copy + text_size, big->pub.canonical, canonical_size);
    for (size_t i = 0; i < count; i++) {
        if (rr[i].txt.p != NULL)
            rr[i].txt.p = copy + (rr[i].txt.p - text);
        if (rr[i].name != NULL)
            rr[i].name = copy + (rr[i].name - text);
    }
    return a;
}

struct answer *answer_new(const struct dns_answer *head, enum dns_type type, const struct rdata *rd,
                          size_t n)
{
    struct answer big = {.pub = *head}, *a;
    struct dns_rr *rr = NULL;
    size_t room = 0, text_size = 0;
    char *text;

    n = n > DNS_RR_MAX ? DNS_RR_MAX : n;
    for (size_t i = 0; i < n; i++)
        room += text_room(type, rd[i].n);
    rr = calloc(n + 1, sizeof *rr);
    text = malloc(room + 1);
    big.pub.count = 0;
    big.pub.why = head->why == NULL ? "" : head->why;
    big.pub.canonical = head->canonical == NULL ? "" : head->canonical;
    for (size_t i = 0; rr != NULL && text != NULL && i < n; i++) {
        size_t used;

        if (!rr_fill(&rr[big.pub.count], type, &rd[i], text + text_size, &used))
            continue;
        text_size += used;
        big.pub.count++;
    }
    if (head->status == DNS_NOERROR && big.pub.count == 0)
        big.pub.status = DNS_NODATA;
    if (type == DNS_MX && rr != NULL && big.pub.count > 0)
        qsort(rr, big.pub.count, sizeof *rr, by_preference);
    big.pub.rr = rr;
    a = rr == NULL || text == NULL ? NULL : answer_fitted(&big, text, text_size);
    free(rr);
    free(text);
    return a;
}

struct answer *answer_failed(const char *why)
{
    return answer_new(&(struct dns_answer){.status = DNS_TEMPFAIL, .why = why}, DNS_A, NULL, 0);
}

struct answer *answer_ref(struct answer *a)
{
    (void)atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    return a;
}

void answer_unref(struct answer *a)
{
    if (a != NULL && atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) == 1)
        free(a);
}
