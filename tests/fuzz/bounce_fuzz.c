/* What somebody mails to the return path of a report: a few bounded texts, or nothing. */
#include <string.h>

#include "fuzz.h"
#include "post/bounce.h"
#include "post/verp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct err e = ERR_NONE;
    struct mime_bounce m;
    static int ready;

    if (!ready)
        mime_init();
    ready = 1;
    HOLDS(mime_read_bounce(a, fuzz_str(data, size), &m, &e) == (size > MIME_BOUNCE_MAX ? RC_LIMIT : RC_OK));
    HOLDS(m.recipients <= MIME_RECIPIENTS_MAX);
    HOLDS(str_is_ascii(str_of(m.status)) && strlen(m.status) <= 400 && strpbrk(m.status, "\r\n\t") == NULL);
    HOLDS(str_is_ascii(str_of(m.diagnostic)) && strlen(m.diagnostic) <= 400 && strpbrk(m.diagnostic, "\r\n\t") == NULL);
    HOLDS(m.dsn || (!m.failed && m.status[0] == '\0'));
    HOLDS((bounce_judge(&m) == BOUNCE_DEAD) == m.failed);
    for (size_t i = 0; i < m.recipients; i++) {
        struct str key = verp_key_of(str_of(m.recipient[i]), "bounces@r.example");

        HOLDS(key.n == 0 || key.n == VERP_KEY_SIZE);
    }
    arena_free(a);
    return 0;
}
