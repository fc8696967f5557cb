#include "dkim/dkim.h"

#include <stdatomic.h>
#include <string.h>

#include <opendkim/dkim.h>
/* two names that the library takes and our own enumeration needs */
#undef DKIM_CANON_SIMPLE
#undef DKIM_CANON_RELAXED

#include "dkim/dkim_lookup.h"
#include "dkim/dkim_memory.h"
#include "dkim/dkim_plan.h"
#include "dkim/sigverify.h"

/*
 * libopendkim 2.11 takes guarding.  It is given well-formed signatures only,
 * at most as many as the limits say; a key record comes to it rewritten; and
 * its pass counts only where our own reading of signature and key has no
 * objection.  Whatever else it says of a header is not reported: sigverify
 * judges that signature anew, with the same key.
 *
 * It gets From and the fields that a signature names, for the others it copies
 * and never looks at.  It never sees the body, which it would canonicalize at 110 MB/s, once more
 * for each l=, and keep in memory as far as there is no line end in it: for
 * all signatures together sigverify reads the body once for each of the two
 * canonicalizations, in no memory to speak of.
 */

struct dkimv {
    struct message *m;
    struct dns_scope *dns;
    unsigned min_key_bits;
    struct dkim_plan plan;
    struct dkim_lookup *lookup; /* one an entry */
    size_t *fed;                /* entries the library took, in its order */
    size_t fed_count;
    bool *good;                 /* an entry each: the library says that the header is as signed */
    struct arena *pieces;       /* of the library's */
    DKIM *lib;                  /* NULL: nothing for it to verify, or it gave up */
    struct sigverify *own;      /* hashes the body for all of them; NULL: nothing to verify */
};

/* Set once before threads start; the library shares it among threads without writing to it. */
static DKIM_LIB *library;

static struct {
    atomic_uint_fast64_t verified, again, differ;
} counts;

/* ---- the library ---- */

/* Which entry `sig` is: the library keeps the order in which fields were given.  NULL when it did not. */
static struct dkim_entry *dkim_entry_of(const struct dkimv *v, DKIM_SIGINFO *const *sigs, int n,
                                        const DKIM_SIGINFO *sig)
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

