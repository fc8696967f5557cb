#include "dns/direct.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ldns/ldns.h>

#include "base/clock.h"
#include "dns/name.h"

enum { EDNS_BYTES = 1232, FIELDS_MAX = 2500 };

struct dns_direct {
    ldns_resolver *resolver;
    bool recursive;
};

struct dns_direct *dns_direct_open(const struct ip *server, uint16_t port, bool recursive, struct err *e)
{
    struct dns_direct *d = calloc(1, sizeof *d);
    bool v4 = server->family == IP_V4;
    ldns_rdf *address = ldns_rdf_new_frm_data(v4 ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA, v4 ? 4 : 16, server->b);
    const struct timeval wait = {.tv_sec = DNS_DIRECT_WAIT_MS / 1000};

    if (d != NULL)
        d->resolver = ldns_resolver_new();
    if (d == NULL || address == NULL || d->resolver == NULL ||
        ldns_resolver_push_nameserver(d->resolver, address) != LDNS_STATUS_OK) {
        ldns_rdf_deep_free(address);
        dns_direct_close(d);
        (void)err_set(e, RC_NOMEM, "no memory to ask a name server");
        return NULL;
    }
    ldns_rdf_deep_free(address);
    ldns_resolver_set_port(d->resolver, port);
    ldns_resolver_set_timeout(d->resolver, wait);
    ldns_resolver_set_retry(d->resolver, 1);
    ldns_resolver_set_recursive(d->resolver, recursive);
    ldns_resolver_set_edns_udp_size(d->resolver, EDNS_BYTES);
    ldns_resolver_set_fallback(d->resolver, false); /* to TCP we go ourselves: ldns waits anew for each byte */
    d->recursive = recursive;
    return d;
}

void dns_direct_close(struct dns_direct *d)
{
    if (d != NULL && d->resolver != NULL)
        ldns_resolver_deep_free(d->resolver);
    free(d);
}

/* ---- records ---- */

static void direct_put_record(struct arena *a, struct dns_direct_answer *out, struct str text)
{
    const char *copy = str_dup(a, text);

    if (copy != NULL)
        out->record[out->records++] = (struct str){copy, text.n};
}

/* The character-strings of a TXT record, joined. */
static void direct_put_txt(struct arena *a, struct dns_direct_answer *out, const ldns_rr *rr)
{
    size_t size = 1;
    struct strbuf b;

    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++)
        size += ldns_rdf_size(ldns_rr_rdf(rr, i));
    b = strbuf_new(a, size);
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        const ldns_rdf *string = ldns_rr_rdf(rr, i);

        if (ldns_rdf_size(string) > 1)
            strbuf_put(&b, (struct str){(const char *)ldns_rdf_data(string) + 1, ldns_rdf_size(string) - 1});
    }
    direct_put_record(a, out, strbuf_str(&b));
}

/* The fields of any other record as in a master file, names in lower case; `before` them. */
static void put_fields(struct arena *a, struct dns_direct_answer *out, const ldns_rr *rr, const char *before)
{
    struct strbuf b = strbuf_new(a, FIELDS_MAX);

    strbuf_puts(&b, before);
    for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
        char *text = ldns_rdf2str(ldns_rr_rdf(rr, i));
        bool name = ldns_rdf_get_type(ldns_rr_rdf(rr, i)) == LDNS_RDF_TYPE_DNAME;

        strbuf_puts(&b, i == 0 ? "" : " ");
        for (const char *p = text == NULL ? "" : text; *p != '\0'; p++)
            strbuf_putc(&b, name ? char_lower(*p) : *p);
        free(text);
    }
    direct_put_record(a, out, strbuf_str(&b));
}

static void take_record(struct arena *a, const ldns_rr *rr, const ldns_rdf *name, enum dns_type type,
                        struct dns_direct_answer *out)
{
    ldns_rr_type is = ldns_rr_get_type(rr);

    if ((is != (ldns_rr_type)type && is != LDNS_RR_TYPE_CNAME) || ldns_dname_compare(ldns_rr_owner(rr), name) != 0 ||
        out->records == DNS_DIRECT_RECORDS_MAX)
        return;
    if (out->records == 0 || ldns_rr_ttl(rr) < out->ttl)
        out->ttl = ldns_rr_ttl(rr);
    if (is == LDNS_RR_TYPE_CNAME)
        put_fields(a, out, rr, "alias to ");
    else if (is == LDNS_RR_TYPE_TXT)
        direct_put_txt(a, out, rr);
    else
        put_fields(a, out, rr, "");
    if (is == LDNS_RR_TYPE_SOA && ldns_rr_rd_count(rr) > 2)
        out->serial = ldns_rdf2native_int32(ldns_rr_rdf(rr, 2));
}

/* Whether the server may be believed about the name. */
static enum dns_direct_state direct_state(const struct dns_direct *d, const ldns_pkt *answer)
{
    ldns_pkt_rcode rcode = ldns_pkt_get_rcode(answer);

    if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN)
        return DNS_DIRECT_REFUSED;
    return d->recursive || ldns_pkt_aa(answer) ? DNS_DIRECT_ANSWERED : DNS_DIRECT_LAME;
}

/* ---- asking ---- */

/* Whether it is the answer to that question. */
static bool answers(const ldns_pkt *answer, const ldns_pkt *query)
{
    const ldns_rr_list *asked = ldns_pkt_question(answer);

    return ldns_pkt_qr(answer) && ldns_pkt_id(answer) == ldns_pkt_id(query) && ldns_rr_list_rr_count(asked) == 1 &&
           ldns_dname_compare(ldns_rr_owner(ldns_rr_list_rr(asked, 0)),
                              ldns_rr_owner(ldns_rr_list_rr(ldns_pkt_question(query), 0))) == 0;
}

