#include "mail/message.h"

#include <string.h>

#include "mail/authres.h"
#include "mail/from.h"
#include "mail/lex.h"

static const char *const limit_names[] = {
    "headers", "header-bytes", "recipients", "signatures", "from", "arc", "walks", "records", "memory",
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

/* Bytes `value` takes once each line end, CRLF, CR or LF, is CRLF. */
static size_t crlf_size(struct str value)
{
    const char *end;
    size_t n = value.n;

    if (n == 0)
        return 0;
    end = value.p + value.n;
    for (const char *p = value.p; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        n += p == value.p || p[-1] != '\r';
    for (const char *p = value.p; (p = memchr(p, '\r', (size_t)(end - p))) != NULL; p++)
        n += p + 1 == end || p[1] != '\n';
    return n;
}

/* The next line, without its end; `rest` is what stands behind that.  A CR ends it if there is one in `rest`. */
static struct str take_line(struct str *rest, bool cr)
{
    size_t n = cr ? 0 : str_find(*rest, '\n');
    struct str line;

    while (cr && n < rest->n && rest->p[n] != '\n' && rest->p[n] != '\r')
        n++;
    line = str_slice(*rest, 0, n);
    n += n + 1 < rest->n && rest->p[n] == '\r' && rest->p[n + 1] == '\n';
    *rest = str_slice(*rest, n + 1, rest->n);
    return line;
}

static struct str crlf_copy(struct arena *a, struct str value)
{
    bool cr = str_find(value, '\r') < value.n;
    size_t n = crlf_size(value), at = 0;
    char *copy = arena_alloc(a, n + 1);

    if (copy == NULL)
        return STR_NONE;
    while (at < n) {
        struct str line = take_line(&value, cr);

        if (line.n > 0)
            memcpy(copy + at, line.p, line.n);
        at += line.n;
        if (at < n)
            memcpy(copy + at, "\r\n", 2);
        at += 2;
    }
    return (struct str){copy, n};
}

static enum rc message_keep(struct message *m, struct str name, struct str value, size_t *sum)
{
    struct header h;

    if (!headers_reserve(m))
        return over(m, MESSAGE_LIMIT_MEMORY);
    h.name = (struct str){str_dup(m->arena, name), name.n};
    h.value = crlf_copy(m->arena, value);
    if (h.name.p == NULL || h.value.p == NULL)
        return over(m, MESSAGE_LIMIT_MEMORY);
    m->headers[m->header_count++] = h;
    *sum += name.n + 3 + h.value.n;
    return RC_OK;
}

_Static_assert((int)MESSAGE_ESSENTIAL_CUT > (int)FROM_BYTES_MAX, "what the cut takes away could name another author");

/* Two From fields are as bad as many, so no more need be kept. */
static enum rc keep_essential(struct message *m, struct str name, struct str value)
{
    bool authres = authres_is_field(name);
    enum rc rc = RC_LIMIT;

    value = str_slice(value, 0, MESSAGE_ESSENTIAL_CUT);
    if (authres && m->essential_bytes < MESSAGE_ESSENTIAL_BYTES && m->essential_authres++ < MESSAGE_ESSENTIAL_FIELDS)
        rc = message_keep(m, name, value, &m->essential_bytes);
    else if (message_header_is(&(struct header){.name = name}, "From") && m->essential_from++ < 2)
        rc = message_keep(m, name, value, &m->essential_bytes);
    if (authres && rc != RC_OK)
        m->authres_dropped++;
    return rc;
}

enum rc message_add_header(struct message *m, struct str name, struct str value, const struct message_bounds *max)
{
    size_t size = name.n + 3 + crlf_size(value);
    bool many = m->header_count >= max->headers;
    bool large = size > max->header_bytes || m->header_bytes > max->header_bytes - size;
    enum rc rc;

    if (name.n == 0)
        return RC_BAD;
    if (m->authres_dropped > 0 && authres_is_field(name)) { /* those dropped stand behind all that were kept */
        m->authres_dropped++;
        return RC_LIMIT;
    }
    if (many || large) {
        (void)over(m, many ? MESSAGE_LIMIT_HEADERS : MESSAGE_LIMIT_HEADER_BYTES);
        return keep_essential(m, name, value);
    }
    rc = message_keep(m, name, value, &m->header_bytes);
    if (rc != RC_OK && authres_is_field(name))
        m->authres_dropped++;
    return rc;
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
    arg.p = str_dup(a, arg);
    return arg.p == NULL ? STR_NONE : arg;
}

bool message_header_is(const struct header *h, const char *name)
{
    return lex_is_name(h->name, str_of(name));
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
