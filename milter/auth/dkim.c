#include "auth/dkim.h"

#include <string.h>

#include <opendkim/dkim.h>
/* two names that the library takes and our own enumeration needs */
#undef DKIM_CANON_SIMPLE
#undef DKIM_CANON_RELAXED

#include "auth/dkim_key.h"
#include "auth/dkim_length.h"
#include "auth/dkim_plan.h"

/*
 * libopendkim 2.11 takes guarding.  It is given well-formed signatures only,
 * at most as many as the limits say; a key record comes to it rewritten; and
 * its verdict counts only where our own reading of signature and key has no
 * objection.
 */

/* What became of the key of one signature. */
struct lookup {
    struct dkim_key key;
    const char *record;      /* what the library gets to see; NULL: nothing usable */
    bool temp;
    const char *why;         /* why not usable; "" */
};

struct dkimv {
    struct message *m;
    struct dns_scope *dns;
    unsigned min_key_bits;
    struct dkim_plan plan;
    struct lookup *lookup;   /* one an entry */
    size_t *fed;             /* entries the library took, in its order */
    size_t fed_count;
    DKIM *lib;               /* NULL: nothing to verify, or it gave up */
    bool broken;             /* it gave up in the middle */
    struct dkim_length length;
    char tail[2];            /* the last two bytes of the body */
};

/* Set once before threads start; the library shares it among threads without writing to it. */
static DKIM_LIB *library;

/* ---- the library ---- */

/* Which entry `sig` is: the library keeps the order in which fields were given.  NULL when it did not. */
static struct dkim_entry *entry_of(const struct dkimv *v, DKIM_SIGINFO *const *sigs, int n, const DKIM_SIGINFO *sig)
{
    for (int i = 0; i < n && (size_t)i < v->fed_count; i++)
        if (sigs[i] == sig)
            return &v->plan.entry[v->fed[i]];
    return NULL;
}

/* A key must never verify a signature of another name, so what must be so anyway is made sure of. */
static bool same_name(const struct dkim_entry *e, DKIM_SIGINFO *sig)
{
    return str_eq_nocase(str_of((const char *)dkim_sig_getdomain(sig)), str_of(e->sig.domain)) &&
           str_eq_nocase(str_of((const char *)dkim_sig_getselector(sig)), str_of(e->sig.selector));
}

/* Asked for a key at end of message: hands over what collect_key found. */
static DKIM_CBSTAT key_lookup(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t size)
{
    const struct dkimv *v = dkim_get_user_context(dkim);
    DKIM_SIGINFO **sigs;
    struct dkim_entry *e = NULL;
    const struct lookup *l;
    int n;

    if (dkim_getsiglist(dkim, &sigs, &n) == DKIM_STAT_OK)
        e = entry_of(v, sigs, n, sig);
    if (e == NULL || !e->check || !same_name(e, sig))
        return DKIM_CBSTAT_NOTFOUND;
    l = &v->lookup[e - v->plan.entry];
    if (l->temp)
        return DKIM_CBSTAT_TRYAGAIN;
    if (l->record == NULL || strlen(l->record) >= size)
        return DKIM_CBSTAT_NOTFOUND;
    memcpy(buf, l->record, strlen(l->record) + 1);
    return DKIM_CBSTAT_CONTINUE;
}

static bool set_option(dkim_opts_t name, void *value, size_t size)
{
    return dkim_options(library, DKIM_OP_SETOPT, name, value, size) == DKIM_STAT_OK;
}

enum rc dkimv_init(struct err *e)
{
    unsigned flags = DKIM_LIBFLAGS_DELAYSIGPROC, bits = 1024;
    uint64_t drift = DKIM_FUTURE_SLACK;

    library = dkim_init(NULL, NULL);
    if (library == NULL)
        return err_set(e, RC_NOMEM, "no memory for libopendkim");
    if (!set_option(DKIM_OPTS_FLAGS, &flags, sizeof flags) ||
        !set_option(DKIM_OPTS_CLOCKDRIFT, &drift, sizeof drift) ||
        !set_option(DKIM_OPTS_MINKEYBITS, &bits, sizeof bits) ||
        dkim_set_key_lookup(library, key_lookup) != DKIM_STAT_OK) {
        dkimv_shutdown();
        return err_set(e, RC_INTERNAL, "libopendkim does not take its options: is it version 2.11?");
    }
    return RC_OK;
}

void dkimv_shutdown(void)
{
    if (library != NULL)
        dkim_close(library);
    library = NULL;
}

/* ---- begin ---- */

