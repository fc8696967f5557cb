#include "dkim/dkim_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "mail/taglist.h"

/* ---- the DER of an RSA key ---- */

enum { DER_INTEGER = 0x02, DER_BIT_STRING = 0x03, DER_SEQUENCE = 0x30 };

struct der {
    const uint8_t *p;
    size_t n;
};

/* Takes one element of `tag` off `in` (X.690 section 8.1); false leaves `in` as it was. */
static bool der_take(struct der *in, uint8_t tag, struct der *content)
{
    size_t head = 2, n;

    if (in->n < 2 || in->p[0] != tag)
        return false;
    n = in->p[1];
    if (n >= 0x80) {
        size_t octets = n - 0x80;

        if (octets < 1 || octets > 2 || in->n < 2 + octets)
            return false;
        n = octets == 1 ? in->p[2] : (size_t)in->p[2] << 8 | in->p[3];
        head += octets;
    }
    if (in->n - head < n)
        return false;
    *content = (struct der){in->p + head, n};
    *in = (struct der){in->p + head + n, in->n - head - n};
    return true;
}

static unsigned integer_bits(struct der i)
{
    unsigned bits;

    while (i.n > 0 && i.p[0] == 0)
        i = (struct der){i.p + 1, i.n - 1};
    bits = (unsigned)i.n * 8;
    for (unsigned top = i.n > 0 ? i.p[0] : 0x80; top < 0x80; top <<= 1)
        bits--;
    return bits;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }, RFC 8017 appendix A.1.1; nothing behind it */
static bool rsa_public_key(struct der in, unsigned *bits, unsigned *exponent_bits)
{
    struct der key, modulus, exponent;

    if (!der_take(&in, DER_SEQUENCE, &key) || in.n > 0 || !der_take(&key, DER_INTEGER, &modulus) ||
        !der_take(&key, DER_INTEGER, &exponent))
        return false;
    *bits = integer_bits(modulus);
    *exponent_bits = integer_bits(exponent);
    return true;
}

/* SubjectPublicKeyInfo of rsaEncryption, RFC 3279 section 2.3.1 */
static bool rsa_subject_key(struct der in, unsigned *bits, unsigned *exponent_bits)
{
    static const uint8_t rsa_oid[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01};
    struct der spki, algorithm, text;

    return der_take(&in, DER_SEQUENCE, &spki) && der_take(&spki, DER_SEQUENCE, &algorithm) &&
           algorithm.n >= sizeof rsa_oid && memcmp(algorithm.p, rsa_oid, sizeof rsa_oid) == 0 &&
           der_take(&spki, DER_BIT_STRING, &text) && text.n >= 1 && text.p[0] == 0 &&
           rsa_public_key((struct der){text.p + 1, text.n - 1}, bits, exponent_bits);
}

/* Writes the head of an element whose content is `n` bytes, below 65536 (X.690 section 8.1.3); its size. */
static size_t der_head(uint8_t *to, uint8_t tag, size_t n)
{
    to[0] = tag;
    to[1] = 0x82;
    to[2] = (uint8_t)(n >> 8);
    to[3] = (uint8_t)n;
    if (n >= 0x100)
        return 4;
    to[1] = n >= 0x80 ? 0x81 : (uint8_t)n;
    to[2] = (uint8_t)n;
    return n >= 0x80 ? 3 : 2;
}

/* Makes the SubjectPublicKeyInfo of an RSAPublicKey, so that every reader behind here sees the same form. */
static bool wrap_rsa(struct arena *a, struct dkim_key *key)
{
    static const uint8_t algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                        0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
    uint8_t bits[4], whole[4];
    size_t bits_head = der_head(bits, DER_BIT_STRING, key->der_size + 1);
    size_t content = sizeof algorithm + bits_head + 1 + key->der_size;
    size_t whole_head = der_head(whole, DER_SEQUENCE, content);
    uint8_t *der = arena_alloc(a, whole_head + content), *at = der;

    if (der == NULL)
        return false;
    memcpy(at, whole, whole_head);
    at += whole_head;
    memcpy(at, algorithm, sizeof algorithm);
    at += sizeof algorithm;
    memcpy(at, bits, bits_head);
    at += bits_head;
    *at++ = 0; /* bits unused in the last byte */
    memcpy(at, key->der, key->der_size);
    key->der = der;
    key->der_size = whole_head + content;
    return true;
}

