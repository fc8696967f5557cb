/* A header redacted for strangers, a field a line: ASCII, bounded lines, no local-part of ours left. */
#include <string.h>

#include "fuzz.h"
#include "output/redact.h"

static const struct message_bounds bounds = {.headers = 1000, .header_bytes = 1 << 20};
static const struct redact_key key = {.bytes = {7}};

static void check(struct str out)
{
    HOLDS(out.n <= REDACT_HEADERS_MAX && str_is_ascii(out));
    HOLDS(out.n == 0 || out.p[out.n - 1] == '\n');
    while (out.n > 0) {
        struct str line = fuzz_take(&out, '\n');

        HOLDS(line.n > 0 && line.n <= 990 && str_find(line, '\r') == line.n);
        HOLDS(line.p[0] == ' ' || char_is_alpha(line.p[0]));
        HOLDS(memmem(line.p, line.n, "http", 4) == NULL || str_starts_nocase(line, STR("Message-ID")));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = fuzz_str(data, size);
    struct message m = {.arena = arena_new(FUZZ_ARENA_MAX)};
    bool is_told = size > 0 && memmem(data, size, "jane.doe.secret", 15) != NULL; /* as text, by the sender himself */
    const char *out;

    HOLDS(redact_text(m.arena, rest, &key) != NULL);
    while (rest.n > 0) {
        struct str line = fuzz_take(&rest, '\n'), name = fuzz_take(&line, ':');

        (void)message_add_header(&m, name, line, &bounds);
    }
    (void)message_add_header(&m, STR("To"), STR("Jane <jane.doe.secret@receiver.example>"), &bounds);
    out = redact_headers(m.arena, &m, &key);
    HOLDS(out != NULL && (is_told || strstr(out, "jane.doe.secret") == NULL));
    check(str_of(out));
    arena_free(m.arena);
    return 0;
}
