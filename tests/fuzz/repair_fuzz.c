/* SPF and DMARC texts mended: what comes out parses, and mended once more it stays as it is. */
#include "fuzz.h"

#include "health/dmarc_edit.h"
#include "health/lists.h"
#include "health/spf_repair.h"
#include "spf/spf_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_str(data, size), spf;
    struct arena *a = arena_new(8 << 20);
    struct dmarc_edit *e = a == NULL ? NULL : arena_alloc(a, sizeof *e);
    struct health_codes codes[HEALTH_CODES_MAX];
    struct spf_record r;
    struct dmarc_record record;
    struct err err = ERR_NONE;
    size_t n;

    if (e == NULL)
        return 0;
    spf = spf_repair(a, text);
    if (spf.n > 0)
        HOLDS(spf_record_is(spf) && spf_record_parse(a, spf, &r, &err) == RC_OK);
    if (size <= DMARC_RECORD_MAX) {
        const char *made;

        dmarc_edit_read(a, text, e);
        dmarc_edit_set(e, DMARC_EDIT_P, "none");
        made = dmarc_edit_text(e);
        if (made[0] != '\0')
            HOLDS(dmarc_record_parse(a, str_of(made), &record) == RC_OK && record.p.state == DMARC_TAG_VALID);
    }
    (void)health_codes_read(text, codes, &n);
    HOLDS(n <= HEALTH_CODES_MAX);
    arena_free(a);
    return 0;
}
