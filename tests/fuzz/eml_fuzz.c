/* Message files: what is kept obeys the bounds, the body is the file's own end, and line ends come out as CRLF. */
#include <string.h>

#include "fuzz.h"
#include "mail/eml.h"

static const struct message_bounds bounds = {.headers = 50, .header_bytes = 20000};

static void check_fields(const struct message *m)
{
    size_t bytes = 0;

    HOLDS(m->header_bytes <= bounds.header_bytes);
    HOLDS(m->essential_bytes == 0 ? m->header_count <= bounds.headers : m->limits != 0);
    for (size_t i = 0; i < m->header_count; i++) {
        struct str value = m->headers[i].value;

        HOLDS(m->headers[i].name.n > 0 && memchr(m->headers[i].name.p, ':', m->headers[i].name.n) == NULL);
        for (size_t k = 0; k < value.n; k++) {
            HOLDS(value.p[k] != '\0');
            HOLDS(value.p[k] != '\r' || (k + 1 < value.n && value.p[k + 1] == '\n'));
            HOLDS(value.p[k] != '\n' || (k > 0 && value.p[k - 1] == '\r'));
        }
        bytes += m->headers[i].name.n + 3 + value.n;
    }
    HOLDS(bytes == m->header_bytes + m->essential_bytes);
}

/* The body as it was fed so far: its last byte, and whether a CR waits for its LF. */
struct fed {
    size_t n;
    char last;
};

static void sink(void *ctx, struct str piece)
{
    struct fed *fed = ctx;

    HOLDS(piece.n > 0);
    for (size_t i = 0; i < piece.n; i++) {
        HOLDS((fed->last == '\r') == (piece.p[i] == '\n'));
        fed->last = piece.p[i];
    }
    fed->n += piece.n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_str(data, size), body = STR_NONE;
    struct message m = {.arena = arena_new(FUZZ_ARENA_MAX)};
    struct fed fed = {0};
    struct err e = ERR_NONE;

    if (eml_read(text, &m, &bounds, &body, &e) == RC_OK) {
        check_fields(&m);
        HOLDS(body.n == 0 || body.p + body.n == text.p + text.n);
        eml_body(body, sink, &fed);
        HOLDS(fed.n >= body.n && (fed.n == 0 || fed.last == '\n'));
    } else {
        HOLDS(strncmp(e.text, "line ", 5) == 0 || strstr(e.text, "this is not a mail message") != NULL);
    }
    arena_free(m.arena);
    return 0;
}
