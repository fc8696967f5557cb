/* Failure reports of strangers: fields, NUL, header of the sample; and as the text that Exim sends. */
#include <string.h>

#include "fuzz.h"
#include "incoming/failure.h"
#include "incoming/words.h"

static void check(const struct failure *f)
{
    const struct incoming_failure *r = &f->report;

    HOLDS(r->incidents >= 1 && r->signatures <= INCOMING_LIST_MAX && r->hosts <= INCOMING_LIST_MAX);
    HOLDS(words_is_clean(str_of(r->mail_from)) && words_is_clean(str_of(r->message_id)));
    HOLDS(f->outcome != INCOMING_READ || r->reported_domain[0] != '\0');
    for (size_t i = 0; i < r->hosts; i++)
        HOLDS(words_is_clean(str_of(r->host[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[16] = {1};
    struct str rest = fuzz_str(data, size), fields = fuzz_take(&rest, '\0');
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct failure *f = calloc(1, sizeof *f);

    HOLDS(a != NULL && f != NULL);
    failure_read(a, fields, rest, 0, key, f);
    check(f);
    if (failure_is_text(fuzz_str(data, size))) {
        failure_read_text(a, fuzz_str(data, size), 0, key, f);
        check(f);
    }
    free(f);
    arena_free(a);
    return 0;
}
