#include "incoming/notes.h"

#include <stdarg.h>
#include <stdio.h>

#include "incoming/words.h"

void notes_add(struct notes *notes, const char *fmt, ...)
{
    char mem[400];
    const char *copy;
    bool dropped = false;
    va_list args;
    int n;

    if (notes->n == INCOMING_NOTES_MAX) {
        notes->more++;
        return;
    }
    va_start(args, fmt);
    n = vsnprintf(mem, sizeof mem, fmt, args);
    va_end(args);
    copy = n < 0 ? NULL : words_clean(notes->arena, str_of(mem), sizeof mem, &dropped);
    if (copy != NULL)
        notes->text[notes->n++] = copy;
}
