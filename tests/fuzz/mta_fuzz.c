/*
 * What an MTA sends, byte by byte as readahead sees it, and the fields and paths of it as collect sees them: with no
 * reader of mail in between.  First byte: the size of the pieces in which it comes.
 */
#include <string.h>

#include "fuzz.h"
#include "mta/collect.h"
#include "mta/frames.h"

enum { ARGS_MAX = 64 };

/* The strings of a command, each ended by NUL; NULL at their end. */
static void strings(char *data, size_t n, char *argv[ARGS_MAX + 1])
{
    size_t count = 0;

    for (size_t at = 0; at < n && count < ARGS_MAX; at += strlen(data + at) + 1)
        argv[count++] = data + at;
    argv[count] = NULL;
}

/* libmilter goes through macros in pairs, and reads the second of each without asking. */
static void macros(char *argv[], struct conn *conn, struct arena *a)
{
    for (size_t i = 0; argv[i] != NULL; i += 2) {
        HOLDS(argv[i + 1] != NULL);
        collect_names(a, conn, argv[i + 1], "OK", argv[i]);
    }
}

static void command(char letter, char *data, size_t n, struct message *m, struct conn *conn)
{
    static const struct message_bounds bounds = {.headers = 1000, .header_bytes = 1 << 20};
    char *argv[ARGS_MAX + 1];

    strings(data, n, argv);
    if (letter == 'M' && argv[0] != NULL)
        collect_mail(m, argv);
    else if (letter == 'R' && argv[0] != NULL)
        collect_rcpt(m, argv);
    else if (letter == 'L' && n > 0) {
        HOLDS(argv[0] != NULL && argv[0][0] != '\0' && argv[1] != NULL && argv[2] == NULL);
        collect_header(m, argv[0], argv[1], n % 2 == 0, &bounds);
    }
    else if (letter == 'H' && argv[0] != NULL)
        conn->helo = collect_text(m->arena, argv[0], COLLECT_TEXT_MAX);
    else if (letter == 'D' && n < ARGS_MAX && n > 0) {
        strings(data + 1, n - 1, argv);
        macros(argv, conn, m->arena);
    }
}

/* What was passed on, taken apart by lengths alone, as libmilter does. */
static void commands(const char *p, size_t n, struct message *m, struct conn *conn)
{
    while (n >= 5) {
        const unsigned char *u = (const unsigned char *)p;
        size_t length = (size_t)u[0] << 24 | (size_t)u[1] << 16 | (size_t)u[2] << 8 | u[3];
        char *data;

        if (length == 0) {
            p += 4;
            n -= 4;
            continue;
        }
        if (length > n - 4)
            return;
        data = malloc(length);
        HOLDS(data != NULL);
        memcpy(data, p + 5, length - 1);
        data[length - 1] = '\0';
        command(p[4], data, length - 1, m, conn);
        free(data);
        p += 4 + length;
        n -= 4 + length;
    }
}

/* Of the input, to be changed. */
static char *copy(const uint8_t *data, size_t n)
{
    char *p = malloc(n);

    HOLDS(p != NULL);
    memcpy(p, data, n);
    return p;
}

static size_t pass(char *p, size_t n, size_t piece, bool *broken)
{
    struct frames f = {0};
    size_t passed = 0;

    for (size_t at = 0; at < n; at += piece) {
        size_t some = n - at < piece ? n - at : piece;
        size_t got = frames_pass(&f, p + at, some);

        HOLDS(got <= some && (got == some || f.broken));
        passed += got;
    }
    *broken = f.broken;
    return passed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct conn conn = {.helo = NULL};
    struct message m = {.arena = a, .conn = &conn, .queue_id = "q"};
    bool whole, pieces;
    size_t n;

    if (size > 1) {
        char *p = copy(data + 1, size - 1), *again = copy(data + 1, size - 1);

        n = pass(p, size - 1, size, &whole);
        HOLDS(pass(again, size - 1, 1 + data[0], &pieces) == n && pieces == whole);
        HOLDS(memcmp(p, again, n) == 0);
        HOLDS(whole || n == size - 1);
        commands(p, n, &m, &conn);
        free(again);
        free(p);
    }
    arena_free(a);
    return 0;
}
