#include "mta/frames.h"

#include <string.h>

/* One byte of a head: the length, the highest byte first, then the letter, which it counts. */
static void frames_head(struct frames *f, unsigned char byte)
{
    if (f->in_head < 4) {
        f->length = f->length << 8 | byte;
        f->in_head++;
        if (f->in_head == 4 && f->length == 0)
            *f = (struct frames){0}; /* nothing, not even a letter */
        return;
    }
    f->in_data = f->length > 1;
    f->left = f->length - 1;
    f->macros = byte == 'D';
    f->field = byte == 'L';
    if (!f->in_data)
        *f = (struct frames){0};
}

/* Bytes of macros; false: the block ends with them, and is no pairs. */
static bool frames_macros(struct frames *f, const char *p, size_t n, bool last)
{
    const char *end = p + n;

    if (!f->staged && n > 0) {
        f->staged = true;
        p++;
    }
    while (p < end) {
        const char *nul = memchr(p, '\0', (size_t)(end - p));

        f->open = nul == NULL;
        if (nul == NULL)
            break;
        f->odd = !f->odd;
        p = nul + 1;
    }
    return !last || (!f->odd && !f->open);
}

/* Bytes of a field; false: it ends with them, and has no name or no end. */
static bool frames_field(struct frames *f, char *p, size_t n, bool last)
{
    char *end = p + n;
    bool ended = last && end[-1] == '\0', nameless = f->left == f->length - 1 && *p == '\0';

    if (nameless)
        *p = 1;
    for (char *nul = memchr(p, '\0', n); nul != NULL; nul = memchr(nul + 1, '\0', (size_t)(end - nul - 1))) {
        bool body_end = last && nul == end - 1;

        if (f->named && !body_end)
            *nul = 1;
        f->named = f->named || !body_end;
    }
    return !last || (ended && f->named);
}

/* Bytes of a command's data; false: it may not be handed on whole. */
static bool frames_data(struct frames *f, char *p, size_t n, bool last)
{
    if (f->macros)
        return frames_macros(f, p, n, last);
    return !f->field || frames_field(f, p, n, last);
}

size_t frames_pass(struct frames *f, char *p, size_t n)
{
    size_t at = 0;

    while (at < n && !f->broken) {
        size_t piece = n - at;

        if (!f->in_data) {
            frames_head(f, (unsigned char)p[at++]);
            continue;
        }
        if (piece > f->left)
            piece = f->left;
        if (!frames_data(f, p + at, piece, piece == f->left)) {
            f->broken = true;
            return at + piece - 1;
        }
        at += piece;
        f->left -= (uint32_t)piece;
        if (f->left == 0)
            *f = (struct frames){0};
    }
    return at;
}
