/* A client's report as it is kept: any bytes are refused or are blocks, which can be encoded again and written. */
#include <string.h>

#include "clientreport/html.h"
#include "clientreport/text.h"
#include "fuzz.h"

static void written(void (*write)(const struct document *, FILE *), const struct document *d, bool html)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);

    if (to == NULL)
        return;
    write(d, to);
    HOLDS(fclose(to) == 0);
    for (size_t i = 0; i < n; i++)
        HOLDS((unsigned char)text[i] >= 0x20 || text[i] == '\n');
    if (html)
        HOLDS(strstr(text, "<script") == NULL && strstr(text, "</html>\n") != NULL);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(4 * FUZZ_ARENA_MAX);
    struct document d, again;
    struct str out;
    struct err e = ERR_NONE;

    if (blocks_decode(a, fuzz_str(data, size), &d, &e) == RC_OK) {
        HOLDS(d.blocks <= BLOCKS_MAX);
        HOLDS(blocks_encode(a, &d, &out, &e) == RC_OK && blocks_decode(a, out, &again, &e) == RC_OK);
        HOLDS(again.blocks == d.blocks && strcmp(again.title, d.title) == 0);
        written(report_html, &d, true);
        written(report_text, &d, false);
    }
    arena_free(a);
    return 0;
}
