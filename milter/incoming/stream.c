#include "incoming/stream.h"

#include <stdlib.h>
#include <string.h>

static enum rc stream_count(void *arg, struct str bytes, struct err *e)
{
    struct stream *s = arg;

    s->sum += bytes.n;
    return s->sink(s->sink_arg, bytes, e);
}

/* In pieces, so that who has seen enough can say so. */
static enum rc run_plain(struct stream *s, struct err *e)
{
    enum { PIECE = 64 * 1024 };
    enum rc rc = RC_OK;

    if (s->bytes.n > INCOMING_UNPACKED_MAX)
        return err_set(e, RC_LIMIT, "is larger than %d bytes", INCOMING_UNPACKED_MAX);
    for (size_t at = 0; at < s->bytes.n && rc == RC_OK; at += PIECE)
        rc = stream_count(s, str_slice(s->bytes, at, at + PIECE), e);
    return rc;
}

enum rc stream_run(void *arg, archive_sink *sink, void *sink_arg, struct err *e)
{
    struct stream *s = arg;

    s->sum = 0;
    s->sink = sink;
    s->sink_arg = sink_arg;
    switch (s->kind) {
    case STREAM_GZIP:
        return gunzip(s->bytes, INCOMING_UNPACKED_MAX, stream_count, s, &s->gzip, e);
    case STREAM_ZIP:
        return archive_zip_file(s->bytes, s->nth, INCOMING_UNPACKED_MAX, &s->zip, stream_count, s, e);
    default:
        return run_plain(s, e);
    }
}

struct taken {
    char *p;
    size_t n, room, max;
    bool enough;
};

static enum rc take_first(void *arg, struct str bytes, struct err *e)
{
    struct taken *t = arg;
    size_t n = t->room - t->n < bytes.n ? t->room - t->n : bytes.n;

    memcpy(t->p + t->n, bytes.p, n);
    t->n += n;
    t->enough = t->n == t->room;
    return t->enough ? err_set(e, RC_TEMP, "enough") : RC_OK;
}

enum rc stream_peek(struct stream *s, char *mem, size_t room, size_t *n, struct err *e)
{
    struct taken t = {.p = mem, .room = room};
    enum rc rc = stream_run(s, take_first, &t, e);

    *n = t.n;
    return t.enough ? RC_OK : rc;
}

static enum rc take_all(void *arg, struct str bytes, struct err *e)
{
    struct taken *t = arg;

    if (bytes.n > t->max - t->n)
        return err_set(e, RC_LIMIT, "holds more than %zu bytes", t->max);
    if (t->n + bytes.n > t->room) {
        size_t room = 2 * (t->n + bytes.n);
        char *p = realloc(t->p, room);

        if (p == NULL)
            return err_set(e, RC_NOMEM, "no memory to unpack");
        t->p = p;
        t->room = room;
    }
    memcpy(t->p + t->n, bytes.p, bytes.n);
    t->n += bytes.n;
    return RC_OK;
}

enum rc stream_whole(struct stream *s, size_t max, struct str *out, struct err *e)
{
    struct taken t = {.max = max};
    enum rc rc = stream_run(s, take_all, &t, e);

    if (rc != RC_OK) {
        free(t.p);
        t.p = NULL;
        t.n = 0;
    }
    *out = (struct str){t.p, t.n};
    return rc;
}

bool stream_is_cut(const struct stream *s)
{
    return (s->kind == STREAM_GZIP && (s->gzip.truncated || s->gzip.damaged)) ||
           (s->kind == STREAM_ZIP && s->zip.damaged);
}

void stream_tell(const struct stream *s, struct notes *notes)
{
    if (s->origin != NULL)
        notes_add(notes, "%s", s->origin);
    if (s->kind == STREAM_GZIP) {
        if (s->gzip.checksum)
            notes_add(notes, "the gzip file's checksum or length is wrong");
        if (s->gzip.truncated)
            notes_add(notes, "the gzip file is cut off");
        if (s->gzip.damaged)
            notes_add(notes, "the gzip file is damaged");
        if (s->gzip.tail)
            notes_add(notes, "other bytes follow the gzip data");
    }
    if (s->kind == STREAM_ZIP && s->zip.damaged)
        notes_add(notes, "the zip archive is cut off, or its checksum is wrong");
}
