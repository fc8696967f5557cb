/* DKIM results as one text of the record, which a database of unknown age may hold: in bounds, and known words alone. */
#include <string.h>

#include "fuzz.h"
#include "output/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    const char *text = str_dup(a, fuzz_str(data, size));
    struct record_dkim *found = NULL;
    size_t n = 0;

    HOLDS(text != NULL);
    if (record_dkim_parse(a, text, &found, &n) == RC_OK) {
        const char *end = text + strlen(text);

        for (size_t i = 0; i < n; i++) {
            const struct str parts[] = {found[i].domain, found[i].selector, found[i].algorithm};

            for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
                HOLDS(parts[k].n == 0 || (parts[k].p >= text && parts[k].p + parts[k].n <= end));
        }
    }
    arena_free(a);
    return 0;
}