/* Both forms that RFC 6376 section 3.6.1 names or means; NULL without memory. */
static const char *read_rsa(struct arena *a, struct dkim_key *key)
{
    struct der in = {key->der, key->der_size};
    unsigned exponent_bits;

    if (rsa_public_key(in, &key->bits, &exponent_bits)) {
        if (!wrap_rsa(a, key))
            return NULL;
    } else if (!rsa_subject_key(in, &key->bits, &exponent_bits)) {
        return "p= of the key is no RSA key";
    }
    /* an exponent of the modulus's size makes verification as dear as signing */
    return exponent_bits > 64 ? "exponent of the RSA key is too large" : "";
}

/* ---- the tags ---- */

/* Whether one of the colon-separated words is `word`. */
static bool dkim_key_has_word(struct str list, struct str word)
{
    for (;;) {
        size_t colon = str_find(list, ':');

        if (str_eq(str_trim(str_slice(list, 0, colon)), word))
            return true;
        if (colon >= list.n)
            return false;
        list = str_slice(list, colon + 1, list.n);
    }
}

/* p=: the key itself; empty means revoked. */
static const char *dkim_key_read_key(struct arena *a, struct str p, struct dkim_key *key)
{
    const char *text;

    if (p.n == 0) {
        key->revoked = true;
        return "key revoked";
    }
    text = taglist_unfold(a, p);
    if (text == NULL)
        return NULL;
    key->der_size = base64_size(str_of(text));
    if (key->der_size == 0)
        return "p= of the key is not base64";
    key->p = text;
    key->der = base64_decode(a, str_of(text));
    if (key->der == NULL)
        return NULL;
    if (key->type == DKIM_SIG_KEY_RSA)
        return read_rsa(a, key);
    key->bits = 256;
    return key->der_size == 32 ? "" : "p= of the key is no Ed25519 key";
}

/* v= need not be there; where it is it must come first and be DKIM1. */
static bool version_fits(const struct taglist *tags)
{
    struct str v;

    if (!taglist_get(tags, "v", &v))
        return true;
    return str_eq(v, STR("DKIM1")) && str_eq(tags->tag[0].name, STR("v"));
}

static const char *dkim_key_read_tags(struct arena *a, const struct taglist *tags, struct dkim_key *key)
{
    struct str value;

    if (!version_fits(tags))
        return "malformed key record: v= is not DKIM1 at its start";
    if (!taglist_get(tags, "k", &value) || str_eq(value, STR("rsa")))
        key->type = DKIM_SIG_KEY_RSA;
    else if (str_eq(value, STR("ed25519")))
        key->type = DKIM_SIG_KEY_ED25519;
    key->sha256 = !taglist_get(tags, "h", &value) || dkim_key_has_word(value, STR("sha256"));
    key->email = !taglist_get(tags, "s", &value) || dkim_key_has_word(value, STR("*")) ||
                 dkim_key_has_word(value, STR("email"));
    if (taglist_get(tags, "t", &value)) {
        key->testing = dkim_key_has_word(value, STR("y"));
        key->strict = dkim_key_has_word(value, STR("s"));
    }
    if (!taglist_get(tags, "p", &value))
        return "malformed key record: no p=";
    key->is_key = true;
    if (key->type == DKIM_SIG_KEY_NONE)
        return "unknown key type in k=";
    return dkim_key_read_key(a, value, key);
}

enum rc dkim_key_parse(struct arena *a, struct str text, struct dkim_key *out)
{
    struct taglist tags;
    struct err e = ERR_NONE;
    enum rc rc = RC_LIMIT;

