/*
 * Stands in for libFuzzer where a target is built as a check program: feeds
 * it every file of tests/fuzz/corpus/NAME/, and of each file truncations and
 * mutations that are the same on every machine and every run.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "fuzz.h"

enum {
    FILE_BYTES_MAX = 1024 * 1024,
    TRUNCATIONS_MAX = 64, /* of one file */
    MUTATIONS = 96,       /* of one file */
    EDITS_MAX = 4         /* in one mutation */
};

static unsigned long runs;

/* A fresh block of the very size, so that the sanitizer sees a read past the end. */
static void feed(const char *bytes, size_t n)
{
    uint8_t *copy = malloc(n == 0 ? 1 : n);

    MUST(copy != NULL);
    if (n > 0)
        memcpy(copy, bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
    runs++;
}

static uint32_t next_random(uint32_t *state)
{
    uint32_t x = *state;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

/* One edit in place: another byte, a byte of syntax, a chunk doubled or a chunk gone.  The new length. */
static size_t edit(char *bytes, size_t n, size_t max, uint32_t *state)
{
    static const char syntax[] = " \t\r\n;:,.=@<>()[]\"\\/\0\xff\xc3\x80" "%+-_0Az";
    size_t at = next_random(state) % n;
    size_t chunk = 1 + next_random(state) % 16;

    switch (next_random(state) % 4) {
    case 0:
        bytes[at] = (char)next_random(state);
        return n;
    case 1:
        bytes[at] = syntax[next_random(state) % (sizeof syntax - 1)];
        return n;
    case 2:
        if (chunk > n - at)
            chunk = n - at;
        if (n + chunk > max)
            return n;
        memmove(bytes + at + chunk, bytes + at, n - at);
        return n + chunk;
    default:
        if (chunk >= n - at)
            return n;
        memmove(bytes + at, bytes + at + chunk, n - at - chunk);
        return n - chunk;
    }
}

static void feed_variants(const char *bytes, size_t n, uint32_t state)
{
    size_t step = n / TRUNCATIONS_MAX + 1, max = n + 16 * EDITS_MAX;
    char *work = malloc(max);

    MUST(work != NULL);
    feed(bytes, n);
    for (size_t cut = 0; cut < n; cut += step)
        feed(bytes, cut);
    for (int i = 0; n > 0 && i < MUTATIONS; i++) {
        uint32_t edits = 1 + next_random(&state) % EDITS_MAX;
        size_t length = n;

        memcpy(work, bytes, n);
        for (uint32_t k = 0; k < edits; k++)
            length = edit(work, length, max, &state);
        feed(work, length);
    }
    free(work);
}

/* Reads and feeds one regular file; false when it cannot be read. */
static bool feed_file(const char *path, uint32_t seed)
{
    struct stat st;
    size_t n;
    char *bytes;
    FILE *f = fopen(path, "rb");

    if (f == NULL || fstat(fileno(f), &st) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    if (!S_ISREG(st.st_mode)) {
        fclose(f);
        return true;
    }
    bytes = malloc(FILE_BYTES_MAX);
    MUST(bytes != NULL);
    n = fread(bytes, 1, FILE_BYTES_MAX, f);
    fclose(f);
    feed_variants(bytes, n, seed);
    free(bytes);
    return true;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Feeds all files of a folder in the order of their names; how many, or -1 after an error. */
static int feed_folder(const char *folder)
{
    struct dirent **entry;
    int count = scandir(folder, &entry, NULL, by_name), fed = 0;
    bool ok = true;

    if (count < 0) {
        fprintf(stderr, "%s: %s\n", folder, strerror(errno));
        return -1;
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct strbuf b = STRBUF_ON(path);

        strbuf_putf(&b, "%s/%s", folder, entry[i]->d_name);
        if (ok && entry[i]->d_name[0] != '.') {
            ok = feed_file(path, 0x9e3779b9u + (uint32_t)fed);
            fed++;
        }
        free(entry[i]);
    }
    free(entry);
    return ok ? fed : -1;
}

int main(int argc, char **argv)
{
    static const char suffix[] = "_fuzz";
    const char *srcdir = getenv("srcdir"), *slash = strrchr(argv[0], '/');
    struct str name = str_of(slash == NULL ? argv[0] : slash + 1);
    char folder[4096];
    struct strbuf b = STRBUF_ON(folder);
    int fed;

    if (argc > 2) {
        fprintf(stderr, "usage: %s [FOLDER]: replays tests/fuzz/corpus/NAME or FOLDER\n", argv[0]);
        return 64;
    }
    name.n -= str_ends_nocase(name, str_of(suffix)) ? sizeof suffix - 1 : 0;
    strbuf_putf(&b, "%s/tests/fuzz/corpus/%.*s", srcdir == NULL ? "." : srcdir, STR_FMT(name));
    feed("", 0);
    fed = feed_folder(argc == 2 ? argv[1] : folder);
    if (fed == 0)
        fprintf(stderr, "%s: a target needs at least one seed\n", folder);
    printf("%.*s: %d files, %lu runs\n", STR_FMT(name), fed, runs);
    return fed > 0 ? 0 : 1;
}
