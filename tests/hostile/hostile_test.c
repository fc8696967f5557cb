/*
 * The work for one message is bounded whatever it contains: no more than
 * CPU_MS_MAX of CPU time and MEM_MB_MAX of memory beyond a plain signed
 * message with the same body, and a limit that bites is named in the log line.
 *
 * hostile_test [NAME…]: all, or those whose name contains one of the words.
 */
#include <string.h>

#include "cases.h"
#include "mail/authres.h"
#include "run.h"

enum { LOG_LINE_BYTES = 1000 };

static const double CPU_MS_MAX = 250, MEM_MB_MAX = 16;

/* A sanitizer's own cost says nothing about ours. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool measured = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
static const bool measured = false;
#else
static const bool measured = true;
#endif
#else
static const bool measured = true;
#endif

static bool complain(const struct hostile *h, const char *what, const char *detail)
{
    printf("  %s: %s: %s\n", h->name, what, detail);
    return false;
}

/* Whether `word` stands in the line as a whole. */
static bool has_word(const char *line, struct str word)
{
    for (const char *at = line; (at = memmem(at, strlen(at), word.p, word.n)) != NULL; at++)
        if (at > line && at[-1] == ' ' && strchr(" \n", at[word.n]) != NULL)
            return true;
    return false;
}

static bool line_holds(const struct hostile *h, const char *line)
{
    struct str rest = str_of(h->want);

    while (rest.n > 0) {
        size_t blank = str_find(rest, ' ');

        if (!has_word(line, str_slice(rest, 0, blank)))
            return complain(h, h->want, line);
        rest = str_slice(rest, blank + 1, rest.n);
    }
    if (strstr(h->want, "limits=") == NULL && strstr(line, " limits=") != NULL)
        return complain(h, "no limit was to bite", line);
    return true;
}

/* One line, printable, not too long, whatever the sender wrote. */
static bool line_is_fit(const struct hostile *h, const char *line)
{
    size_t n = strlen(line);

    if (n == 0 || n > LOG_LINE_BYTES + 1 || strchr(line, '\n') != line + n - 1)
        return complain(h, "not one line of log", line);
    for (size_t i = 0; i + 1 < n; i++)
        if (line[i] < ' ' || line[i] > '~')
            return complain(h, "not printable", line);
    return true;
}

/* The stamp reads back, folds where it may, and says dmarc= once. */
static bool stamp_is_fit(const struct hostile *h, const char *stamp)
{
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct authres r;
    size_t dmarc = 0;

    MUST(a != NULL);
    if (authres_parse(a, str_of(stamp), &r, &e) != RC_OK)
        return complain(h, e.text, stamp);
    for (size_t i = 0; i < r.n; i++)
        dmarc += str_eq(r.result[i].method, STR("dmarc"));
    arena_free(a);
    if (dmarc != 1)
        return complain(h, "dmarc= is not there once", stamp);
    if (h->say != NULL && strstr(stamp, h->say) == NULL)
        return complain(h, h->say, stamp);
    return true;
}

static bool cost_is_fit(const struct hostile *h, const struct cost *beyond)
{
    if (!measured)
        return true;
    if (beyond->cpu_ms > CPU_MS_MAX)
        return complain(h, "too much CPU time", "");
    return beyond->mem_mb <= MEM_MB_MAX || complain(h, "too much memory", "");
}

/* What a plain message with as large a body costs. */
static bool run_plain(const struct letter *like, struct ran *out)
{
    struct letter plain;
    bool good;

    letter_begin(&plain);
    letter_text(&plain, LETTER_LINE, like->piece.n * like->pieces);
    letter_plain(&plain);
    good = run_letter(&plain, out);
    letter_end(&plain);
    return good;
}

static bool check(const struct hostile *h)
{
    struct ran plain, ran;
    struct letter l;
    struct cost beyond;
    const char *limits;
    bool good;

    letter_begin(&l);
    h->build(&l);
    good = run_plain(&l, &plain) && run_letter(&l, &ran);
    letter_end(&l);
    if (!good)
        return complain(h, "did not end well", "");
    beyond = (struct cost){ran.cost.cpu_ms - plain.cost.cpu_ms, ran.cost.mem_mb - plain.cost.mem_mb};
    limits = strstr(ran.line, " limits=");
    printf("%-44s %7.1f %7.1f %7.1f %7.1f  %.*s\n", h->name, ran.cost.cpu_ms, beyond.cpu_ms, ran.cost.mem_mb,
           beyond.mem_mb, limits == NULL ? 0 : (int)strcspn(limits + 8, " \n"), limits == NULL ? "" : limits + 8);
    good = line_is_fit(h, ran.line) && line_holds(h, ran.line);
    if (strstr(ran.line, "rule=forged-fields") == NULL) /* refused: nothing is stamped */
        good = stamp_is_fit(h, ran.stamp) && good;
    else if (ran.stamp[0] != '\0')
        good = complain(h, "stamped and refused", ran.stamp);
    return cost_is_fit(h, &beyond) && good;
}

static bool chosen(const struct hostile *h, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strstr(h->name, argv[i]) != NULL)
            return true;
    return argc < 2;
}

int main(int argc, char **argv)
{
    static const struct hostile_group *const groups[] = {&hostile_header, &hostile_auth};
    size_t failed = 0, all = 0;

    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%-44s %7s %7s %7s %7s  %s\n", "", "CPU ms", "beyond", "MB", "beyond", "limits");
    for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
        for (size_t i = 0; i < groups[g]->n; i++) {
            if (!chosen(&groups[g]->item[i], argc, argv))
                continue;
            all++;
            failed += !check(&groups[g]->item[i]);
        }
    }
    printf("%zu of %zu hostile messages within bounds%s\n", all - failed, all, measured ? "" : " (cost not measured)");
    return failed == 0 ? 0 : 1;
}
