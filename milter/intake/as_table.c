#include "intake/as_table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct as_table {
    struct str text; /* the file, mapped */
};

struct range {
    struct ip first, last;
    struct network network;
};

/* IPv4 before IPv6, then by value. */
static int networks_compare(const struct ip *a, const struct ip *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->b, b->b, sizeof a->b);
}

static struct str networks_next_field(struct str *line)
{
    struct str field = str_slice(*line, 0, str_find(*line, '\t'));

    *line = str_slice(*line, field.n + 1, line->n);
    return str_trim(field);
}

static bool read_line(struct str line, struct range *out)
{
    uint32_t number = 0;
    bool good = ip_parse(networks_next_field(&line), &out->first) && ip_parse(networks_next_field(&line), &out->last) &&
                str_to_u32(networks_next_field(&line), &number) && out->first.family == out->last.family &&
                networks_compare(&out->first, &out->last) <= 0;

    out->network.number = number;
    out->network.country = networks_next_field(&line);
    out->network.name = networks_next_field(&line);
    return good;
}

/* Where the line begins that has byte `at`; false: further back than a line may be long. */
static bool line_start(struct str text, size_t at, size_t *start)
{
    size_t furthest = at > AS_TABLE_LINE_MAX ? at - AS_TABLE_LINE_MAX : 0;

    while (at > furthest && text.p[at - 1] != '\n')
        at--;
    *start = at;
    return at == 0 || text.p[at - 1] == '\n';
}

static struct str line_at(struct str text, size_t start)
{
    struct str rest = str_slice(text, start, start + AS_TABLE_LINE_MAX);

    return str_slice(rest, 0, str_find(rest, '\n'));
}

bool as_table_find(const struct as_table *n, const struct ip *ip, struct network *out)
{
    size_t low = 0, high = n->text.n; /* the last range that begins at or before it begins in [low, high) */

    while (low < high) {
        struct str line;
        struct range r;
        size_t start;

        if (!line_start(n->text, low + (high - low) / 2, &start))
            return false;
        line = line_at(n->text, start);
        if (line.n == AS_TABLE_LINE_MAX || !read_line(line, &r))
            return false;
        if (networks_compare(ip, &r.first) < 0) {
            high = start;
        } else if (networks_compare(ip, &r.last) > 0) {
            low = start + line.n + 1;
        } else {
            *out = r.network;
            return r.network.number > 0;
        }
    }
    return false;
}

/* ---- opening ---- */

/* All of it would cost what looking into it saves. */
static enum rc check_samples(const char *path, struct str text, struct err *e)
{
    struct range before = {.first = {.family = IP_NONE}}, r;

    if (text.n == 0)
        return err_set(e, RC_BAD, "%s: is empty", path);
    for (size_t i = 0; i < AS_TABLE_SAMPLES; i++) {
        size_t start;

        if (!line_start(text, text.n / AS_TABLE_SAMPLES * i, &start) ||
            line_at(text, start).n == AS_TABLE_LINE_MAX)
            return err_set(e, RC_BAD, "%s: byte %zu: is in a line of more than %d bytes", path, start,
                           AS_TABLE_LINE_MAX);
        if (!read_line(line_at(text, start), &r))
            return err_set(e, RC_BAD, "%s: byte %zu: is no range: first address, last address, AS number, country, "
                           "name, parted by tabs", path, start);
        if (networks_compare(&r.first, &before.first) < 0)
            return err_set(e, RC_BAD, "%s: byte %zu: its ranges are not in order", path, start);
        before = r;
    }
    return RC_OK;
}

static enum rc map_file(const char *path, struct str *out, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *p = MAP_FAILED;
    enum rc rc = RC_OK;

    if (fd < 0)
        return err_errno(e, errno == ENOENT ? RC_NOTFOUND : RC_IO, errno, "%s", path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        rc = err_set(e, RC_IO, "%s: is no file", path);
    else if (st.st_size > 0)
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (rc == RC_OK && p == MAP_FAILED && st.st_size > 0)
        rc = err_errno(e, RC_IO, errno, "%s", path);
    *out = p == MAP_FAILED ? STR_NONE : (struct str){p, (size_t)st.st_size};
    (void)close(fd);
    return rc;
}

enum rc as_table_open(const char *path, struct as_table **out, struct err *e)
{
    struct as_table *n = calloc(1, sizeof *n);
    enum rc rc = n == NULL ? err_set(e, RC_NOMEM, "%s: no memory for it", path) : map_file(path, &n->text, e);

    *out = NULL;
    if (rc == RC_OK)
        rc = check_samples(path, n->text, e);
    if (rc == RC_OK)
        *out = n;
    else
        as_table_close(n);
    return rc;
}

void as_table_close(struct as_table *n)
{
    if (n == NULL)
        return;
    if (n->text.n > 0)
        (void)munmap((void *)(uintptr_t)n->text.p, n->text.n);
    free(n);
}
