/* Domain names: a normal name is within the limits of DNS, normal again, and within itself. */
#include <string.h>

#include "fuzz.h"
#include "mail/domain.h"

static void check_labels(const char *name)
{
    size_t labels = domain_labels(name);

    HOLDS(labels >= 1 && labels <= 127);
    for (size_t i = 1; i <= labels; i++) {
        const char *right = domain_rightmost(name, i);

        HOLDS(domain_labels(right) == i);
        HOLDS(domain_is_within(name, right));
        HOLDS(i == labels || !domain_is_within(right, name));
    }
    HOLDS(domain_rightmost(name, labels + 1) == name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    const char *name = NULL, *again = NULL;

    if (domain_normalize(a, fuzz_str(data, size), &name) == RC_OK) {
        HOLDS(strlen(name) >= 1 && strlen(name) <= DOMAIN_MAX);
        for (const char *c = name; *c != '\0'; c++)
            HOLDS((*c >= 'a' && *c <= 'z') || char_is_digit(*c) || strchr("-_.", *c) != NULL);
        HOLDS(domain_normalize(a, str_of(name), &again) == RC_OK && strcmp(name, again) == 0);
        check_labels(name);
    }
    arena_free(a);
    return 0;
}
