#include "formats/gunzip.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { PIECE = 64 * 1024, WINDOW_GZIP = 31 };

struct job {
    z_stream z;
    struct str rest; /* not yet given to the library */
    uint64_t sum, max, fair;
    archive_sink *sink;
    void *arg;
    struct gunzip_faults *faults;
    unsigned char piece[PIECE];
};

static void gunzip_feed(struct job *j)
{
    size_t n = j->rest.n < INT_MAX ? j->rest.n : INT_MAX;

    if (j->z.avail_in > 0)
        return;
    j->z.next_in = (unsigned char *)(uintptr_t)j->rest.p; /* the library only reads */
    j->z.avail_in = (unsigned)n;
    j->rest = str_slice(j->rest, n, j->rest.n);
}

static enum rc gunzip_give(struct job *j, struct err *e)
{
    size_t n = PIECE - j->z.avail_out;

    j->z.next_out = j->piece;
    j->z.avail_out = PIECE;
    if (n == 0)
        return RC_OK;
    if ((j->sum += n) > j->max)
        return err_set(e, RC_LIMIT, "holds more than %llu bytes", (unsigned long long)j->max);
    if (j->sum > j->fair)
        return err_set(e, RC_LIMIT, "unpacks to more than %d times its size", UNPACK_RATIO_MAX);
    return j->sink(j->arg, (struct str){(const char *)j->piece, n}, e);
}

/* Another member begins where one ended; anything else there is left alone. */
static bool next_member(struct job *j)
{
    gunzip_feed(j);
    if (j->z.avail_in == 0)
        return false;
    if (j->z.avail_in >= 2 && j->z.next_in[0] == 0x1f && j->z.next_in[1] == 0x8b)
        return inflateReset(&j->z) == Z_OK;
    j->faults->tail = true;
    return false;
}

static void gunzip_note(struct job *j, int code)
{
    bool trailer = j->z.msg != NULL && strncmp(j->z.msg, "incorrect ", 10) == 0 && strstr(j->z.msg, "header") == NULL;

    if (code == Z_BUF_ERROR)
        j->faults->truncated = true;
    else if (trailer)
        j->faults->checksum = true;
    else
        j->faults->damaged = true;
}

static enum rc gunzip_run(struct job *j, struct err *e)
{
    for (;;) {
        int code;
        enum rc rc;

        gunzip_feed(j);
        code = inflate(&j->z, Z_NO_FLUSH);
        rc = gunzip_give(j, e);
        if (rc != RC_OK)
            return rc;
        if (code == Z_MEM_ERROR)
            return err_set(e, RC_NOMEM, "no memory to unpack");
        if (code == Z_STREAM_END ? !next_member(j) : code != Z_OK) {
            if (code != Z_STREAM_END)
                gunzip_note(j, code);
            return gunzip_give(j, e);
        }
    }
}

enum rc gunzip(struct str packed, uint64_t max, archive_sink *sink, void *arg, struct gunzip_faults *faults,
               struct err *e)
{
    struct job *j;
    enum rc rc;

    *faults = (struct gunzip_faults){.checksum = false};
    if (packed.n < 2 || (unsigned char)packed.p[0] != 0x1f || (unsigned char)packed.p[1] != 0x8b)
        return err_set(e, RC_BAD, "is not gzip");
    j = calloc(1, sizeof *j);
    if (j == NULL)
        return err_set(e, RC_NOMEM, "no memory to unpack");
    j->rest = packed;
    j->max = max;
    j->fair = (uint64_t)packed.n * UNPACK_RATIO_MAX + UNPACK_RATIO_FREE;
    j->sink = sink;
    j->arg = arg;
    j->faults = faults;
    j->z.next_out = j->piece;
    j->z.avail_out = PIECE;
    if (inflateInit2(&j->z, WINDOW_GZIP) == Z_OK) {
        rc = gunzip_run(j, e);
        (void)inflateEnd(&j->z);
    } else {
        rc = err_set(e, RC_NOMEM, "no memory to unpack");
    }
    free(j);
    return rc;
}
