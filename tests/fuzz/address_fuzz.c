/* SMTP paths: the parts lie within the path, and the domain is a normal one or none. */
#include <string.h>

#include "fuzz.h"
#include "mail/address.h"
#include "mail/domain.h"

static void within(struct str part, struct str all)
{
    HOLDS(part.n == 0 || (part.p >= all.p && part.p + part.n <= all.p + all.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str path = fuzz_str(data, size);
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct address parts;
    const char *domain, *again = NULL;

    address_split(path, &parts);
    within(parts.local, path);
    within(parts.domain, path);
    HOLDS(str_find(parts.domain, '@') == parts.domain.n || str_find(parts.domain, '"') < parts.domain.n
          || str_find(parts.domain, '[') < parts.domain.n);
    domain = address_domain(a, path);
    if (domain != NULL)
        HOLDS(domain_normalize(a, str_of(domain), &again) == RC_OK && strcmp(again, domain) == 0);
    arena_free(a);
    return 0;
}
