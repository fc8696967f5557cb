/* What somebody pastes: keys that are words of it, a domain that is one, and words that steer nothing. */
#include <string.h>

#include "desk/pasted_story.h"
#include "fuzz.h"
#include "mail/domain.h"
#include "output/ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct pasted_around around = {.authserv_id = "mx.example"};
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    char *shown = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&shown, &n);
    struct pasted p;

    HOLDS(f != NULL);
    if (pasted_read(a, fuzz_str(data, size), &p) == RC_OK) {
        HOLDS(p.key_count <= PASTED_KEYS_MAX && p.said_count <= PASTED_SAID_MAX);
        for (size_t i = 0; i < p.key_count; i++)
            HOLDS(p.key[i].text[0] != '\0' && (p.key[i].kind != STORE_KEY_REF || ref_is(str_of(p.key[i].text))));
        HOLDS(strlen(pasted_domain(&p)) <= DOMAIN_MAX);
        HOLDS(cause_about(pasted_cause(&p))->meaning != NULL);
        pasted_print(&(struct sheet){.a = a, .to = f}, &p, &around);
    }
    HOLDS(fclose(f) == 0);
    for (size_t i = 0; i < n; i++)
        HOLDS((unsigned char)shown[i] >= ' ' || shown[i] == '\n');
    free(shown);
    arena_free(a);
    return 0;
}
