/*
 * Replays the chains of tests/conformance/arc, which arc_make.py made: an
 * independent signer, good chains and chains broken in each way RFC 8617 and
 * our own choices know of.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dkim/arc.h"
#include "mail/eml.h"

enum { NOW = 1700000000, FILE_BYTES_MAX = 1024 * 1024 };

static const char *const arc_words[] = {"none", "pass", "fail"};

static const char *part_path(char path[500], const char *name, const char *suffix)
{
    const char *srcdir = getenv("srcdir");

    snprintf(path, 500, "%s/tests/conformance/arc/%s%s", srcdir == NULL ? "." : srcdir, name, suffix);
    return path;
}

/* Opens a file of the folder; it is there, or the test is broken. */
static FILE *open_part(const char *name, const char *suffix)
{
    char path[500];
    FILE *f = fopen(part_path(path, name, suffix), "rb");

    if (f == NULL)
        fail_msg("%s cannot be opened", path);
    return f;
}

static struct str read_part(struct arena *a, const char *name, const char *suffix)
{
    FILE *f = open_part(name, suffix);
    char *text = arena_alloc(a, FILE_BYTES_MAX);
    size_t n = fread(text, 1, FILE_BYTES_MAX, f);

    fclose(f);
    return (struct str){text, n};
}

static void feed(void *ctx, struct str piece)
{
    arcv_body(ctx, piece);
}

static void validate(struct message *m, struct str body, struct dns_scope *dns, struct arc_evidence *out)
{
    struct err e = ERR_NONE;
    struct arcv *v;

    *out = (struct arc_evidence){.reason = "", .oldest_pass = -1};
    assert_int_equal(arcv_begin(&v, m, dns, 1024, NOW, &e), RC_OK);
    if (v == NULL)
        return;
    if (arcv_wants_body(v))
        eml_body(body, feed, v);
    arcv_finish(v, out);
    arcv_free(v);
}

/* One line of `expect`; false when the chain is not judged as it says. */
static bool replay(struct dns *dns, const char *name, const char *result, int oldest, const char *reason)
{
    static const struct message_bounds bounds = {1000, FILE_BYTES_MAX};
    struct message m = {.arena = arena_new(16 * FILE_BYTES_MAX)};
    struct dns_scope *scope = dns_scope_new(dns, 5000);
    struct arc_evidence got;
    struct err e = ERR_NONE;
    struct str body;
    bool good;

    assert_int_equal(eml_read(read_part(m.arena, name, ".eml"), &m, &bounds, &body, &e), RC_OK);
    validate(&m, body, scope, &got);
    good = strcmp(arc_words[got.result], result) == 0 && got.oldest_pass == oldest &&
           strncmp(got.reason, reason, strlen(reason)) == 0 &&
           (got.result != ARC_FAIL) == (got.reason[0] == '\0');
    if (!good)
        print_error("%s: arc=%s oldest-pass=%d \"%s\", expected %s %d \"%s\"\n", name, arc_words[got.result],
                    got.oldest_pass, got.reason, result, oldest, reason);
    dns_scope_free(scope);
    arena_free(m.arena);
    return good;
}

/* The next word of a line, or all of the rest; NUL ends it. */
static char *take(char **line, char end)
{
    char *word = *line, *stop = word + strcspn(word, end == ' ' ? " \n" : "\n");

    *line = stop + (*stop != '\0');
    *stop = '\0';
    return word;
}

static void chains(void **state)
{
    FILE *f = open_part("expect", "");
    char zone[500], line[500];
    unsigned n = 0, good = 0;
    struct err e = ERR_NONE;
    struct dns *dns;

    (void)state;
    dns = dns_open_zone(part_path(zone, "zone", ""), &e);
    if (dns == NULL)
        fail_msg("%s", e.text);
    while (fgets(line, sizeof line, f) != NULL) {
        char *at = line, *name = take(&at, ' '), *result = take(&at, ' '), *oldest = take(&at, ' ');

        if (name[0] == '#')
            continue;
        good += replay(dns, name, result, (int)strtol(oldest, NULL, 10), take(&at, '\n'));
        n++;
    }
    fclose(f);
    dns_close(dns);
    arcv_shutdown();
    print_message("%u of %u ARC chains judged right\n", good, n);
    assert_true(n >= 40);
    assert_int_equal(good, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(chains)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
