/* Files that may be gzip, zip or neither: what comes out is bounded, and packing it again gives it back. */
#include <string.h>

#include "fuzz.h"
#include "formats/archive.h"
#include "formats/gunzip.h"

enum { OUT_MAX = 2 << 20 };

struct bytes {
    char *p;
    size_t n;
};

static enum rc keep(void *arg, struct str bytes, struct err *e)
{
    struct bytes *b = arg;

    (void)e;
    HOLDS(b->n + bytes.n <= OUT_MAX);
    memcpy(b->p + b->n, bytes.p, bytes.n);
    b->n += bytes.n;
    return RC_OK;
}

static void again(struct str plain)
{
    struct bytes packed = {malloc(OUT_MAX), 0}, back = {malloc(OUT_MAX), 0};
    struct gzip *z;

    HOLDS(packed.p != NULL && back.p != NULL);
    HOLDS(gzip_open(keep, &packed, &z, NULL) == RC_OK);
    HOLDS(gzip_write(z, plain, NULL) == RC_OK && gzip_close(z, NULL) == RC_OK);
    HOLDS(packed.n > 2 && (unsigned char)packed.p[0] == 0x1f && (unsigned char)packed.p[1] == 0x8b);
    HOLDS(archive_unpack((struct str){packed.p, packed.n}, OUT_MAX, keep, &back, NULL) == RC_OK);
    HOLDS(back.n == plain.n && memcmp(back.p, plain.p, plain.n) == 0);
    free(packed.p);
    free(back.p);
}

/* The forgiving ways in: what comes out is bounded likewise. */
static void strangers(struct str file, struct bytes *out)
{
    struct gunzip_faults faults;
    struct zip_file zip;

    out->n = 0;
    (void)gunzip(file, OUT_MAX, keep, out, &faults, NULL);
    HOLDS(out->n <= file.n * UNPACK_RATIO_MAX + UNPACK_RATIO_FREE);
    for (size_t i = 0; i < 3; i++) {
        out->n = 0;
        if (archive_zip_file(file, i, OUT_MAX, &zip, keep, out, NULL) == RC_NOTFOUND)
            break;
        HOLDS(out->n <= file.n * UNPACK_RATIO_MAX + UNPACK_RATIO_FREE && strlen(zip.name) <= ZIP_NAME_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str file = fuzz_str(data, size);
    struct bytes out = {malloc(OUT_MAX), 0};
    struct err e = ERR_NONE;

    HOLDS(out.p != NULL);
    if (archive_unpack(file, OUT_MAX, keep, &out, &e) == RC_OK) {
        HOLDS(out.n <= size * UNPACK_RATIO_MAX + UNPACK_RATIO_FREE);
        if (out.n > 1 && out.n < 64 * 1024 && memcmp(out.p, "\x1f\x8b", 2) != 0) /* the library undoes gzip in gzip */
            again((struct str){out.p, out.n});
    } else {
        HOLDS(e.text[0] != '\0');
    }
    strangers(file, &out);
    free(out.p);
    return 0;
}
