/* What reaches the pages from outside: messages to the keeper, requests, forms and cookies; text as HTML. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "keeper/wire.h"
#include "web/html.h"
#include "web/request.h"

static void wire(struct arena *a, const uint8_t *data, size_t size)
{
    char *copy = arena_alloc(a, size + 1);
    struct wire *w = arena_alloc(a, sizeof *w);
    struct err e = ERR_NONE;

    if (copy == NULL || w == NULL)
        return;
    if (size > 0)
        memcpy(copy, data, size);
    if (wire_read(copy, size, w, &e) == RC_OK)
        HOLDS(w->n <= WIRE_FIELDS_MAX && wire_get(w, "cookie") != NULL);
}

static void request(struct arena *a, struct str text)
{
    struct request_target *t = arena_alloc(a, sizeof *t);
    struct err e = ERR_NONE;
    struct str cookie = request_cookie(text, STR("assay"));

    HOLDS(cookie.n <= text.n);
    if (t == NULL || request_read_target(a, text, t, &e) != RC_OK)
        return;
    HOLDS(t->segments <= REQUEST_SEGMENTS_MAX && t->query.n <= REQUEST_PARAMETERS_MAX);
}

/* No byte of the text becomes markup. */
static void html(struct arena *a, struct str text)
{
    const char *copy = str_dup(a, text);
    struct html o;

    html_begin(&o, HTML_MAX);
    html_text(&o, copy == NULL ? "" : copy);
    for (size_t i = 0; i < o.n; i++)
        HOLDS(strchr("<>\"'", o.p[i]) == NULL || o.p[i] == '\0');
    html_free(&o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(4 * FUZZ_ARENA_MAX);
    struct str text = fuzz_str(data, size);

    wire(a, data, size);
    request(a, text);
    html(a, text);
    arena_free(a);
    return 0;
}
