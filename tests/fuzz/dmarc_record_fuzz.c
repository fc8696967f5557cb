/* DMARC records: any bytes give a record within its limits, or none; a URI taken is a URI again. */
#include <string.h>

#include "dmarc/dmarc_record.h"
#include "fuzz.h"

static void check_uris(struct arena *a, const char *const *uris, size_t n)
{
    HOLDS(n <= DMARC_URIS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct strbuf b = strbuf_new(a, DMARC_RECORD_MAX + 64);
        struct dmarc_record again;

        HOLDS(strchr(uris[i], ':') != NULL && strpbrk(uris[i], " ,!;\"<>\\") == NULL);
        strbuf_putf(&b, "v=DMARC1; rua=%s", uris[i]);
        if (b.n > DMARC_RECORD_MAX)
            continue;
        HOLDS(dmarc_record_parse(a, strbuf_str(&b), &again) == RC_OK);
        HOLDS(again.rua_count == 1 && strcmp(again.rua[0], uris[i]) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct dmarc_record r;
    enum rc rc = dmarc_record_parse(a, fuzz_str(data, size), &r);

    HOLDS(rc == RC_OK || rc == RC_NOTFOUND || (rc == RC_LIMIT && size > DMARC_RECORD_MAX));
    if (rc == RC_OK) {
        HOLDS(r.errors < 1u << dmarc_record_error_names.count);
        HOLDS(strlen(r.fo) <= strlen("0:d:s") && (r.ruf_count > 0 || strcmp(r.fo, "0") == 0));
        HOLDS(dmarc_record_unusable(&r) == (r.p.state != DMARC_TAG_VALID || r.sp.state == DMARC_TAG_INVALID ||
                                            r.np.state == DMARC_TAG_INVALID));
        check_uris(a, r.rua, r.rua_count);
        check_uris(a, r.ruf, r.ruf_count);
    }
    arena_free(a);
    return 0;
}
