#include "formats/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

/* ---- packing ---- */

struct gzip {
    struct archive *archive;
    archive_sink *sink;
    void *arg;
    enum rc rc; /* of the sink */
    struct err err;
};

static enum rc archive_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for an archive");
}

/* The library's word on an archive, or the sink's failure behind it. */
static enum rc packing_failed(struct gzip *z, struct err *e)
{
    const char *text = archive_error_string(z->archive);

    if (z->rc != RC_OK)
        return err_set(e, z->rc, "%s", z->err.text);
    return err_set(e, RC_INTERNAL, "gzip: %s", text == NULL ? "failed" : text);
}

static la_ssize_t archive_pass_on(struct archive *a, void *context, const void *bytes, size_t n)
{
    struct gzip *z = context;

    if (z->rc == RC_OK)
        z->rc = z->sink(z->arg, (struct str){bytes, n}, &z->err);
    if (z->rc == RC_OK)
        return (la_ssize_t)n;
    archive_set_error(a, -1, "the sink failed");
    return -1;
}

static bool set_up(struct gzip *z)
{
    struct archive_entry *entry = archive_entry_new();
    bool ok = entry != NULL && archive_write_set_format_raw(z->archive) == ARCHIVE_OK &&
              archive_write_add_filter_gzip(z->archive) == ARCHIVE_OK &&
              archive_write_set_filter_option(z->archive, "gzip", "timestamp", NULL) == ARCHIVE_OK &&
              archive_write_set_bytes_per_block(z->archive, 0) == ARCHIVE_OK &&
              archive_write_open(z->archive, z, NULL, archive_pass_on, NULL) == ARCHIVE_OK;

    if (ok) {
        archive_entry_set_filetype(entry, AE_IFREG);
        ok = archive_write_header(z->archive, entry) == ARCHIVE_OK;
    }
    archive_entry_free(entry);
    return ok;
}

enum rc gzip_open(archive_sink *sink, void *arg, struct gzip **out, struct err *e)
{
    struct gzip *z = calloc(1, sizeof *z);
    enum rc rc = RC_OK;

    *out = NULL;
    if (z == NULL)
        return archive_no_memory(e);
    z->sink = sink;
    z->arg = arg;
    z->archive = archive_write_new();
    if (z->archive == NULL)
        rc = archive_no_memory(e);
    else if (!set_up(z))
        rc = packing_failed(z, e);
    if (rc == RC_OK)
        *out = z;
    else
        gzip_abandon(z);
    return rc;
}

enum rc gzip_write(struct gzip *z, struct str bytes, struct err *e)
{
    while (bytes.n > 0) {
        la_ssize_t n = archive_write_data(z->archive, bytes.p, bytes.n);

        if (n <= 0)
            return packing_failed(z, e);
        bytes = str_slice(bytes, (size_t)n, bytes.n);
    }
    return RC_OK;
}

enum rc gzip_close(struct gzip *z, struct err *e)
{
    enum rc rc = archive_write_close(z->archive) == ARCHIVE_OK ? RC_OK : packing_failed(z, e);

    gzip_abandon(z);
    return rc;
}

void gzip_abandon(struct gzip *z)
{
    if (z == NULL)
        return;
    if (z->archive != NULL)
        (void)archive_write_free(z->archive);
    free(z);
}

/* ---- unpacking ---- */

static enum rc unpacking_failed(struct archive *a, struct err *e)
{
    const char *text = archive_error_string(a);
    char shown[200];
    struct strbuf b = STRBUF_ON(shown);

    strbuf_put_clean(&b, str_of(text == NULL ? "unknown" : text), 190);
    return err_set(e, RC_BAD, "cannot be unpacked: %s", b.p);
}

/* A zip may begin with folders; a plain or gzip file is one entry of the raw format. */
static enum rc find_file(struct archive *a, struct err *e)
{
    enum { ENTRIES_MAX = 20 };

    for (int i = 0; i < ENTRIES_MAX; i++) {
        struct archive_entry *entry;
        int code = archive_read_next_header(a, &entry);

        if (code == ARCHIVE_EOF)
            break;
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return unpacking_failed(a, e);
        if (archive_entry_filetype(entry) == AE_IFREG)
            return RC_OK;
    }
    return err_set(e, RC_BAD, "holds no file");
}

/* How much came out of how much, and where it goes. */
struct draining {
    uint64_t fair, max, sum;
    archive_sink *sink;
    void *arg;
};

/* In pieces, so that who has seen enough can say so. */
static enum rc pass_on(struct draining *d, struct str block, struct err *e)
{
    enum { PIECE = 64 * 1024 };
    enum rc rc = RC_OK;

