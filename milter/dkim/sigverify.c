#include "dkim/sigverify.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "dkim/body_hash.h"
#include "mail/domain.h"

/* One header field; they are sorted by name and within a name from the bottom up. */
struct entry {
    struct str name;
    const struct header *field;
    size_t same;  /* of the first of a name: how many there are */
    size_t taken; /* of the first of a name: how many this signature has used */
};

struct sigverify {
    struct message *m;
    struct dns_scope *dns;
    unsigned min_key_bits;
    size_t budget; /* header bytes that may still be hashed */
    struct entry *entry;    /* NULL until a header is hashed */
    size_t entry_count;
    struct body_hash *body; /* NULL until wanted */
};

/* ---- header fields by name ---- */

static int compare_names(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;

    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)char_lower(a.p[i]), y = (unsigned char)char_lower(b.p[i]);

        if (x != y)
            return x < y ? -1 : 1;
    }
    return a.n == b.n ? 0 : a.n < b.n ? -1 : 1;
}

static int compare_entries(const void *left, const void *right)
{
    const struct entry *l = left, *r = right;
    int order = compare_names(l->name, r->name);

    if (order != 0)
        return order;
    return l->field > r->field ? -1 : l->field < r->field;
}

/* Sorted, so that no choice of names by a sender makes a lookup slow. */
static enum rc index_header(struct sigverify *v)
{
    size_t n = v->m->header_count;

    v->entry = arena_array(v->m->arena, n + 1, sizeof *v->entry);
    if (v->entry == NULL)
        return RC_NOMEM;
    v->entry_count = n;
    for (size_t i = 0; i < n; i++)
        v->entry[i] = (struct entry){.name = str_trim(v->m->headers[i].name), .field = &v->m->headers[i]};
    qsort(v->entry, n, sizeof *v->entry, compare_entries);
    for (size_t i = 0, first = 0; i < n; i++) {
        if (compare_names(v->entry[first].name, v->entry[i].name) != 0)
            first = i;
        v->entry[first].same++;
    }
    return RC_OK;
}

/* The first (bottom) field named `name`; NULL when there is none. */
static struct entry *find_name(struct sigverify *v, struct str name)
{
    size_t low = 0, high = v->entry_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_names(v->entry[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == v->entry_count || compare_names(v->entry[low].name, name) != 0)
        return NULL;
    return &v->entry[low];
}

/*
 * RFC 6376 section 5.4.2: each mention of a name takes the next field of that
 * name from the bottom up, never the one being verified; NULL when there are
 * no more, which signs their absence.
 */
static const struct header *sigverify_take_field(struct sigverify *v, struct str name, const struct header *own)
{
    struct entry *first = find_name(v, name);

    while (first != NULL && first->taken < first->same) {
        const struct header *field = first[first->taken++].field;

        if (field != own)
            return field;
    }
    return NULL;
}

static void put_fields_back(struct sigverify *v, const struct dkim_sig *sig)
{
    for (size_t i = 0; i < sig->name_count; i++) {
        struct entry *first = find_name(v, sig->names[i]);

        if (first != NULL)
            first->taken = 0;
    }
}

/* ---- life ---- */

enum rc sigverify_new(struct sigverify **out, struct message *m, struct dns_scope *dns, unsigned min_key_bits)
{
    struct sigverify *v = arena_alloc(m->arena, sizeof *v);

    *out = NULL;
    if (v == NULL)
        return RC_NOMEM;
    v->m = m;
    v->dns = dns;
    v->min_key_bits = min_key_bits;
    v->budget = SIGVERIFY_HEADER_BYTES_MAX;
    *out = v;
    return RC_OK;
}

void sigverify_free(struct sigverify *v)
{
    if (v != NULL)
        body_hash_free(v->body);
}

/* ---- keys ---- */

/* RFC 6376 section 3.6.2.1; false when DNS cannot carry the name. */
static bool sigverify_key_name(const struct dkim_sig *sig, char name[DOMAIN_MAX + 1])
{
    struct strbuf b = strbuf_on(name, DOMAIN_MAX + 1);

    strbuf_putf(&b, "%s._domainkey.%s", sig->selector, sig->domain);
    return !b.over;
}

void sigverify_prefetch(struct sigverify *v, const struct dkim_sig *sig)
{
    char name[DOMAIN_MAX + 1];

    if (sigverify_key_name(sig, name))
        dns_prefetch(v->dns, name, DNS_TXT);
}

static void sigverify_say(struct sigverify_outcome *out, enum sigverify_result result, const char *reason)
{
    out->result = result;
    out->reason = reason;
}

/* The key record for `sig` (section 6.1.2); false with the outcome told. */
static bool select_key(struct sigverify *v, const struct dkim_sig *sig, struct dkim_key *key,
                       struct sigverify_outcome *out)
{
    const struct dns_answer *answer;
    const char *why = "";
    char name[DOMAIN_MAX + 1];

