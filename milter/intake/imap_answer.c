#include "intake/imap_answer.h"

#include <string.h>

static const struct str search = {"* SEARCH", 8};

/* Those of one line behind "* SEARCH". */
static size_t line_uids(struct str line, uint32_t *uid, size_t max)
{
    size_t n = 0;

    while (n < max) {
        struct str word;

        line = str_trim(line);
        word = str_slice(line, 0, str_find(line, ' '));
        if (word.n == 0)
            break;
        line = str_slice(line, word.n, line.n);
        n += str_to_u32(word, &uid[n]) && uid[n] > 0;
    }
    return n;
}

/* Without the last word of a line that is cut off, which may go on. */
static struct str whole_words(struct str line, bool cut)
{
    while (cut && line.n > 0 && line.p[line.n - 1] != ' ')
        line.n--;
    return line;
}

size_t imap_answer_uids(struct str answer, uint32_t *uid, size_t max)
{
    size_t n = 0;

    while (answer.n > 0 && n < max) {
        size_t end = str_find(answer, '\n');
        struct str line = whole_words(str_slice(answer, 0, end), end == answer.n);

        answer = str_slice(answer, end + 1, answer.n);
        if (str_starts_nocase(line, search))
            n += line_uids(str_slice(line, search.n, line.n), uid + n, max - n);
    }
    return n;
}

/* One after the other: reading a message costs far more than looking at all numbers. */
static bool was_moved(const struct imap_run *r, uint32_t uid)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->moved[i] == uid)
            return true;
    return false;
}

enum imap_list imap_run_list(const struct imap_run *r, const uint32_t *uid, size_t *n)
{
    for (size_t i = 0; i < *n; i++)
        if (was_moved(r, uid[i]))
            return IMAP_LIST_AGAIN;
    if (*n > 0 && r->n == IMAP_RUN_MAX)
        return IMAP_LIST_OVER;
    if (*n > IMAP_RUN_MAX - r->n)
        *n = IMAP_RUN_MAX - r->n;
    return IMAP_LIST_NEW;
}

void imap_run_moved(struct imap_run *r, const uint32_t *uid, size_t n)
{
    memcpy(r->moved + r->n, uid, n * sizeof *uid);
    r->n += n;
}
