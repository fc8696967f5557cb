/* Playbooks: whatever the text, it is filled in or refused with its place. */
#include "fuzz.h"

#include <string.h>

#include "desk/playbook.h"

#define EMPTY_TEXT(name) .name = "<" #name ">",
#define EMPTY_INT(name)
#define EMPTY(kind, name, help) EMPTY_##kind(name)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct record record = {RECORD_COLUMNS(EMPTY)};
    static const struct playbook_subject subject = {.record = &record};
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct err e = ERR_NONE;
    const char *out = NULL;

    if (playbook_fill(a, fuzz_str(data, size), "F", &subject, &out, &e) == RC_OK)
        HOLDS(strlen(out) <= PLAYBOOK_TEXT_MAX);
    else
        HOLDS(strncmp(e.text, "F:", 2) == 0 || strstr(e.text, "memory") != NULL);
    arena_free(a);
    return 0;
}