    if (!sigverify_key_name(sig, name)) {
        sigverify_say(out, SIGVERIFY_KEY, "name of the key is too long");
        return false;
    }
    answer = dns_ask(v->dns, name, DNS_TXT);
    if (answer->status == DNS_TEMPFAIL) {
        sigverify_say(out, SIGVERIFY_DNS, "DNS did not answer for the key");
        return false;
    }
    switch (dkim_key_select(v->m->arena, answer->rr, answer->count, sig, v->min_key_bits, key, &why)) {
    case RC_OK:
        break;
    case RC_NOTFOUND:
        sigverify_say(out, SIGVERIFY_KEY, "no key");
        return false;
    default:
        sigverify_say(out, SIGVERIFY_LIMIT, "no memory left for this message");
        return false;
    }
    if (key->over)
        message_note_limit(v->m, MESSAGE_LIMIT_RECORDS);
    out->key_bits = key->bits;
    if (why[0] != '\0')
        sigverify_say(out, SIGVERIFY_KEY, why);
    return why[0] == '\0';
}

/* The arithmetic, with a key that nothing speaks against. */
static void verify_digest(struct sigverify *v, const struct dkim_sig *sig,
                          const unsigned char digest[CRYPTO_SHA256_SIZE], const struct dkim_key *record,
                          struct sigverify_outcome *out)
{
    struct str b = {NULL, base64_size(str_of(sig->b))};
    struct crypto_key *key = NULL;

    b.p = (const char *)base64_decode(v->m->arena, str_of(sig->b));
    if (b.p == NULL) {
        sigverify_say(out, SIGVERIFY_LIMIT, "no memory left for this message");
        return;
    }
    switch (crypto_key_get((struct str){(const char *)record->der, record->der_size},
                           record->type == DKIM_SIG_KEY_RSA ? CRYPTO_RSA : CRYPTO_ED25519, &key)) {
    case CRYPTO_KEY_OK:
        /* two readers of DER must not differ about what was measured */
        if (crypto_key_bits(key) != record->bits)
            sigverify_say(out, SIGVERIFY_KEY, "p= of the key is malformed");
        else if (!crypto_key_verify(key, digest, b))
            sigverify_say(out, SIGVERIFY_SIGNATURE, "signature did not verify");
        crypto_key_release(key);
        break;
    case CRYPTO_KEY_MALFORMED:
        sigverify_say(out, SIGVERIFY_KEY, "p= of the key holds no key");
        break;
    case CRYPTO_KEY_TOO_LARGE:
        sigverify_say(out, SIGVERIFY_KEY, "key is too large");
        break;
    case CRYPTO_KEY_NOMEM:
        sigverify_say(out, SIGVERIFY_LIMIT, "no memory for a key");
        break;
    }
}

void sigverify_digest(struct sigverify *v, const struct dkim_sig *sig,
                      const unsigned char digest[CRYPTO_SHA256_SIZE], struct sigverify_outcome *out)
{
    struct dkim_key key;

    sigverify_say(out, SIGVERIFY_PASS, "");
    if (select_key(v, sig, &key, out))
        verify_digest(v, sig, digest, &key, out);
}

/* ---- the body ---- */

static enum dkim_canon body_canon(const struct dkim_sig *sig)
{
    return sig->body_relaxed ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
}

/* BODY_HASH_ALL without l=; an l= as large as that is longer than any body. */
static uint64_t body_length(const struct dkim_sig *sig)
{
    if (!sig->has_length)
        return BODY_HASH_ALL;
    return sig->length == BODY_HASH_ALL ? BODY_HASH_ALL - 1 : sig->length;
}

enum rc sigverify_want(struct sigverify *v, const struct dkim_sig *sig)
{
    if (v->body == NULL)
        v->body = body_hash_new();
    if (v->body == NULL)
        return RC_NOMEM;
    return body_hash_want(v->body, body_canon(sig), body_length(sig));
}

void sigverify_body(struct sigverify *v, struct str chunk)
{
    if (v->body != NULL)
        body_hash_add(v->body, chunk);
}

void sigverify_body_end(struct sigverify *v)
{
    if (v->body != NULL)
        body_hash_end(v->body);
}

bool sigverify_has_whole(const struct sigverify *v)
{
    return v->body != NULL && body_hash_has_whole(v->body);
}

struct str sigverify_whole(const struct sigverify *v)
{
    const char *hash = v->body == NULL ? NULL : (const char *)body_hash_whole(v->body);

