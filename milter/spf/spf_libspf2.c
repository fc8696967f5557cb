#include "spf/spf_libspf2.h"

#include <sys/types.h>
#include <netinet/in.h>
#include <spf2/spf.h>
#include <string.h>

/* "EXCHANGE.STEP.s"; "v=spf1" and terms as long as " +include:0.121.s" and " +mx:0.121.s/32//128". */
enum { NAME_SIZE = 32, RECORD_SIZE = 16 + 32 * SPF_STEPS_MAX, OUR_LIMITS_ARE_LOWER = 1000 };

/*
 * What each run's server is a copy of; NULL until spf_libspf2_init.  A new one
 * would compile an explanation, which nobody asks it for and which takes
 * longer than most records.
 */
static SPF_server_t *pattern;

struct run {
    struct spf_eval *eval;
    SPF_dns_server_t server; /* its hook is this run */
    SPF_dns_rr_t *spare;     /* "try again", for when there is no memory: the library aborts on NULL */
};

/* ---- names by number ---- */

/* Step 0 is the sender's domain, exchange 0 the step's own name, n the nth exchange of an mx. */
static void name_write(struct strbuf *out, size_t exchange, size_t step)
{
    strbuf_putf(out, "%zu.%zu.s", exchange, step);
}

static bool spf_libspf2_name_read(const char *name, uint32_t *exchange, uint32_t *step)
{
    struct str rest = str_of(name);
    size_t dot = str_find(rest, '.');

    if (!str_to_u32(str_slice(rest, 0, dot), exchange))
        return false;
    rest = str_slice(rest, dot + 1, rest.n);
    return str_to_u32(str_slice(rest, 0, str_find(rest, '.')), step);
}

static struct spf_step *step_at(struct spf_eval *e, uint32_t number)
{
    return number == 0 || number > e->steps ? NULL : &e->step[number - 1];
}

/* ---- addresses as the library sees them ---- */

static unsigned prefix_bits(const struct spf_eval *e, const struct spf_term *term)
{
    return e->values.ip.family == IP_V4 ? term->bits4 : term->bits6;
}

static bool spf_libspf2_is_loopback(const struct ip *ip)
{
    static const struct ip one = {.family = IP_V6, .b = {[15] = 1}};

    return ip->family == IP_V4 ? ip->b[0] == 127 : ip_eq(ip, &one);
}

/*
 * The library passes a loopback client without looking.  Whether a prefix
 * matches does not change when the same bit is flipped on both sides, so
 * for such a client every address is shown with its first bit flipped.
 */
static struct ip disguised(const struct spf_eval *e, struct ip ip)
{
    if (spf_libspf2_is_loopback(&e->values.ip))
        ip.b[0] ^= 0x80;
    return ip;
}

/* ---- answers ---- */

static bool reply_room(SPF_dns_rr_t *reply, size_t size)
{
    if (SPF_dns_rr_buf_realloc(reply, reply->num_rr, size) != SPF_E_SUCCESS)
        return false;
    reply->herrno = NETDB_SUCCESS;
    reply->num_rr++;
    return true;
}

static bool reply_address(SPF_dns_rr_t *reply, const struct ip *ip)
{
    if (!reply_room(reply, sizeof(SPF_dns_rr_data_t)))
        return false;
    if (ip->family == IP_V4)
        memcpy(&reply->rr[reply->num_rr - 1]->a, ip->b, 4);
    else
        memcpy(&reply->rr[reply->num_rr - 1]->aaaa, ip->b, 16);
    return true;
}

/* The library refuses /0, which matches any address there is: each becomes the client's. */
static bool reply_addresses(SPF_dns_rr_t *reply, const struct spf_eval *e, const struct spf_term *term,
                            const struct dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct ip ip = disguised(e, prefix_bits(e, term) == 0 ? e->values.ip : answer->rr[i].addr);

        if (!reply_address(reply, &ip))
            return false;
    }
    return true;
}

static bool reply_exchanges(SPF_dns_rr_t *reply, const struct dns_answer *answer, size_t step)
{
    for (size_t i = 0; i < answer->count && i <= SPF_MX_MAX; i++) {
        char mem[NAME_SIZE];
        struct strbuf name = STRBUF_ON(mem);

        name_write(&name, i + 1, step);
        if (!reply_room(reply, sizeof mem))
            return false;
        memcpy(reply->rr[i], mem, sizeof mem);
    }
    return true;
}

