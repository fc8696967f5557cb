/* The configuration file: whatever is in it, a sentence or values within their bounds. */
#include <string.h>

#include "config/option.h"
#include "config/value.h"
#include "syntax/parse.h"
#include "fuzz.h"

static void take(struct arena *a, const struct setting *said)
{
    struct config c;

    memset(&c, 0, sizeof c);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &option_table[i];
        struct err e = ERR_NONE;

        if (!said[i].present)
            continue;
        if (value_set(a, &c, o, said[i].text, &e) != RC_OK)
            HOLDS(strncmp(e.text, o->name, strlen(o->name)) == 0);
    }
    HOLDS(c.umask <= 0777);
    HOLDS(c.max_signatures <= 50);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct setting said[OPTION_COUNT];
    struct err e = ERR_NONE;

    if (size <= CONFIG_FILE_MAX) {
        if (parse_text(a, fuzz_str(data, size), "F", &option_rows, said, &e) == RC_OK)
            take(a, said);
        else
            HOLDS(strncmp(e.text, "F:", 2) == 0 && strchr(e.text, '\n') == NULL);
    }
    arena_free(a);
    return 0;
}
