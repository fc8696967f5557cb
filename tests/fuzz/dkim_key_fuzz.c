/* Key records: a usable key is what it says, and survives being rewritten. */
#include <string.h>

#include "dkim/dkim_key.h"
#include "fuzz.h"

static void check_rewritten(struct arena *a, const struct dkim_key *key)
{
    const char *record = dkim_key_record(a, key);
    struct dkim_key again;

    HOLDS(record != NULL && dkim_key_parse(a, str_of(record), &again) == RC_OK);
    HOLDS(again.why[0] == '\0' && again.type == key->type && again.bits == key->bits);
    HOLDS(again.testing == key->testing && again.strict == key->strict);
    HOLDS(strcmp(again.p, key->p) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct dkim_sig rsa = {.key = DKIM_SIG_KEY_RSA, .subdomain = true}, ed = {.key = DKIM_SIG_KEY_ED25519};
    struct str text = fuzz_str(data, size);
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct dns_rr rr[2] = {{.txt = text}, {.txt = str_slice(text, size / 2, size)}};
    struct dkim_key key;
    const char *why;

    HOLDS(dkim_key_parse(a, text, &key) == RC_OK);
    HOLDS(strlen(key.why) < 100 && (key.der == NULL) == (key.p[0] == '\0'));
    if (key.why[0] == '\0' && key.sha256 && key.email)
        check_rewritten(a, &key);
    if (dkim_key_refusal(a, &key, &rsa, 1024)[0] == '\0') {
        HOLDS(key.type == DKIM_SIG_KEY_RSA && key.bits >= 1024 && key.bits <= DKIM_KEY_BITS_MAX && !key.strict);
        HOLDS(strlen(dkim_key_record(a, &key)) < 1024);
    }
    if (dkim_key_refusal(a, &key, &ed, 1024)[0] == '\0')
        HOLDS(key.type == DKIM_SIG_KEY_ED25519 && key.der_size == 32);
    HOLDS(dkim_key_select(a, rr, 2, &rsa, 1024, &key, &why) == RC_OK && why != NULL);
    arena_free(a);
    return 0;
}