    return hash == NULL ? STR_NONE : (struct str){hash, CRYPTO_SHA256_SIZE};
}

bool sigverify_body_matches(struct sigverify *v, const struct dkim_sig *sig, struct sigverify_outcome *out)
{
    const unsigned char *digest =
        body_hash_digest(v->body, body_canon(sig), body_length(sig), &out->unsigned_bytes);
    const uint8_t *bh = base64_decode(v->m->arena, str_of(sig->bh));

    if (bh == NULL || body_hash_failed(v->body, body_canon(sig)))
        sigverify_say(out, SIGVERIFY_LIMIT, "no memory left for this message");
    else if (digest == NULL)
        sigverify_say(out, SIGVERIFY_BODY, "body is shorter than l=");
    else if (base64_size(str_of(sig->bh)) != CRYPTO_SHA256_SIZE ||
             memcmp(bh, digest, CRYPTO_SHA256_SIZE) != 0)
        sigverify_say(out, SIGVERIFY_BODY, "body hash did not verify");
    else
        return true;
    return false;
}

/* ---- the header ---- */

static void add_to_hash(void *ctx, struct str piece)
{
    crypto_hash_add(ctx, piece);
}

bool sigverify_hash_field(struct sigverify *v, struct crypto_hash *h, enum dkim_canon how,
                          const struct header *field, const struct dkim_sig *sig)
{
    size_t cost = field->name.n + field->value.n + 3;
    struct dkim_canon_field f = {
        .name = field->name,
        .value = field->value,
        .cut_from = sig == NULL ? 0 : sig->b_from,
        .cut_to = sig == NULL ? 0 : sig->b_to,
        .crlf = sig == NULL,
    };

    if (cost > v->budget)
        return false;
    v->budget -= cost;
    dkim_canon_header(how, &f, add_to_hash, h);
    return true;
}

/* RFC 6376 section 3.7: the fields of h=, then the signature's own without its b= and CRLF. */
static bool hash_header(struct sigverify *v, struct crypto_hash *h, const struct dkim_sig *sig,
                        const struct header *own)
{
    enum dkim_canon how = sig->header_relaxed ? DKIM_CANON_RELAXED : DKIM_CANON_SIMPLE;
    bool fits = true;

    for (size_t i = 0; i < sig->name_count && fits; i++) {
        const struct header *field = sigverify_take_field(v, sig->names[i], own);

        if (field != NULL)
            fits = sigverify_hash_field(v, h, how, field, NULL);
    }
    put_fields_back(v, sig);
    return fits && sigverify_hash_field(v, h, how, own, sig);
}

/* False with the outcome told. */
static bool digest_header(struct sigverify *v, const struct dkim_sig *sig, const struct header *own,
                          unsigned char digest[CRYPTO_SHA256_SIZE], struct sigverify_outcome *out)
{
    struct crypto_hash *h = v->entry != NULL || index_header(v) == RC_OK ? crypto_hash_new() : NULL;

    if (h == NULL)
        sigverify_say(out, SIGVERIFY_LIMIT, "no memory for a hash");
    else if (!hash_header(v, h, sig, own))
        sigverify_say(out, SIGVERIFY_LIMIT, "more header bytes than are examined");
    else if (!crypto_hash_end(h, digest))
        sigverify_say(out, SIGVERIFY_LIMIT, "no memory for a hash");
    crypto_hash_free(h);
    return out->result == SIGVERIFY_PASS;
}

void sigverify_header(struct sigverify *v, const struct dkim_sig *sig, const struct header *own,
                      const struct dkim_key *key, struct sigverify_outcome *out)
{
    unsigned char digest[CRYPTO_SHA256_SIZE];

    *out = (struct sigverify_outcome){.result = SIGVERIFY_PASS, .reason = "", .key_bits = key->bits};
    if (digest_header(v, sig, own, digest, out))
        verify_digest(v, sig, digest, key, out);
}

void sigverify_message(struct sigverify *v, const struct dkim_sig *sig, const struct header *own,
                       struct sigverify_outcome *out)
{
    unsigned char digest[CRYPTO_SHA256_SIZE];

    *out = (struct sigverify_outcome){.result = SIGVERIFY_PASS, .reason = ""};
    if (sigverify_body_matches(v, sig, out) && digest_header(v, sig, own, digest, out))
        sigverify_digest(v, sig, digest, out);
}
