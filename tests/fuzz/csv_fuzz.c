/* Tables of spreadsheets: what was read, written and read again is the same. */
#include <string.h>

#include "formats/csv.h"
#include "fuzz.h"

static char *write_table(const struct csv_table *t, size_t *size)
{
    char *text = NULL;
    FILE *f = open_memstream(&text, size);

    HOLDS(f != NULL);
    for (size_t i = 0; i < t->n; i++) {
        for (size_t k = 0; k < t->row[i].n; k++) {
            char *cell = strndup(t->row[i].cell[k].p == NULL ? "" : t->row[i].cell[k].p, t->row[i].cell[k].n);

            HOLDS(cell != NULL);
            csv_put(f, cell, k == 0);
            free(cell);
        }
        csv_end_row(f);
    }
    HOLDS(fclose(f) == 0);
    return text;
}

/* Whether csv_put can write every cell as it is: text, not too long, and no byte order mark begins the file. */
static bool can_be_written(const struct csv_table *t)
{
    enum { CELL_MAX = 4000 };

    for (size_t i = 0; i < t->n; i++) {
        for (size_t k = 0; k < t->row[i].n; k++) {
            struct str cell = t->row[i].cell[k];

            if (str_find(cell, '\0') < cell.n || cell.n > CELL_MAX)
                return false;
        }
    }
    return t->n == 0 || t->row[0].n == 0 || !str_starts_nocase(t->row[0].cell[0], STR("\xef\xbb\xbf"));
}

/* A row of one empty cell is a blank line, which is passed over. */
static size_t rows_that_show(const struct csv_table *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += t->row[i].n != 1 || t->row[i].cell[0].n > 0;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(4 * FUZZ_ARENA_MAX);
    struct csv_table first, second;
    struct err e = ERR_NONE;

    if (csv_read(a, fuzz_str(data, size), &first, &e) == RC_OK && can_be_written(&first) &&
        first.n == rows_that_show(&first)) {
        size_t n = 0;
        char *text = write_table(&first, &n);
        enum rc rc = csv_read(a, (struct str){text, n}, &second, &e);

        HOLDS(rc == RC_OK || rc == RC_NOMEM || rc == RC_LIMIT);
        for (size_t i = 0; rc == RC_OK && i < first.n; i++) {
            HOLDS(second.n == first.n && second.row[i].n == first.row[i].n);
            for (size_t k = 0; k < first.row[i].n; k++)
                HOLDS(str_eq(first.row[i].cell[k], second.row[i].cell[k]));
        }
        free(text);
    }
    arena_free(a);
    return 0;
}