/* Says of every signature still to be checked that it cannot be. */
static void decide_rest(struct dkimv *v, enum dkim_result result, const char *reason)
{
    for (size_t i = 0; i < v->plan.n; i++) {
        struct dkim_entry *e = &v->plan.entry[i];

        if (!e->check)
            continue;
        e->check = false;
        e->result = result;
        e->reason = reason;
    }
}

static void give_up(struct dkimv *v)
{
    (void)dkim_free(v->lib);
    v->lib = NULL;
}

/* Writes "Name:value", as the library wants a field; its length, which is never 0: the library asserts that. */
static size_t compose(const struct header *h, char *buf)
{
    memcpy(buf, h->name.p, h->name.n);
    buf[h->name.n] = ':';
    if (h->value.n > 0)
        memcpy(buf + h->name.n + 1, h->value.p, h->value.n);
    return h->name.n + 1 + h->value.n;
}

static size_t longest_field(const struct message *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->header_count; i++)
        if (m->headers[i].name.n + 1 + m->headers[i].value.n > n)
            n = m->headers[i].name.n + 1 + m->headers[i].value.n;
    return n;
}

/* A signature's field: only those of the plan, remembered when the library takes them. */
static void feed_signature(struct dkimv *v, size_t at, char *buf)
{
    struct dkim_entry *e = &v->plan.entry[at];

    if (!e->feed)
        return;
    if (dkim_header(v->lib, (u_char *)buf, compose(&v->m->headers[e->header], buf)) == DKIM_STAT_OK) {
        v->fed[v->fed_count++] = at;
    } else if (e->check) {
        e->check = false;
        e->result = DKIM_NEUTRAL;
        e->reason = "signature field is not US-ASCII";
    }
}

static enum rc feed_headers(struct dkimv *v, struct err *e)
{
    static const char pad[] = "x pad: y";
    char *buf = arena_alloc(v->m->arena, longest_field(v->m) + sizeof pad);
    size_t signature = 0;

    if (buf == NULL)
        return err_set(e, RC_NOMEM, "no memory left for this message");
    /*
     * A field that no h= can name: without one more field than signatures can
     * select, the library writes beyond an array it sized by the fields.
     */
    memcpy(buf, pad, sizeof pad);
    (void)dkim_header(v->lib, (u_char *)buf, sizeof pad - 1);
    for (size_t i = 0; i < v->m->header_count; i++) {
        const struct header *h = &v->m->headers[i];

        if (dkim_is_signature(h))
            feed_signature(v, signature++, buf);
        else
            (void)dkim_header(v->lib, (u_char *)buf, compose(h, buf));
    }
    return RC_OK;
}

static void end_headers(struct dkimv *v)
{
    switch (dkim_eoh(v->lib)) {
    case DKIM_STAT_OK:
        return;
    case DKIM_STAT_SYNTAX:
        decide_rest(v, DKIM_PERMERROR, "From field is malformed");
        break;
    default:
        decide_rest(v, DKIM_TEMPERROR, "verification library failed");
        break;
    }
    give_up(v);
}

static const char *key_name(struct arena *a, const struct dkim_sig *sig)
{
    struct strbuf b = strbuf_new(a, strlen(sig->selector) + strlen(sig->domain) + 20);

    strbuf_putf(&b, "%s._domainkey.%s", sig->selector, sig->domain);
    return b.over ? NULL : b.p;
}

/* Starts what must wait for others, last of all so that nothing is asked in vain. */
static void ask_ahead(struct dkimv *v)
{
    bool simple = false, relaxed = false;

    for (size_t i = 0; i < v->plan.n; i++) {
        const struct dkim_entry *e = &v->plan.entry[i];
        const char *name = e->check ? key_name(v->m->arena, &e->sig) : NULL;

        if (name != NULL)
            dns_prefetch(v->dns, name, DNS_TXT);
        simple = simple || (e->check && e->sig.has_length && !e->sig.body_relaxed);
        relaxed = relaxed || (e->check && e->sig.has_length && e->sig.body_relaxed);
    }
    dkim_length_start(&v->length, simple, relaxed);
}

static enum rc start_library(struct dkimv *v, struct err *e)
{
    DKIM_STAT status;
    enum rc rc;

    v->lookup = arena_array(v->m->arena, v->plan.n, sizeof *v->lookup);
    v->fed = arena_array(v->m->arena, v->plan.n, sizeof *v->fed);
    if (v->lookup == NULL || v->fed == NULL)
        return err_set(e, RC_NOMEM, "no memory left for this message");
    v->lib = dkim_verify(library, (const u_char *)"", NULL, &status);
    if (v->lib == NULL)
        return err_set(e, RC_NOMEM, "no memory for verifying a message");
    (void)dkim_set_user_context(v->lib, v);
    rc = feed_headers(v, e);
    if (rc != RC_OK)
        return rc;
    end_headers(v);
    return RC_OK;
}