/* False without memory, and when stopped. */
static bool reply_fill(SPF_dns_rr_t *reply, struct spf_eval *e, uint32_t exchange, uint32_t number)
{
    static const struct ip any = {.family = IP_V4};
    struct spf_step *step = step_at(e, number);
    const struct dns_answer *answer;

    if (step == NULL)
        return false;
    if (step->term->kind != SPF_TERM_A && step->term->kind != SPF_TERM_MX)
        return (!spf_eval_matches(e, step) || reply_address(reply, &any)) && !e->stopped;
    if (step->term->kind == SPF_TERM_MX && exchange == 0) {
        answer = spf_eval_exchanges(e, step);
        return answer != NULL && reply_exchanges(reply, answer, number);
    }
    answer = exchange == 0 ? spf_eval_hosts(e, step) : spf_eval_exchange(e, step, exchange - 1);
    return answer != NULL && reply_addresses(reply, e, step->term, answer);
}

/* ---- hooks ---- */

/* Never NULL.  "Try again" makes the library end at once. */
static SPF_dns_rr_t *spf_libspf2_lookup(SPF_dns_server_t *server, const char *name, ns_type type, int should_cache)
{
    struct run *run = server->hook;
    SPF_dns_rr_t *reply = SPF_dns_rr_new_init(server, name, type, 0, HOST_NOT_FOUND);
    uint32_t exchange, step;

    (void)should_cache;
    if (reply != NULL && spf_libspf2_name_read(name, &exchange, &step) && reply_fill(reply, run->eval, exchange, step))
        return reply;
    spf_eval_stop(run->eval, SPF_TROUBLE_MEMORY, "", NULL, "out of memory");
    if (reply == NULL) {
        reply = run->spare;
        run->spare = NULL;
    } else {
        reply->herrno = TRY_AGAIN;
    }
    return reply;
}

/* One term of a record for the library; all that is decided here is an "exists". */
static void term_write(struct strbuf *out, const struct spf_term *term, size_t number)
{
    bool hosts = term->kind == SPF_TERM_A || term->kind == SPF_TERM_MX;

    strbuf_putc(out, ' ');
    if (term->kind == SPF_TERM_REDIRECT) {
        strbuf_puts(out, "redirect=");
    } else {
        strbuf_putc(out, term->qualifier);
        strbuf_puts(out, term->kind == SPF_TERM_A         ? "a:"
                         : term->kind == SPF_TERM_MX      ? "mx:"
                         : term->kind == SPF_TERM_INCLUDE ? "include:"
                                                          : "exists:");
    }
    name_write(out, 0, number);
    if (hosts && term->bits4 > 0)
        strbuf_putf(out, "/%u", term->bits4);
    if (hosts && term->bits6 > 0)
        strbuf_putf(out, "//%u", term->bits6);
}

/* Asked for the sender's domain, for each include and for redirect. */
static SPF_errcode_t get_spf(SPF_server_t *server, SPF_request_t *request, SPF_response_t *response,
                             SPF_record_t **out)
{
    struct run *run = server->resolver->hook;
    char mem[RECORD_SIZE];
    struct strbuf text = STRBUF_ON(mem);
    const struct spf_policy *policy;
    uint32_t exchange, number;

    MUST(spf_libspf2_name_read(request->cur_dom, &exchange, &number));
    policy = spf_eval_open(run->eval, step_at(run->eval, number));
    if (policy == NULL)
        return SPF_E_DNS_ERROR;
    strbuf_puts(&text, "v=spf1");
    for (size_t i = policy->first; i < policy->first + policy->n; i++)
        term_write(&text, run->eval->step[i].term, i + 1);
    MUST(!text.over);
    return SPF_record_compile(server, response, out, mem);
}

/* Explanations are ours (spf_explain.h). */
static SPF_errcode_t get_exp(SPF_server_t *server, const char *domain, char **buf, size_t *size)
{
    (void)server;
    (void)domain;
    (void)buf;
    (void)size;
    return SPF_E_NOT_SPF;
}

