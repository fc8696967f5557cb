/* Tag lists: what parses can be looked up again, and every slice lies within the input. */
#include "fuzz.h"
#include "mail/taglist.h"

static void within(struct str part, struct str all)
{
    HOLDS(part.n == 0 || (part.p >= all.p && part.p + part.n <= all.p + all.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_str(data, size), value;
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct taglist list;
    struct err e = ERR_NONE;

    if (taglist_parse(a, text, &list, &e) == RC_OK) {
        HOLDS(list.n <= TAGLIST_MAX);
        for (size_t i = 0; i < list.n; i++) {
            char *name = str_dup(a, list.tag[i].name), *bare = taglist_unfold(a, list.tag[i].value);

            within(list.tag[i].name, text);
            within(list.tag[i].value, text);
            HOLDS(taglist_get(&list, name, &value));
            HOLDS(str_eq(value, list.tag[i].value));
            HOLDS(str_find(str_of(bare), ' ') == str_of(bare).n);
        }
    } else {
        HOLDS(e.text[0] != '\0');
    }
    arena_free(a);
    return 0;
}