enum rc dkimv_begin(struct dkimv **out, struct message *m, const struct dkimv_limits *limits,
                    struct dns_scope *dns, struct err *e)
{
    struct dkimv *v = arena_alloc(m->arena, sizeof *v);
    enum rc rc;

    *out = NULL;
    if (v == NULL)
        return err_set(e, RC_NOMEM, "no memory left for this message");
    v->m = m;
    v->dns = dns;
    v->min_key_bits = limits->min_key_bits;
    rc = dkim_plan_make(m, limits, &v->plan);
    if (rc != RC_OK)
        return err_set(e, rc, "no memory left for this message");
    if (v->plan.n == 0)
        return RC_OK;
    if (v->plan.checked > 0)
        rc = start_library(v, e);
    if (rc != RC_OK) {
        dkimv_free(v);
        return rc;
    }
    ask_ahead(v);
    *out = v;
    return RC_OK;
}

/* ---- body ---- */

bool dkimv_wants_body(const struct dkimv *v)
{
    return v->lib != NULL && !v->broken;
}

void dkimv_body(struct dkimv *v, struct str chunk)
{
    if (!dkimv_wants_body(v) || chunk.n == 0)
        return;
    v->tail[0] = chunk.n > 1 ? chunk.p[chunk.n - 2] : v->tail[1];
    v->tail[1] = chunk.p[chunk.n - 1];
    dkim_length_add(&v->length, chunk);
    /* the library's prototype forgot a const */
    v->broken = dkim_body(v->lib, (u_char *)(uintptr_t)chunk.p, chunk.n) != DKIM_STAT_OK;
}

/* A body that ends within a line: the library wants the CRLF that canonicalization adds. */
static void end_body(struct dkimv *v)
{
    if (v->tail[1] != '\0' && (v->tail[0] != '\r' || v->tail[1] != '\n'))
        dkimv_body(v, STR("\r\n"));
    dkim_length_end(&v->length);
}

/* ---- finish ---- */

/* Collects the answer asked for at the beginning and reads the key in it (RFC 6376 section 6.1.2). */
static enum rc collect_key(struct dkimv *v, const struct dkim_sig *sig, struct lookup *l)
{
    const char *name = key_name(v->m->arena, sig);
    const struct dns_answer *answer;
    enum rc rc;

    if (name == NULL)
        return RC_NOMEM;
    answer = dns_ask(v->dns, name, DNS_TXT);
    if (answer->status == DNS_TEMPFAIL) {
        struct strbuf b = strbuf_new(v->m->arena, 100);

        strbuf_putf(&b, "key lookup failed: %.60s", answer->why);
        l->temp = true;
        l->why = b.p;
        return b.over ? RC_NOMEM : RC_OK;
    }
    rc = dkim_key_select(v->m->arena, answer->rr, answer->count, sig, v->min_key_bits, &l->key, &l->why);
    if (rc == RC_NOTFOUND) {
        l->why = "no key";
        return RC_OK;
    }
    if (rc == RC_OK && l->why[0] == '\0') {
        l->record = dkim_key_record(v->m->arena, &l->key);
        rc = l->record == NULL ? RC_NOMEM : RC_OK;
    }
    return rc;
}

static void settle(struct dkim_entry *e, enum dkim_result result, const char *reason)
{
    e->result = result;
    e->reason = reason;
}

/* Canonical body bytes that l= leaves unsigned; UINT64_MAX when the body has fewer than l= says. */
static uint64_t unsigned_bytes(const struct dkimv *v, const struct dkim_sig *sig)
{
    uint64_t bytes = v->length.bytes[sig->body_relaxed ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE];

    if (!sig->has_length)
        return 0;
    return bytes < sig->length ? UINT64_MAX : bytes - sig->length;
}

/* A good signature: what it leaves open is said all the same. */
static void settle_good(const struct dkimv *v, struct dkim_entry *e)
{
    uint64_t open = unsigned_bytes(v, &e->sig);
    struct strbuf b;

    settle(e, DKIM_PASS, "");
    if (dkim_sig_signs(&e->sig, "From") < v->plan.from_count)
        settle(e, DKIM_POLICY, "a From field is not signed");
    if (open == 0 || e->result != DKIM_PASS)
        return;
    b = strbuf_new(v->m->arena, 60);
    strbuf_putf(&b, "%llu bytes of the body are not signed", (unsigned long long)open);
    e->reason = b.over ? "part of the body is not signed" : b.p;
}

