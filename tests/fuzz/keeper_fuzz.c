/* What assay-web says to assay-keeper: what is read ends where it ends, and what is written is read again. */
#include "fuzz.h"

#include <string.h>

#include "keeper/wire.h"

static char again[4 * WIRE_MAX];

static bool lies_in(const char *text, const char *bytes, size_t n)
{
    return text >= bytes && text < bytes + n && memchr(text, '\0', n - (size_t)(text - bytes)) != NULL;
}

static void same(const struct wire *w)
{
    static struct wire read;
    struct strbuf b = STRBUF_ON(again);
    struct err e = ERR_NONE;

    wire_begin(&b, w->verb);
    for (size_t i = 0; i < w->n; i++)
        wire_put(&b, w->field[i].name, w->field[i].value);
    HOLDS(!b.over);
    HOLDS(wire_read(again, b.n, &read, &e) == RC_OK);
    HOLDS(strcmp(read.verb, w->verb) == 0 && read.n == w->n);
    for (size_t i = 0; i < w->n; i++)
        HOLDS(strcmp(read.field[i].name, w->field[i].name) == 0 && strcmp(read.field[i].value, w->field[i].value) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wire w;
    size_t n = size > WIRE_MAX ? WIRE_MAX : size;
    char *bytes = malloc(n == 0 ? 1 : n); /* no more: whoever reads further is found */
    struct err e = ERR_NONE;

    if (bytes == NULL)
        return 0;
    memcpy(bytes, data, n);
    if (wire_read(bytes, n, &w, &e) == RC_OK) {
        HOLDS(w.n <= WIRE_FIELDS_MAX && lies_in(w.verb, bytes, n));
        for (size_t i = 0; i < w.n; i++) {
            HOLDS(lies_in(w.field[i].name, bytes, n) && lies_in(w.field[i].value, bytes, n));
            HOLDS(lies_in(wire_get(&w, w.field[i].name), bytes, n));
            (void)wire_int(&w, w.field[i].name, -1);
        }
        same(&w);
    } else {
        HOLDS(e.text[0] != '\0');
    }
    free(bytes);
    return 0;
}
