#include "records/keys.h"

#include <string.h>

#include "base/ip.h"
#include "mail/address_key.h"
#include "mail/domain.h"
#include "output/ref.h"

static const char *const key_names[] = {"ref",     "queue-id", "message-id", "domain",
                                        "address", "ip",       "source",     "ticket"};
const struct enum_names store_key_names = ENUM_NAMES(key_names);

/* Told of one key after the other: true to go on. */
typedef bool key_taker(void *ctx, enum store_key kind, struct str text);

/* ---- the keys of a record ---- */

/* What may stand around an address in a From field and in the list of recipients. */
static bool between_addresses(char c)
{
    return char_is_fws(c) || strchr("<>,;:\"()", c) != NULL;
}

static bool keys_give(key_taker *take, void *ctx, enum store_key kind, const char *text, bool lower)
{
    char mem[RECORD_TEXT_MAX + 1];
    size_t n = strlen(text);

    if (n == 0 || n > RECORD_TEXT_MAX)
        return true;
    for (size_t i = 0; i < n; i++)
        mem[i] = lower ? char_lower(text[i]) : text[i];
    return take(ctx, kind, (struct str){mem, n});
}

/* Every word with an @ inside: good for paths, lists of them, and From fields with their display names. */
static bool give_addresses(key_taker *take, void *ctx, const char *text)
{
    char mem[ADDRESS_KEY_MAX];

    while (*text != '\0') {
        struct str word = {text, 0};
        size_t at = 0;

        for (; text[word.n] != '\0' && !between_addresses(text[word.n]); word.n++)
            if (text[word.n] == '@')
                at = word.n;
        if (at > 0 && at + 1 < word.n &&
            !take(ctx, STORE_KEY_ADDRESS, (struct str){mem, address_key(word, mem, sizeof mem)}))
            return false;
        text += word.n + (text[word.n] != '\0');
    }
    return true;
}

/* "unknown" is no name to search by: it would be most of the mail. */
static const char *named_source(const struct record *r)
{
    return strcmp(r->source, "unknown") == 0 ? "" : r->source;
}

static void each_key(const struct record *r, key_taker *take, void *ctx)
{
    (void)(keys_give(take, ctx, STORE_KEY_REF, r->ref, false) && keys_give(take, ctx, STORE_KEY_QUEUE_ID, r->queue_id,
                                                                           false) &&
           keys_give(take, ctx, STORE_KEY_MESSAGE_ID, r->message_id, false) &&
           keys_give(take, ctx, STORE_KEY_IP, r->client_ip, false) &&
           keys_give(take, ctx, STORE_KEY_SOURCE, named_source(r), true) &&
           keys_give(take, ctx, STORE_KEY_TICKET, r->ticket, true) &&
           keys_give(take, ctx, STORE_KEY_DOMAIN, r->author_domain, true) &&
           keys_give(take, ctx, STORE_KEY_DOMAIN, r->org_domain, true) &&
           keys_give(take, ctx, STORE_KEY_DOMAIN, r->mail_from_domain, true) &&
           keys_give(take, ctx, STORE_KEY_DOMAIN, r->rcpt_domain, true) && give_addresses(take, ctx, r->mail_from) &&
           give_addresses(take, ctx, r->header_from) && give_addresses(take, ctx, r->rcpt));
}

/* ---- hashing ---- */

int64_t keys_hash_text(enum store_key kind, struct str text, const unsigned char secret[SIPHASH_KEY_BYTES])
{
    unsigned char mem[RECORD_TEXT_MAX + 1];
    size_t n = text.n < RECORD_TEXT_MAX ? text.n : RECORD_TEXT_MAX;

    mem[0] = (unsigned char)kind;
    memcpy(mem + 1, text.p, n);
    return (int64_t)siphash(secret, mem, n + 1);
}

struct hashing {
    const unsigned char *secret;
    int64_t *hash;
    size_t n;
    unsigned kinds; /* those that are taken */
};

static bool take_hash(void *ctx, enum store_key kind, struct str text)
{
    struct hashing *h = ctx;
    int64_t hash;

    if ((h->kinds & 1u << kind) == 0)
        return true;
    hash = keys_hash_text(kind, text, h->secret);
    for (size_t i = 0; i < h->n; i++)
        if (h->hash[i] == hash)
            return true;
    h->hash[h->n++] = hash;
    return h->n < KEYS_MAX;
}

