#include "syntax/nearest.h"

enum { NAME_MAX_COMPARED = 40 };

static size_t nearest_least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein's distance, case aside; both names at most NAME_MAX_COMPARED long. */
static size_t distance(struct str a, struct str b)
{
    size_t row[NAME_MAX_COMPARED + 1];

    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 0; i < a.n; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < b.n; j++) {
            size_t above = row[j + 1];

            row[j + 1] = nearest_least(above + 1, row[j] + 1, diagonal + (char_lower(a.p[i]) != char_lower(b.p[j])));
            diagonal = above;
        }
    }
    return row[b.n];
}

struct nearest nearest_to(struct str name)
{
    return (struct nearest){.name = name, .distance = name.n / 3 + 1}; /* further away is another word */
}

void nearest_offer(struct nearest *n, const char *candidate)
{
    struct str c = str_of(candidate);
    size_t d;

    if (n->name.n > NAME_MAX_COMPARED || c.n > NAME_MAX_COMPARED)
        return;
    d = distance(n->name, c);
    if (d < n->distance || (d == n->distance && n->best == NULL)) {
        n->best = candidate;
        n->distance = d;
    }
}
