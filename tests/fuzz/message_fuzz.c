/* A message as callbacks build it, one call a line: "R path" a recipient, anything else "name:value" a field. */
#include <string.h>

#include "fuzz.h"
#include "mail/message.h"

static const struct message_bounds bounds = {.headers = 40, .header_bytes = 4000};

static void check(const struct message *m, size_t rcpts)
{
    static const char *const names[] = {"From", "Authentication-Results", "x"};
    size_t kept = rcpts < MESSAGE_RCPT_MAX ? rcpts : MESSAGE_RCPT_MAX;

    HOLDS(m->header_bytes <= bounds.header_bytes);
    HOLDS(m->essential_bytes == 0 ? m->header_count <= bounds.headers : m->limits != 0);
    HOLDS(m->rcpt_count == rcpts);
    for (size_t i = 0; i < kept; i++)
        HOLDS(m->rcpt[i].p != NULL && m->rcpt[i].p[m->rcpt[i].n] == '\0');
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t count = message_count_headers(m, names[i]);

        HOLDS(message_find_header(m, names[i], count) == NULL);
        HOLDS(count == 0 || message_find_header(m, names[i], count - 1) != NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = fuzz_str(data, size);
    struct message m = {.arena = arena_new(FUZZ_ARENA_MAX)};
    size_t rcpts = 0;

    while (rest.n > 0) {
        struct str line = fuzz_take(&rest, '\n');

        if (line.n >= 2 && line.p[0] == 'R' && line.p[1] == ' ') {
            HOLDS(message_add_rcpt(&m, str_slice(line, 2, line.n)) == (rcpts < MESSAGE_RCPT_MAX ? RC_OK : RC_LIMIT));
            rcpts++;
        } else {
            struct str name = fuzz_take(&line, ':');
            enum rc rc = message_add_header(&m, name, line, &bounds);

            HOLDS(rc == RC_OK || (rc == RC_BAD && name.n == 0) || (rc == RC_LIMIT && m.limits != 0));
        }
    }
    check(&m, rcpts);
    arena_free(m.arena);
    return 0;
}