/* ---- the run ---- */

static SPF_errcode_t set_client(SPF_request_t *request, const struct spf_eval *e)
{
    struct ip ip = disguised(e, e->values.ip);
    struct in_addr v4;
    struct in6_addr v6;

    if (ip.family == IP_V4) {
        memcpy(&v4, ip.b, sizeof v4);
        return SPF_request_set_ipv4(request, v4);
    }
    memcpy(&v6, ip.b, sizeof v6);
    return SPF_request_set_ipv6(request, v6);
}

/* RFC 7208 section 2.6 from the library's words; what it cannot do is never a fail. */
static void spf_libspf2_take_result(struct spf_eval *e, SPF_response_t *response, SPF_errcode_t code)
{
    e->matched = SPF_response_reason(response) == SPF_REASON_MECH;
    switch (SPF_response_result(response)) {
    case SPF_RESULT_NEUTRAL: e->result = SPF_NEUTRAL; break;
    case SPF_RESULT_PASS: e->result = SPF_PASS; break;
    case SPF_RESULT_FAIL: e->result = SPF_FAIL; break;
    case SPF_RESULT_SOFTFAIL: e->result = SPF_SOFTFAIL; break;
    default:
        spf_eval_stop(e, code == SPF_E_DNS_ERROR || code == SPF_E_NO_MEMORY ? SPF_TROUBLE_MEMORY : SPF_TROUBLE_OURS,
                      "", NULL, "libspf2 cannot evaluate the record: %s", SPF_strerror(code));
    }
}

/* False without memory. */
static bool query(struct run *run, SPF_request_t *request)
{
    SPF_response_t *response = NULL;
    char sender[NAME_SIZE];
    struct strbuf out = STRBUF_ON(sender);
    SPF_errcode_t code;

    strbuf_puts(&out, "sender@");
    name_write(&out, 0, 0);
    if (set_client(request, run->eval) != SPF_E_SUCCESS || SPF_request_set_env_from(request, sender) != 0)
        return false;
    code = SPF_request_query_mailfrom(request, &response);
    if (response == NULL)
        return false;
    if (!run->eval->stopped)
        spf_libspf2_take_result(run->eval, response, code);
    SPF_response_free(response);
    return true;
}

void spf_libspf2_run(struct spf_eval *e)
{
    struct run run = {.eval = e};
    SPF_server_t server;
    SPF_request_t *request = NULL;

    run.server = (SPF_dns_server_t){
        .lookup = spf_libspf2_lookup, .get_spf = get_spf, .get_exp = get_exp, .name = "assay", .hook = &run};
    run.spare = SPF_dns_rr_new_init(&run.server, "", ns_t_any, 0, TRY_AGAIN);
    if (run.spare != NULL && pattern != NULL) {
        server = *pattern;
        server.resolver = &run.server;
        request = SPF_request_new(&server);
    }
    if (request == NULL || !query(&run, request))
        spf_eval_stop(e, SPF_TROUBLE_MEMORY, "", NULL, "out of memory");
    if (request != NULL)
        SPF_request_free(request);
    if (run.spare != NULL)
        SPF_dns_rr_free(run.spare);
}

/* The library calls this for broken invariants of its own, and aborts whatever we do. */
static __attribute__((noreturn)) void on_error(const char *file, int line, const char *text)
{
    err_abort(text, file, line);
}

enum rc spf_libspf2_init(struct err *e)
{
    static SPF_dns_server_t nobody = {.name = "nobody"};

    SPF_error_handler = on_error;
    SPF_warning_handler = NULL;
    SPF_info_handler = NULL;
    SPF_debug_handler = NULL;
    if (pattern == NULL)
        pattern = SPF_server_new_dns(&nobody, 0);
    if (pattern == NULL)
        return err_set(e, RC_NOMEM, "no memory for libspf2");
    (void)SPF_server_set_max_dns_mech(pattern, OUR_LIMITS_ARE_LOWER);
    (void)SPF_server_set_max_dns_mx(pattern, OUR_LIMITS_ARE_LOWER);
    (void)SPF_server_set_max_dns_ptr(pattern, OUR_LIMITS_ARE_LOWER);
    return RC_OK;
}