/* Reads `n` bytes until then; false when they do not come. */
static bool tcp_read(int fd, uint8_t *to, size_t n, int64_t until_ms)
{
    for (size_t at = 0; at < n;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = until_ms - clock_mono_ms();
        ssize_t got = left > 0 && poll(&p, 1, (int)left) > 0 ? recv(fd, to + at, n - at, MSG_DONTWAIT) : 0;

        if (got <= 0)
            return false;
        at += (size_t)got;
    }
    return true;
}

/* An answer over that connection (RFC 1035, section 4.2.2); NULL. */
static ldns_pkt *tcp_answer(int fd, int64_t until_ms)
{
    uint8_t size[2], *wire;
    ldns_pkt *answer = NULL;
    size_t n;

    if (!tcp_read(fd, size, sizeof size, until_ms))
        return NULL;
    n = (size_t)size[0] << 8 | size[1];
    wire = malloc(n + 1);
    if (wire != NULL && tcp_read(fd, wire, n, until_ms) && ldns_wire2pkt(&answer, wire, n) != LDNS_STATUS_OK)
        answer = NULL;
    free(wire);
    return answer;
}

/* The question asked again where its answer was cut off; NULL. */
static ldns_pkt *ask_by_tcp(struct dns_direct *d, const ldns_pkt *query)
{
    const struct timeval wait = {.tv_sec = DNS_DIRECT_WAIT_MS / 1000};
    int64_t until_ms = clock_mono_ms() + DNS_DIRECT_WAIT_MS;
    ldns_buffer *wire = ldns_buffer_new(LDNS_MIN_BUFLEN);
    ldns_pkt *answer = NULL;
    size_t size = 0;
    struct sockaddr_storage *to = ldns_rdf2native_sockaddr_storage(ldns_resolver_nameservers(d->resolver)[0],
                                                                   ldns_resolver_port(d->resolver), &size);
    int fd = to == NULL ? -1 : ldns_tcp_connect2(to, (socklen_t)size, wait);

    if (fd >= 0 && wire != NULL && ldns_pkt2buffer_wire(wire, query) == LDNS_STATUS_OK &&
        ldns_tcp_send_query(wire, fd, to, (socklen_t)size) > 0)
        answer = tcp_answer(fd, until_ms);
    if (fd >= 0)
        (void)close(fd);
    free(to);
    ldns_buffer_free(wire);
    return answer;
}

/* A question, and the name it is about; query NULL: it cannot be asked. */
struct direct_question {
    ldns_rdf *name;
    ldns_pkt *query;
};

static struct direct_question question_begin(struct dns_direct *d, const char *name, enum dns_type type)
{
    struct direct_question q = {NULL, NULL};
    char text[NAME_TEXT_SIZE];
    size_t n;

    if (name_of_plain(name, text, &n))
        q.name = ldns_dname_new_frm_str(text);
    if (q.name != NULL && ldns_resolver_prepare_query_pkt(&q.query, d->resolver, q.name, (ldns_rr_type)type,
                                                          LDNS_RR_CLASS_IN, d->recursive ? LDNS_RD : 0) !=
                              LDNS_STATUS_OK)
        q.query = NULL;
    return q;
}

static void question_end(struct direct_question *q)
{
    ldns_pkt_free(q->query);
    ldns_rdf_deep_free(q->name);
}

static void take_answer(const struct dns_direct *d, struct arena *a, const struct direct_question *q,
                        enum dns_type type, const ldns_pkt *answer, struct dns_direct_answer *out)
{
    const ldns_rr_list *rrs = ldns_pkt_answer(answer);

    if (!answers(answer, q->query))
        return;
    out->state = direct_state(d, answer);
    for (size_t i = 0; out->state == DNS_DIRECT_ANSWERED && i < ldns_rr_list_rr_count(rrs); i++)
        take_record(a, ldns_rr_list_rr(rrs, i), q->name, type, out);
}

void dns_direct_ask(struct dns_direct *d, struct arena *a, const char *name, enum dns_type type,
                    struct dns_direct_answer *out)
{
    struct direct_question q = question_begin(d, name, type);
    ldns_pkt *answer = NULL;

    *out = (struct dns_direct_answer){.state = DNS_DIRECT_SILENT};
    if (q.query != NULL && ldns_resolver_send_pkt(&answer, d->resolver, q.query) != LDNS_STATUS_OK)
        answer = NULL;
    if (answer != NULL && ldns_pkt_tc(answer) && answers(answer, q.query)) {
        ldns_pkt_free(answer);
        answer = ask_by_tcp(d, q.query);
    }
    if (answer != NULL)
        take_answer(d, a, &q, type, answer, out);
    ldns_pkt_free(answer);
    question_end(&q);
}

void dns_direct_read(struct dns_direct *d, struct arena *a, const char *name, enum dns_type type,
                     const uint8_t *wire, size_t n, struct dns_direct_answer *out)
{
    struct direct_question q = question_begin(d, name, type);
    ldns_pkt *answer = NULL;

    *out = (struct dns_direct_answer){.state = DNS_DIRECT_SILENT};
    if (q.query != NULL && ldns_wire2pkt(&answer, wire, n) == LDNS_STATUS_OK) {
        ldns_pkt_set_id(q.query, ldns_pkt_id(answer));
        take_answer(d, a, &q, type, answer, out);
        ldns_pkt_free(answer);
    }
    question_end(&q);
}