    for (size_t at = 0; rc == RC_OK && at < block.n; at += PIECE) {
        struct str piece = str_slice(block, at, at + PIECE);

        d->sum += piece.n;
        if (d->sum > d->max)
            rc = err_set(e, RC_LIMIT, "holds more than %llu bytes", (unsigned long long)d->max);
        else if (d->sum > d->fair)
            rc = err_set(e, RC_LIMIT, "unpacks to more than %d times its size", UNPACK_RATIO_MAX);
        else
            rc = d->sink(d->arg, piece, e);
    }
    return rc;
}

/* Block by block, since archive_read_data() keeps back the last one where a checksum is wrong. */
static enum rc drain(struct archive *a, size_t packed, uint64_t max, archive_sink *sink, void *arg, struct err *e)
{
    struct draining d = {.fair = (uint64_t)packed * UNPACK_RATIO_MAX + UNPACK_RATIO_FREE, .max = max, .sink = sink,
                         .arg = arg};
    enum rc rc = RC_OK;

    while (rc == RC_OK) {
        const void *block = NULL;
        size_t n = 0;
        la_int64_t offset;
        int code = archive_read_data_block(a, &block, &n, &offset);

        if (code == ARCHIVE_EOF)
            break;
        if (block != NULL && n > 0)
            rc = pass_on(&d, (struct str){block, n}, e);
        if (rc == RC_OK && code != ARCHIVE_OK) /* a wrong checksum is a warning */
            rc = unpacking_failed(a, e);
    }
    return rc;
}

enum rc archive_unpack(struct str packed, uint64_t max, archive_sink *sink, void *arg, struct err *e)
{
    struct archive *a = archive_read_new();
    enum rc rc;

    if (a == NULL)
        return archive_no_memory(e);
    if (packed.n == 0) {
        rc = err_set(e, RC_BAD, "is empty");
    } else if (archive_read_support_filter_gzip(a) != ARCHIVE_OK || archive_read_support_format_zip(a) != ARCHIVE_OK ||
               archive_read_support_format_raw(a) != ARCHIVE_OK ||
               archive_read_open_memory(a, packed.p, packed.n) != ARCHIVE_OK) {
        rc = unpacking_failed(a, e);
    } else {
        rc = find_file(a, e);
        if (rc == RC_OK)
            rc = drain(a, packed.n, max, sink, arg, e);
    }
    (void)archive_read_free(a);
    return rc;
}

/* ---- zip, file by file ---- */

static struct archive *zip_open(struct str packed)
{
    struct archive *a = archive_read_new();

    if (a != NULL && (archive_read_support_format_zip(a) != ARCHIVE_OK ||
                      archive_read_open_memory(a, packed.p, packed.n) != ARCHIVE_OK)) {
        (void)archive_read_free(a);
        a = NULL;
    }
    return a;
}

/* RC_NOTFOUND: there are no more files; RC_BAD: it is damaged here; RC_LIMIT: too many entries. */
static enum rc zip_entry(struct archive *a, size_t nth, struct archive_entry **entry)
{
    enum { ENTRIES_MAX = 1000 }; /* with folders */

    for (int i = 0; i < ENTRIES_MAX; i++) {
        int code = archive_read_next_header(a, entry);

        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return code == ARCHIVE_EOF ? RC_NOTFOUND : RC_BAD;
        if (archive_entry_filetype(*entry) == AE_IFREG && nth-- == 0)
            return RC_OK;
    }
    return RC_LIMIT;
}

static void zip_name(struct archive_entry *entry, struct zip_file *file)
{
    const char *name = archive_entry_pathname(entry);
    struct strbuf b = STRBUF_ON(file->name);

    if (name == NULL)
        name = archive_entry_pathname_utf8(entry);
    strbuf_put(&b, str_slice(str_of(name), 0, ZIP_NAME_MAX));
}

enum rc archive_zip_file(struct str packed, size_t nth, uint64_t max, struct zip_file *file, archive_sink *sink,
                         void *arg, struct err *e)
{
    struct archive *a = zip_open(packed);
    struct archive_entry *entry = NULL;
    enum rc rc;

    file->encrypted = file->damaged = false;
    file->name[0] = '\0';
    if (a == NULL)
        return archive_no_memory(e);
    rc = nth <= ZIP_FILES_MAX ? zip_entry(a, nth, &entry) : RC_NOTFOUND;
    if (rc != RC_OK) {
        (void)archive_read_free(a);
        return rc == RC_NOTFOUND ? err_set(e, rc, "holds no file %zu", nth)
               : rc == RC_LIMIT  ? err_set(e, rc, "a zip archive with more entries than are read: not those behind")
                                 : err_set(e, rc, "a zip archive that is damaged: files behind that place were not");
    }
    zip_name(entry, file);
    file->encrypted = archive_entry_is_encrypted(entry) != 0;
    rc = file->encrypted ? RC_OK : drain(a, packed.n, max, sink, arg, e);
    if (rc == RC_BAD && archive_error_string(a) != NULL) {
        file->damaged = true;
        rc = RC_OK;
    }
    (void)archive_read_free(a);
    return rc;
}