/* dkim_eom's own result speaks of one signature only; pass takes all three of these (RFC 6376 section 6.1.3). */
static void settle_verified(const struct dkimv *v, struct dkim_entry *e, DKIM_SIGINFO *sig)
{
    bool good = (dkim_sig_getflags(sig) & DKIM_SIGFLAG_PASSED) != 0;
    int error = dkim_sig_geterror(sig);

    if (unsigned_bytes(v, &e->sig) == UINT64_MAX) {
        settle(e, DKIM_FAIL, "body is shorter than l=");
    } else if (good && error == DKIM_SIGERROR_OK && dkim_sig_getbh(sig) == DKIM_SIGBH_MATCH) {
        settle_good(v, e);
    } else if (dkim_sig_getbh(sig) == DKIM_SIGBH_MISMATCH) {
        settle(e, DKIM_FAIL, "body hash did not verify");
    } else if (error == DKIM_SIGERROR_OK || error == DKIM_SIGERROR_BADSIG) {
        settle(e, DKIM_FAIL, "signature did not verify");
    } else if (error == DKIM_SIGERROR_KEYDECODE) {
        settle(e, DKIM_PERMERROR, "key could not be decoded");
    } else {
        const char *text = dkim_sig_geterrorstr(error);

        settle(e, DKIM_NEUTRAL, text == NULL ? "signature not understood" : text);
    }
}

static void settle_entry(struct dkimv *v, struct dkim_entry *e, DKIM_SIGINFO *sig)
{
    const struct lookup *l = &v->lookup[e - v->plan.entry];

    if (l->why == NULL)
        settle(e, DKIM_TEMPERROR, "no memory left for this message");
    else if (l->why[0] != '\0')
        settle(e, l->temp ? DKIM_TEMPERROR : DKIM_PERMERROR, l->why);
    else if (sig == NULL || !same_name(e, sig))
        settle(e, DKIM_TEMPERROR, "verification library failed");
    else
        settle_verified(v, e, sig);
}

static void verify(struct dkimv *v)
{
    DKIM_SIGINFO **sigs = NULL;
    int n = 0;

    end_body(v);
    for (size_t i = 0; i < v->plan.n; i++) {
        struct lookup *l = &v->lookup[i];

        if (v->plan.entry[i].check && collect_key(v, &v->plan.entry[i].sig, l) != RC_OK) {
            message_note_limit(v->m, MESSAGE_LIMIT_MEMORY);
            *l = (struct lookup){.why = NULL};
        }
    }
    if (!v->broken)
        (void)dkim_eom(v->lib, NULL);
    if (v->broken || dkim_getsiglist(v->lib, &sigs, &n) != DKIM_STAT_OK)
        n = 0;
    for (size_t i = 0; i < v->fed_count; i++) {
        struct dkim_entry *e = &v->plan.entry[v->fed[i]];

        if (e->check)
            settle_entry(v, e, i < (size_t)n ? sigs[i] : NULL);
    }
}

static void report(const struct dkimv *v, size_t at, struct dkim_signature *out)
{
    const struct dkim_entry *e = &v->plan.entry[at];
    const struct dkim_key *key = v->lookup == NULL ? NULL : &v->lookup[at].key;
    uint64_t open = v->lookup == NULL ? 0 : unsigned_bytes(v, &e->sig);

    *out = (struct dkim_signature){
        .result = e->result,
        .reason = e->reason,
        .checked = !e->over,
        .domain = e->sig.domain,
        .identity = e->sig.identity,
        .selector = e->sig.selector,
        .algorithm = e->sig.algorithm,
        .b = e->sig.b,
        .key_bits = key == NULL ? 0 : key->bits,
        .testing = key != NULL && key->testing,
        .from_signed = v->plan.from_count > 0 && dkim_sig_signs(&e->sig, "From") >= v->plan.from_count,
        .unsigned_bytes = e->check && open != UINT64_MAX ? open : 0,
    };
}

void dkimv_finish(struct dkimv *v, struct dkim_evidence *out)
{
    struct dkim_signature *sig = arena_array(v->m->arena, v->plan.n, sizeof *sig);

    *out = (struct dkim_evidence){.n = 0};
    if (sig == NULL) {
        message_note_limit(v->m, MESSAGE_LIMIT_MEMORY);
        return;
    }
    if (v->lib != NULL)
        verify(v);
    for (size_t i = 0; i < v->plan.n; i++)
        report(v, i, &sig[i]);
    *out = (struct dkim_evidence){.n = v->plan.n, .sig = sig};
}

void dkimv_free(struct dkimv *v)
{
    if (v != NULL && v->lib != NULL)
        give_up(v);
}
