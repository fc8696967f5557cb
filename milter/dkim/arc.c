#include "dkim/arc.h"

#include "dkim/arc_chain.h"
#include "dkim/arc_crypto.h"
#include "dkim/sigverify.h"

struct arcv {
    struct message *m;
    int64_t now;
    struct arc_chain chain;
    const char *reason; /* why the chain fails; "" while it may pass */
    struct sigverify *verify; /* NULL once it failed before DNS and body */
};

static const char *const no_memory = "no memory left for this message";

/* ---- telling ---- */

/* "AMS i=2: body hash did not verify" */
static const char *reason_of(struct arcv *v, const char *part, size_t instance, const char *what)
{
    struct strbuf b = strbuf_new(v->m->arena, 200);

    if (b.over)
        return what;
    strbuf_putf(&b, "%s i=%zu: %s", part, instance, what);
    return b.p;
}

static void note_trouble(struct arcv *v, const struct sigverify_outcome *outcome)
{
    if (outcome->result == SIGVERIFY_LIMIT)
        message_note_limit(v->m, MESSAGE_LIMIT_ARC);
}

static void fail_for_memory(struct arcv *v)
{
    message_note_limit(v->m, MESSAGE_LIMIT_MEMORY);
    v->chain.problem = v->reason = no_memory;
}

/* ---- before the body ---- */

/*
 * Why an AMS cannot verify whatever keys and body are; "" when it can.
 * Section 4.1.2: it must not sign seals.  That it must not sign the other
 * ARC fields either, most sealers of old disregarded; it harms nobody.
 */
static const char *hopeless(const struct arcv *v, const struct dkim_sig *sig)
{
    if (sig->fault != DKIM_SIG_OK)
        return sig->why;
    if (dkim_sig_signs(sig, "ARC-Seal") > 0)
        return "h= names ARC-Seal";
    if (sig->has_expiry && v->now >= 0 && (uint64_t)v->now > sig->expiry)
        return "signature expired";
    return "";
}

static void prefetch_keys(struct arcv *v, size_t instance)
{
    const struct arc_link *link = &v->chain.link[instance - 1];

    if (hopeless(v, &link->sign)[0] == '\0')
        sigverify_prefetch(v->verify, &link->sign);
    sigverify_prefetch(v->verify, &link->seal);
}

/* Those of the older sets, once the newest has verified: before that, whoever sends them could name any. */
static void prefetch_older(struct arcv *v)
{
    for (size_t i = v->chain.n - 1; i > 0; i--)
        prefetch_keys(v, i);
}

static enum rc want_bodies(struct arcv *v)
{
    enum rc rc = RC_OK;

    for (size_t i = 0; i < v->chain.n && rc == RC_OK; i++)
        if (hopeless(v, &v->chain.link[i].sign)[0] == '\0')
            rc = sigverify_want(v->verify, &v->chain.link[i].sign);
    return rc;
}

/* What can fail without DNS fails here. */
static void arc_start(struct arcv *v, struct dns_scope *dns, unsigned min_key_bits)
{
    struct arc_chain *chain = &v->chain;
    const char *why;

    if (chain->over)
        message_note_limit(v->m, MESSAGE_LIMIT_ARC);
    v->reason = chain->problem;
    if (message_header_cut(v->m))
        v->reason = "not checked: the header is larger than is examined";
    if (v->reason[0] != '\0')
        return;
    why = hopeless(v, &chain->link[chain->n - 1].sign);
    if (why[0] != '\0')
        v->reason = reason_of(v, "AMS", chain->n, why);
    else if (sigverify_new(&v->verify, v->m, dns, min_key_bits) != RC_OK || want_bodies(v) != RC_OK)
        fail_for_memory(v);
    else
        prefetch_keys(v, chain->n);
}

enum rc arcv_begin(struct arcv **out, struct message *m, struct dns_scope *dns, unsigned min_key_bits,
                   int64_t now, struct err *e)
{
    struct arcv *v = arena_alloc(m->arena, sizeof *v);

    *out = NULL;
    if (v == NULL)
        return err_set(e, RC_NOMEM, "%s", no_memory);
    *v = (struct arcv){.m = m, .now = now, .reason = ""};
    if (arc_chain_read(m->arena, m->headers, m->header_count, &v->chain) != RC_OK)
        fail_for_memory(v);
    else if (v->chain.fields == 0)
        return RC_OK;
    else
        arc_start(v, dns, min_key_bits);
    *out = v;
    return RC_OK;
}

/* ---- the body ---- */

bool arcv_wants_body(const struct arcv *v)
{
    return v->reason[0] == '\0';
}

void arcv_body(struct arcv *v, struct str chunk)
{
    if (arcv_wants_body(v))
        sigverify_body(v->verify, chunk);
}

/* ---- after it ---- */

