/* Files of sections: whatever is in them, a sentence with its place, or entries within their bounds. */
#include <string.h>

#include "catalogue/sender_entry.h"
#include "syntax/sections.h"
#include "fuzz.h"

static bool stands_at(struct str text, struct place p, const char *word)
{
    size_t at = 0, line = 1, n = strlen(word);

    for (; at < text.n && line < p.line; at++)
        line += text.p[at] == '\n';
    at += p.column - 1;
    return at + n <= text.n &&
           (memcmp(text.p + at, word, n) == 0 || (at + 1 + n <= text.n && memcmp(text.p + at + 1, word, n) == 0));
}

static void take(struct arena *a, const struct sections *f, struct str text)
{
    HOLDS(f->n <= SECTIONS_MAX);
    for (size_t i = 0; i < f->n; i++) {
        const struct section *s = &f->section[i];
        struct sender sender;
        struct err e = ERR_NONE;

        HOLDS(s->place.line > 0);
        HOLDS(s->place.column == 0 || stands_at(text, s->place, s->title));
        for (size_t j = 0; j < f->kind->fields; j++) {
            const struct section_value *v = &s->value[j];

            HOLDS(v->n <= SECTION_ITEMS_MAX && (v->present || v->n == 0) && (v->n <= 1 || f->kind->field[j].list));
            for (size_t k = 0; k < v->n; k++)
                HOLDS(v->item[k].place.column == 0 || stands_at(text, v->item[k].place, v->item[k].text));
        }
        if (sender_read(a, f, s, &sender, &e) == RC_OK)
            HOLDS(strlen(sender.name) <= SENDER_NAME_MAX && sender.title[0] != '\0');
        else
            HOLDS(strncmp(e.text, "F:", 2) == 0 || strncmp(e.text, "no memory", 9) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct str text = fuzz_str(data, size);
    struct sections f;
    struct err e = ERR_NONE;

    if (size <= SECTIONS_FILE_MAX) {
        if (sections_parse(a, text, "F", &sender_sections, &f, &e) == RC_OK)
            take(a, &f, text);
        else
            HOLDS(strncmp(e.text, "F:", 2) == 0 && strchr(e.text, '\n') == NULL);
    }
    arena_free(a);
    return 0;
}
