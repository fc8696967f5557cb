/* DKIM-Signature, ARC-Message-Signature and ARC-Seal values: what is read keeps the promises of dkim_sig.h. */
#include <string.h>

#include "base/base64.h"
#include "dkim/dkim_sig.h"
#include "fuzz.h"

static void check_name(const char *name)
{
    HOLDS(strlen(name) <= 253);
    for (; *name != '\0'; name++)
        HOLDS((*name >= 'a' && *name <= 'z') || char_is_digit(*name) || strchr("-_.", *name) != NULL);
}

static void check(struct str value, enum dkim_sig_kind kind, const struct dkim_sig *sig)
{
    HOLDS((sig->fault == DKIM_SIG_OK) == (sig->why[0] == '\0'));
    HOLDS(strlen(sig->why) < 100);
    check_name(sig->domain);
    check_name(sig->selector);
    HOLDS(sig->b[0] == '\0' || base64_size(str_of(sig->b)) > 0);
    HOLDS(sig->name_count <= DKIM_SIG_NAMES_MAX && sig->instance <= DKIM_SIG_INSTANCE_MAX);
    for (size_t i = 0; i < sig->name_count; i++)
        HOLDS(sig->names[i].p >= value.p && sig->names[i].p + sig->names[i].n <= value.p + value.n);
    if (sig->fault != DKIM_SIG_OK)
        return;
    HOLDS(sig->domain[0] != '\0' && sig->selector[0] != '\0' && sig->b[0] != '\0');
    HOLDS(sig->key != DKIM_SIG_KEY_NONE);
    HOLDS(kind != DKIM_SIG_MESSAGE || (sig->identity[0] != '\0' && dkim_sig_signs(sig, "From") > 0));
    HOLDS(kind == DKIM_SIG_MESSAGE || sig->instance > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum dkim_sig_kind kinds[] = {DKIM_SIG_MESSAGE, DKIM_SIG_ARC, DKIM_SIG_SEAL};
    struct str value = fuzz_str(data, size);

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct arena *a = arena_new(FUZZ_ARENA_MAX);
        struct dkim_sig sig;

        if (dkim_sig_parse(a, value, kinds[i], &sig) == RC_OK)
            check(value, kinds[i], &sig);
        arena_free(a);
    }
    return 0;
}