/* Section 5.2 steps 4 and 5: whether AMS(instance) verifies. */
static void verify_signature(struct arcv *v, size_t instance, struct sigverify_outcome *out)
{
    const struct arc_link *link = &v->chain.link[instance - 1];
    const char *why = hopeless(v, &link->sign);

    if (why[0] != '\0') {
        *out = (struct sigverify_outcome){.result = SIGVERIFY_SIGNATURE, .reason = why};
        return;
    }
    sigverify_message(v->verify, &link->sign, link->signature, out);
    note_trouble(v, out);
    /* RFC 6376 section 8.2: anybody may append what l= leaves out, and a chain vouches for the whole */
    if (out->result == SIGVERIFY_PASS && out->unsigned_bytes > 0) {
        out->result = SIGVERIFY_BODY;
        out->reason = "l= leaves part of the body unsigned";
    }
}

typedef unsigned char digest[CRYPTO_SHA256_SIZE];

/* Section 5.1.1: seals are always made over relaxed fields. */
static bool hash_field(struct arcv *v, struct crypto_hash *h, const struct header *field,
                       const struct dkim_sig *own)
{
    return sigverify_hash_field(v->verify, h, DKIM_CANON_RELAXED, field, own);
}

static bool hash_own_seal(struct arcv *v, const struct crypto_hash *before, const struct arc_link *link,
                          digest out)
{
    struct crypto_hash *h = crypto_hash_copy(before);
    bool good = h != NULL && hash_field(v, h, link->seal_field, &link->seal) && crypto_hash_peek(h, out);

    crypto_hash_free(h);
    return good;
}

/*
 * Section 5.1.1: a seal signs all sets up to its own, which adds up to a
 * square of their number.  One running hash makes it linear: at each set it
 * is copied, and the copy ends with the emptied seal.
 */
static bool hash_seals(struct arcv *v, digest *digests)
{
    struct crypto_hash *running = crypto_hash_new();
    bool good = running != NULL;

    for (size_t i = 0; i < v->chain.n && good; i++) {
        const struct arc_link *link = &v->chain.link[i];

        good = hash_field(v, running, link->results, NULL) && hash_field(v, running, link->signature, NULL) &&
               hash_own_seal(v, running, link, digests[i]) && hash_field(v, running, link->seal_field, NULL);
    }
    crypto_hash_free(running);
    return good;
}

/* Section 5.2 step 6, from the newest to the oldest. */
static void verify_seals(struct arcv *v)
{
    digest digests[DKIM_SIG_INSTANCE_MAX];

    if (!hash_seals(v, digests)) {
        message_note_limit(v->m, MESSAGE_LIMIT_ARC);
        v->reason = "AS: more header bytes than are examined";
        return;
    }
    for (size_t i = v->chain.n; i > 0 && v->reason[0] == '\0'; i--) {
        struct sigverify_outcome outcome;

        sigverify_digest(v->verify, &v->chain.link[i - 1].seal, digests[i - 1], &outcome);
        note_trouble(v, &outcome);
        if (outcome.result != SIGVERIFY_PASS)
            v->reason = reason_of(v, "AS", i, outcome.reason);
        else if (i == v->chain.n)
            prefetch_older(v);
    }
}

static void verify_chain(struct arcv *v)
{
    struct sigverify_outcome outcome;

    sigverify_body_end(v->verify);
    verify_signature(v, v->chain.n, &outcome);
    if (outcome.result != SIGVERIFY_PASS)
        v->reason = reason_of(v, "AMS", v->chain.n, outcome.reason);
    else
        verify_seals(v);
}

/*
 * Section 5.2 step 5, left for last because a chain that fails has no use for
 * it.  What DNS or a limit kept us from seeing is not established: -1.
 */
static int oldest_pass(struct arcv *v)
{
    for (size_t i = v->chain.n - 1; i > 0; i--) {
        struct sigverify_outcome outcome;

        verify_signature(v, i, &outcome);
        if (outcome.result == SIGVERIFY_DNS || outcome.result == SIGVERIFY_LIMIT)
            return -1;
        if (outcome.result != SIGVERIFY_PASS)
            return (int)i + 1;
    }
    return 0;
}

/* Who took part, for a chain that is one, whether or not it verified. */
static void tell_sets(struct arcv *v, struct arc_evidence *out)
{
    if (v->chain.problem[0] != '\0')
        return;
    out->set = arena_array(v->m->arena, v->chain.n, sizeof *out->set);
    if (out->set == NULL) {
        fail_for_memory(v);
        return;
    }
    out->n = v->chain.n;
    for (size_t i = 0; i < out->n; i++) {
        const struct arc_link *link = &v->chain.link[i];

        out->set[i] = (struct arc_set){
            .seal_domain = link->seal.domain,
            .seal_selector = link->seal.selector,
            .sign_domain = link->sign.domain,
            .authres = link->payload,
        };
    }
}

void arcv_finish(struct arcv *v, struct arc_evidence *out)
{
    *out = (struct arc_evidence){.result = ARC_FAIL, .oldest_pass = -1};
    tell_sets(v, out);
    if (v->reason[0] == '\0')
        verify_chain(v);
    out->reason = v->reason;
    if (v->reason[0] != '\0')
        return;
    out->result = ARC_PASS;
    out->oldest_pass = oldest_pass(v);
}

void arcv_free(struct arcv *v)
{
    if (v != NULL)
        sigverify_free(v->verify);
}

void arcv_shutdown(void)
{
    crypto_shutdown();
}