    *out = (struct dkim_key){.p = "", .text = text};
    if (text.n <= DKIM_KEY_TEXT_MAX)
        rc = taglist_parse(a, text, &tags, &e);
    else
        (void)err_set(&e, RC_LIMIT, "too long");
    if (rc == RC_NOMEM)
        return rc;
    if (rc == RC_OK) {
        out->why = dkim_key_read_tags(a, &tags, out);
    } else {
        struct strbuf b = strbuf_new(a, 100);

        strbuf_putf(&b, "malformed key record: %.60s", e.text);
        out->why = b.over ? NULL : b.p;
        out->over = rc == RC_LIMIT;
    }
    return out->why == NULL ? RC_NOMEM : RC_OK;
}

/* ---- key and signature together ---- */

static const char *bits_refusal(struct arena *a, unsigned bits, unsigned min_bits)
{
    struct strbuf b;

    if (bits >= min_bits && bits <= DKIM_KEY_BITS_MAX)
        return "";
    b = strbuf_new(a, 60);
    if (bits < min_bits)
        strbuf_putf(&b, "key has %u bits, fewer than %u", bits, min_bits);
    else
        strbuf_putf(&b, "key has %u bits, more than %d", bits, DKIM_KEY_BITS_MAX);
    return b.over ? NULL : b.p;
}

const char *dkim_key_refusal(struct arena *a, const struct dkim_key *key, const struct dkim_sig *sig,
                             unsigned min_bits)
{
    if (key->why[0] != '\0')
        return key->why;
    if (key->type != sig->key)
        return "k= of the key does not match a=";
    if (!key->sha256)
        return "key does not allow sha256";
    if (!key->email)
        return "key is not for email";
    if (key->strict && sig->subdomain)
        return "key forbids subdomains in i=";
    if (key->type == DKIM_SIG_KEY_ED25519)
        return "";
    return bits_refusal(a, key->bits, min_bits < 1024 ? 1024 : min_bits);
}

static int dkim_key_by_bytes(const void *left, const void *right)
{
    const struct str *l = left, *r = right;
    size_t n = l->n < r->n ? l->n : r->n;
    int order = n == 0 ? 0 : memcmp(l->p, r->p, n);

    return order != 0 ? order : (l->n > r->n) - (l->n < r->n);
}

enum rc dkim_key_select(struct arena *a, const struct dns_rr *rr, size_t count, const struct dkim_sig *sig,
                        unsigned min_bits, struct dkim_key *out, const char **why)
{
    struct str text[DNS_RR_MAX];
    bool over = count >= DNS_RR_MAX; /* the resolver leaves out the rest */

    if (count == 0)
        return RC_NOTFOUND;
    if (over)
        count = DNS_RR_MAX;
    for (size_t i = 0; i < count; i++)
        text[i] = rr[i].txt;
    qsort(text, count, sizeof text[0], dkim_key_by_bytes);
    for (size_t i = 0; i < count; i++) {
        struct dkim_key key;
        enum rc rc = dkim_key_parse(a, text[i], &key);
        const char *refusal = rc == RC_OK ? dkim_key_refusal(a, &key, sig, min_bits) : NULL;

        if (refusal == NULL)
            return RC_NOMEM;
        over = over || key.over;
        if (i == 0 || refusal[0] == '\0' || (key.is_key && !out->is_key)) {
            *out = key;
            *why = refusal;
        }
        if (refusal[0] == '\0')
            return RC_OK;
    }
    out->over = over;
    return RC_OK;
}

const char *dkim_key_record(struct arena *a, const struct dkim_key *key)
{
    struct strbuf b = strbuf_new(a, strlen(key->p) + 80);

    strbuf_putf(&b, "v=DKIM1; k=%s; ", key->type == DKIM_SIG_KEY_RSA ? "rsa" : "ed25519");
    if (key->sha256)
        strbuf_puts(&b, "h=sha256; ");
    if (key->email)
        strbuf_puts(&b, "s=email; ");
    if (key->testing || key->strict)
        strbuf_putf(&b, "t=%s%s%s; ", key->testing ? "y" : "", key->testing && key->strict ? ":" : "",
                    key->strict ? "s" : "");
    strbuf_putf(&b, "p=%s", key->p);
    return b.over ? NULL : b.p;
}