/* Asked for a key at end of message: hands over what DNS said before. */
static DKIM_CBSTAT key_lookup(DKIM *dkim, DKIM_SIGINFO *sig, u_char *buf, size_t size)
{
    const struct dkimv *v = dkim_get_user_context(dkim);
    DKIM_SIGINFO **sigs;
    struct dkim_entry *e = NULL;
    const struct dkim_lookup *l;
    int n;

    if (dkim_getsiglist(dkim, &sigs, &n) == DKIM_STAT_OK)
        e = dkim_entry_of(v, sigs, n, sig);
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

    library = dkim_init(dkim_memory_take, dkim_memory_give);
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

static void dkim_settle(struct dkim_entry *e, enum dkim_result result, enum dkim_problem problem, const char *reason)
{
    e->result = result;
    e->problem = problem;
    e->reason = reason;
}

static void dkim_give_up(struct dkimv *v)
{
    if (v->lib != NULL)
        (void)dkim_free(v->lib);
    v->lib = NULL;
    arena_free(v->pieces);
    v->pieces = NULL;
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

/* A signature's field, if it is to be verified: the library verifies all that it is given. */
static void feed_signature(struct dkimv *v, size_t at, char *buf)
{
    const struct dkim_entry *e = &v->plan.entry[at];

    if (e->check && dkim_header(v->lib, (u_char *)buf, compose(&v->m->headers[e->header], buf)) == DKIM_STAT_OK)
        v->fed[v->fed_count++] = at;
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
        else if (dkim_plan_needs(&v->plan, h))
            (void)dkim_header(v->lib, (u_char *)buf, compose(h, buf));
    }
    return RC_OK;
}

/* Starts what must wait for others, last of all so that nothing is asked in vain. */
static void ask_ahead(struct dkimv *v)
{
    for (size_t i = 0; i < v->plan.n; i++)
        if (v->plan.entry[i].check)
            dkim_lookup_begin(v->m->arena, v->dns, &v->plan.entry[i].sig);
}

static enum rc start_library(struct dkimv *v, struct err *e)
{
    DKIM_STAT status;
    enum rc rc;

    v->fed = arena_array(v->m->arena, v->plan.n, sizeof *v->fed);
    v->good = arena_array(v->m->arena, v->plan.n, sizeof *v->good);
    if (v->fed == NULL || v->good == NULL)
        return err_set(e, RC_NOMEM, "no memory left for this message");
    v->pieces = dkim_memory_new();
    if (v->pieces != NULL)
        v->lib = dkim_verify(library, (const u_char *)"", v->pieces, &status);
    if (v->lib == NULL)
        return err_set(e, RC_NOMEM, "no memory for verifying a message");
    (void)dkim_set_user_context(v->lib, v);
    rc = feed_headers(v, e);
    if (rc != RC_OK)
        return rc;
    if (dkim_eoh(v->lib) != DKIM_STAT_OK)
        dkim_give_up(v); /* a From it cannot read, for one */
    return RC_OK;
}

static enum rc start_own(struct dkimv *v, struct err *e)
{
    enum rc rc = sigverify_new(&v->own, v->m, v->dns, v->min_key_bits);

    for (size_t i = 0; i < v->plan.n && rc == RC_OK; i++)
        if (v->plan.entry[i].check)
            rc = sigverify_want(v->own, &v->plan.entry[i].sig);
    return rc == RC_OK ? RC_OK : err_set(e, rc, "no memory for verifying a message");
}

static enum rc dkim_start(struct dkimv *v, struct err *e)
{
    enum rc rc;

    if (v->plan.checked == 0)
        return RC_OK;
    v->lookup = arena_array(v->m->arena, v->plan.n, sizeof *v->lookup);
    if (v->lookup == NULL)
        return err_set(e, RC_NOMEM, "no memory left for this message");
    rc = start_own(v, e);
    return rc == RC_OK ? start_library(v, e) : rc;
}

enum rc dkimv_begin(struct dkimv **out, struct message *m, const struct dkimv_limits *limits,
                    struct dns_scope *dns, struct err *e)
{
    struct dkimv *v = arena_alloc(m->arena, sizeof *v);
    enum rc rc;

    *out = NULL;
    if (v == NULL)
        return err_set(e, RC_NOMEM, "no memory left for this message");
    *v = (struct dkimv){.m = m, .dns = dns, .min_key_bits = limits->min_key_bits};
    rc = dkim_plan_make(m, limits, &v->plan);
    if (rc != RC_OK)
        return err_set(e, rc, "no memory left for this message");
    if (v->plan.n == 0)
        return RC_OK;
    rc = dkim_start(v, e);
    if (rc != RC_OK) {
        dkimv_free(v);
        return rc;
    }
    ask_ahead(v);
    *out = v;
    return RC_OK;
}

bool dkimv_wants_body(const struct dkimv *v)
{
    return v->own != NULL;
}

void dkimv_body(struct dkimv *v, struct str chunk)
{
    if (dkimv_wants_body(v))
        sigverify_body(v->own, chunk);
}

bool dkimv_hashes_body(const struct dkimv *v)
{
    return v->own != NULL && sigverify_has_whole(v->own);
}

struct str dkimv_body_hash(struct dkimv *v)
{
    if (v->own == NULL)
        return STR_NONE;
    sigverify_body_end(v->own);
    return sigverify_whole(v->own);
}

/* ---- finish ---- */

/*
 * A signature that verifies.  Whoever passes a message on may append what l= leaves unsigned, even another message
 * that hides the signed one (RFC 6376 section 8.2): such a signature does not speak for what is read.
 */
static void settle_good(const struct dkimv *v, struct dkim_entry *e)
{
    struct strbuf b;

    if (dkim_sig_signs(&e->sig, "From") < v->plan.from_count)
        dkim_settle(e, DKIM_POLICY, DKIM_PROBLEM_FROM, "a From field is not signed");
    else if (e->open == 0)
        dkim_settle(e, DKIM_PASS, DKIM_PROBLEM_NONE, "");
    else {
        b = strbuf_new(v->m->arena, 60);
        strbuf_putf(&b, "%llu bytes of the body are not signed", (unsigned long long)e->open);
        dkim_settle(e, DKIM_POLICY, DKIM_PROBLEM_BODY, b.over ? "part of the body is not signed" : b.p);
    }
}

/* A limit of ours: no temporary failure, or any sender could make DMARC's result one. */
static void limited(struct dkimv *v, struct dkim_entry *e, const char *reason)
{
    message_note_limit(v->m, MESSAGE_LIMIT_SIGNATURES);
    dkim_settle(e, DKIM_NEUTRAL, DKIM_PROBLEM_UNCHECKED, reason);
}

/* What is no pass, in words of RFC 8601. */
static void settle_trouble(struct dkimv *v, struct dkim_entry *e, const struct sigverify_outcome *outcome)
{
    static const struct { enum dkim_result result; enum dkim_problem problem; } words[] = {
        [SIGVERIFY_BODY] = {DKIM_FAIL, DKIM_PROBLEM_BODY},
        [SIGVERIFY_SIGNATURE] = {DKIM_FAIL, DKIM_PROBLEM_HEADERS},
        [SIGVERIFY_KEY] = {DKIM_PERMERROR, DKIM_PROBLEM_KEY},
        [SIGVERIFY_DNS] = {DKIM_TEMPERROR, DKIM_PROBLEM_DNS},
    };

    if (outcome->result == SIGVERIFY_LIMIT)
        limited(v, e, outcome->reason);
    else
        dkim_settle(e, words[outcome->result].result, words[outcome->result].problem, outcome->reason);
}

/*
 * Whether the header is as signed.  dkim_eom's own result speaks of one signature only; and of one that is good the
 * library says "bad" when that is so of the body, none of which it has seen.
 */
static bool header_is_good(DKIM_SIGINFO *sig)
{
    int error = dkim_sig_geterror(sig);

    return (dkim_sig_getflags(sig) & DKIM_SIGFLAG_PASSED) != 0 &&
           (error == DKIM_SIGERROR_OK ||
            (error == DKIM_SIGERROR_BADSIG && dkim_sig_getbh(sig) == DKIM_SIGBH_MISMATCH));
}

/* The second look at a header that the library did not pass; true when it is as signed all the same. */
static bool settle_own(struct dkimv *v, struct dkim_entry *e)
{
    struct sigverify_outcome outcome;

    (void)atomic_fetch_add_explicit(&counts.again, 1, memory_order_relaxed);
    sigverify_header(v->own, &e->sig, &v->m->headers[e->header], &v->lookup[e - v->plan.entry].key, &outcome);
    if (outcome.result != SIGVERIFY_PASS) {
        settle_trouble(v, e, &outcome);
        return false;
    }
    (void)atomic_fetch_add_explicit(&counts.differ, 1, memory_order_relaxed);
    return true;
}

/* The body is hashed here, the header by the library first (RFC 6376 section 6.1.3). */
static void settle_usable(struct dkimv *v, struct dkim_entry *e)
{
    struct sigverify_outcome outcome = {.result = SIGVERIFY_PASS};

    (void)atomic_fetch_add_explicit(&counts.verified, 1, memory_order_relaxed);
    if (!sigverify_body_matches(v->own, &e->sig, &outcome)) {
        settle_trouble(v, e, &outcome);
        e->open = outcome.unsigned_bytes;
        return;
    }
    e->open = outcome.unsigned_bytes;
    if (v->good[e - v->plan.entry] || settle_own(v, e))
        settle_good(v, e);
}

/* Waits for the key; true when there is one to verify with. */
static bool find_key(struct dkimv *v, struct dkim_entry *e)
{
    struct dkim_lookup *l = &v->lookup[e - v->plan.entry];

    if (dkim_lookup_finish(v->m->arena, v->dns, &e->sig, v->min_key_bits, l) != RC_OK) {
        message_note_limit(v->m, MESSAGE_LIMIT_MEMORY);
        limited(v, e, "not checked: no memory left for this message");
        return false;
    }
    if (l->key.over)
        message_note_limit(v->m, MESSAGE_LIMIT_RECORDS);
    if (l->why[0] != '\0')
        dkim_settle(e, l->temp ? DKIM_TEMPERROR : DKIM_PERMERROR, l->problem, l->why);
    return l->why[0] == '\0';
}

/* Hands the library the end of the message and reads which signatures it passes. */
static void ask_library(struct dkimv *v)
{
    DKIM_SIGINFO **sigs = NULL;
    int n = 0;

    (void)dkim_eom(v->lib, NULL);
    if (dkim_getsiglist(v->lib, &sigs, &n) != DKIM_STAT_OK)
        n = 0;
    for (size_t i = 0; i < v->fed_count && i < (size_t)n; i++)
        v->good[v->fed[i]] = same_name(&v->plan.entry[v->fed[i]], sigs[i]) && header_is_good(sigs[i]);
}

static void verify(struct dkimv *v)
{
    bool *usable = arena_array(v->m->arena, v->plan.n, sizeof *usable);

    sigverify_body_end(v->own);
    for (size_t i = 0; i < v->plan.n; i++) {
        struct dkim_entry *e = &v->plan.entry[i];

        if (usable == NULL && e->check)
            limited(v, e, "not checked: no memory left for this message");
        else if (e->check)
            usable[i] = find_key(v, e);
    }
    if (v->lib != NULL)
        ask_library(v);
    for (size_t i = 0; usable != NULL && i < v->plan.n; i++)
        if (usable[i])
            settle_usable(v, &v->plan.entry[i]);
}

static void report(const struct dkimv *v, size_t at, struct dkim_signature *out)
{
    const struct dkim_entry *e = &v->plan.entry[at];
    const struct dkim_key *key = v->lookup == NULL ? NULL : &v->lookup[at].key;

    *out = (struct dkim_signature){
        .result = e->result,
        .problem = e->problem,
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
        .unsigned_bytes = e->open,
        .key_record = "",
        .key_host = v->lookup == NULL || v->lookup[at].host == NULL ? "" : v->lookup[at].host,
    };
    if (key == NULL || !v->lookup[at].known)
        return;
    out->key_known = true;
    out->key_ttl = v->lookup[at].ttl;
    out->key_record = str_dup(v->m->arena, key->text);
    if (out->key_record == NULL)
        out->key_record = "";
}

void dkimv_finish(struct dkimv *v, struct dkim_evidence *out)
{
    struct dkim_signature *sig = arena_array(v->m->arena, v->plan.n, sizeof *sig);

    *out = (struct dkim_evidence){.n = 0};
    if (sig == NULL) {
        message_note_limit(v->m, MESSAGE_LIMIT_MEMORY);
        return;
    }
    if (v->own != NULL)
        verify(v);
    dkimv_free(v); /* a good part of a message's memory, and its record may take a while */
    for (size_t i = 0; i < v->plan.n; i++)
        report(v, i, &sig[i]);
    *out = (struct dkim_evidence){.n = v->plan.n, .sig = sig};
}

struct dkimv_counts dkimv_counts(void)
{
    return (struct dkimv_counts){
        .verified = atomic_load_explicit(&counts.verified, memory_order_relaxed),
        .again = atomic_load_explicit(&counts.again, memory_order_relaxed),
        .differ = atomic_load_explicit(&counts.differ, memory_order_relaxed),
    };
}

void dkimv_free(struct dkimv *v)
{
    if (v == NULL)
        return;
    dkim_give_up(v);
    sigverify_free(v->own);
    v->own = NULL;
}
