#include "mail/message.h"

#include <string.h>

static const char *const limit_names[] = {
    "headers", "header-bytes", "recipients", "signatures", "from", "arc", "walks", "memory",
};
const struct enum_names message_limit_names = ENUM_NAMES(limit_names);
_Static_assert(sizeof limit_names / sizeof limit_names[0] == MESSAGE_LIMIT_COUNT, "a name for each limit");

static enum rc over(struct message *m, enum message_limit limit)
{
    message_note_limit(m, limit);
    return RC_LIMIT;
}

/* Room for one more field; the array doubles inside the arena. */
static bool headers_reserve(struct message *m)
{
    size_t cap = m->header_cap == 0 ? 32 : 2 * m->header_cap;
    struct header *grown;

    if (m->header_count < m->header_cap)
        return true;
    grown = arena_array(m->arena, cap, sizeof *grown);
    if (grown == NULL)
        return false;
    if (m->header_count > 0)
        memcpy(grown, m->headers, m->header_count * sizeof *grown);
    m->headers = grown;
    m->header_cap = cap;
    return true;
}

/* Bytes `value` takes once each line end is CRLF. */
static size_t crlf_size(struct str value)
{
    size_t n = 0;

    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\r' && i + 1 < value.n && value.p[i + 1] == '\n')
            i++;
        n += value.p[i] == '\n' || value.p[i] == '\r' ? 2 : 1;
    }
    return n;
}

static struct str crlf_copy(struct arena *a, struct str value)
{
    size_t n = crlf_size(value), at = 0;
    char *copy = arena_alloc(a, n + 1);

    if (copy == NULL)
        return STR_NONE;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];

        if (c == '\r' && i + 1 < value.n && value.p[i + 1] == '\n')
            c = value.p[++i];
        if (c == '\n' || c == '\r') {
            copy[at++] = '\r';
            c = '\n';
        }
        copy[at++] = c;
    }
    return (struct str){copy, n};
}

enum rc message_add_header(struct message *m, struct str name, struct str value, const struct message_bounds *max)
{
    size_t size = name.n + 3 + crlf_size(value);
    struct header h;

    if (name.n == 0)
        return RC_BAD;
    if (m->header_count >= max->headers)
        return over(m, MESSAGE_LIMIT_HEADERS);
    if (size > max->header_bytes || m->header_bytes > max->header_bytes - size)
        return over(m, MESSAGE_LIMIT_HEADER_BYTES);
    if (!headers_reserve(m))
        return over(m, MESSAGE_LIMIT_MEMORY);
    h.name = (struct str){str_dup(m->arena, name), name.n};
    h.value = crlf_copy(m->arena, value);
    if (h.name.p == NULL || h.value.p == NULL)
        return over(m, MESSAGE_LIMIT_MEMORY);
    m->headers[m->header_count++] = h;
    m->header_bytes += size;
    return RC_OK;
}

enum rc message_add_rcpt(struct message *m, struct str path)
{
    struct str copy;

    if (m->rcpt_count++ >= MESSAGE_RCPT_MAX)
        return over(m, MESSAGE_LIMIT_RECIPIENTS);
    copy = message_path(m->arena, path);
    if (copy.p == NULL)
        return over(m, MESSAGE_LIMIT_MEMORY);
    m->rcpt[m->rcpt_count - 1] = copy;
    return RC_OK;
}

struct str message_path(struct arena *a, struct str arg)
{
    arg = str_trim(arg);
    if (arg.n >= 2 && arg.p[0] == '<' && arg.p[arg.n - 1] == '>')
        arg = str_slice(arg, 1, arg.n - 1);
    return (struct str){str_dup(a, arg), arg.n};
}

bool message_header_is(const struct header *h, const char *name)
{
    struct str bare = h->name;

    while (bare.n > 0 && char_is_wsp(bare.p[bare.n - 1]))
        bare.n--;
    return str_eq_nocase(bare, str_of(name));
}

size_t message_count_headers(const struct message *m, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < m->header_count; i++)
        n += message_header_is(&m->headers[i], name);
    return n;
}

const struct header *message_find_header(const struct message *m, const char *name, size_t nth)
{
    for (size_t i = 0; i < m->header_count; i++)
        if (message_header_is(&m->headers[i], name) && nth-- == 0)
            return &m->headers[i];
    return NULL;
}
