/* SMTP-TLS reports of strangers. */
#include "fuzz.h"
#include "incoming/tls.h"

struct seen {
    uint64_t policies, details;
};

static bool on_policy(void *arg, const struct incoming_tls_policy *p)
{
    ((struct seen *)arg)->policies++;
    HOLDS(p->successes >= -1 && p->failures >= -1 && words_is_clean(str_of(p->string)));
    return true;
}

static bool on_detail(void *arg, const struct incoming_tls_detail *d)
{
    ((struct seen *)arg)->details++;
    HOLDS(d->count >= -1 && words_is_clean(str_of(d->additional)));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tls_taker taker = {on_policy, on_detail};
    static const struct words_name nothing = {"", "", 0, 0};
    struct arena *a = arena_new(FUZZ_ARENA_MAX), *scratch = arena_new(FUZZ_ARENA_MAX);
    struct tls_report *r = calloc(1, sizeof *r);
    struct seen seen = {0, 0};
    struct err e = ERR_NONE;

    HOLDS(a != NULL && scratch != NULL && r != NULL);
    if (tls_look(a, fuzz_str(data, size), &nothing, "", 1800000000, r, &e) == RC_OK && r->outcome == INCOMING_READ) {
        HOLDS(tls_hand_over(r, scratch, &taker, &seen));
        HOLDS(seen.policies == r->head.policies && seen.details == r->head.details);
    }
    tls_free(r);
    free(r);
    arena_free(a);
    arena_free(scratch);
    return 0;
}