size_t keys_hash(const struct record *r, const unsigned char secret[SIPHASH_KEY_BYTES], int64_t hash[static KEYS_MAX])
{
    struct hashing h = {.secret = secret, .hash = hash, .kinds = ~0u};

    each_key(r, take_hash, &h);
    return h.n;
}

size_t keys_hash_kind(const struct record *r, enum store_key kind, const unsigned char secret[SIPHASH_KEY_BYTES],
                      int64_t hash[static KEYS_MAX])
{
    struct hashing h = {.secret = secret, .hash = hash, .kinds = 1u << kind};

    each_key(r, take_hash, &h);
    return h.n;
}

/* ---- a question ---- */

/* A message-id's angle brackets are not part of it, RFC 5322 section 3.6.4; nor are those of a path. */
static struct str without_brackets(struct str key)
{
    bool bracketed = key.n > 2 && key.p[0] == '<' && key.p[key.n - 1] == '>';

    return bracketed ? str_slice(key, 1, key.n - 1) : key;
}

static enum rc as_text(struct arena *a, struct str key, bool lower, struct str *out)
{
    *out = str_of(lower ? str_dup_lower(a, key) : str_dup(a, key));
    return out->p == NULL ? RC_NOMEM : RC_OK;
}

static enum rc as_address(struct arena *a, struct str address, struct str *out)
{
    char mem[ADDRESS_KEY_MAX];

    return as_text(a, (struct str){mem, address_key(address, mem, sizeof mem)}, false, out);
}

static enum rc as_domain(struct arena *a, struct str key, struct str *out)
{
    const char *name = NULL;
    enum rc rc = domain_normalize(a, key, &name);

    if (rc == RC_OK)
        *out = str_of(name);
    return rc == RC_NOMEM ? rc : RC_OK;
}

static enum rc as_ip(struct arena *a, struct str key, struct str *out)
{
    char text[IP_TEXT_MAX];
    struct ip ip;

    return ip_parse(key, &ip) ? as_text(a, str_of(ip_text(&ip, text)), false, out) : RC_OK;
}

static enum rc as_ref(struct arena *a, struct str key, struct str *out)
{
    char *text;

    if (!ref_is(key))
        return RC_OK;
    text = str_dup(a, key);
    for (size_t i = 0; text != NULL && i < key.n; i++)
        if (text[i] >= 'a' && text[i] <= 'z')
            text[i] = (char)(text[i] - ('a' - 'A'));
    *out = str_of(text);
    return text == NULL ? RC_NOMEM : RC_OK;
}

static enum rc as_kind(struct arena *a, struct str key, enum store_key kind, struct str *out)
{
    struct str bare = without_brackets(key);

    switch (kind) {
    case STORE_KEY_REF: return as_ref(a, key, out);
    case STORE_KEY_QUEUE_ID: return as_text(a, key, false, out);
    case STORE_KEY_MESSAGE_ID: return as_text(a, bare, false, out);
    case STORE_KEY_DOMAIN: return as_domain(a, key, out);
    case STORE_KEY_ADDRESS: return str_find(bare, '@') < bare.n ? as_address(a, bare, out) : RC_OK;
    case STORE_KEY_IP: return as_ip(a, key, out);
    default: return as_text(a, key, true, out);
    }
}

enum rc keys_want(struct arena *a, struct str key, unsigned kinds, struct keys_wanted *out)
{
    enum rc rc = RC_OK;

    *out = (struct keys_wanted){.text = {STR_NONE}};
    key = str_trim(key);
    if (key.n == 0 || key.n > RECORD_TEXT_MAX)
        return RC_OK; /* no record has such a key */
    for (int i = 0; rc == RC_OK && i < STORE_KEY_COUNT; i++)
        if (kinds == 0 || (kinds & 1u << i) != 0)
            rc = as_kind(a, key, (enum store_key)i, &out->text[i]);
    return rc;
}

/* ---- comparing ---- */

struct matching {
    const struct keys_wanted *wanted;
    bool found;
};

static bool take_match(void *ctx, enum store_key kind, struct str text)
{
    struct matching *m = ctx;

    m->found = m->wanted->text[kind].n > 0 && str_eq(m->wanted->text[kind], text);
    return !m->found;
}

bool keys_match(const struct record *r, const struct keys_wanted *wanted)
{
    struct matching m = {.wanted = wanted};

    each_key(r, take_match, &m);
    return m.found;
}
