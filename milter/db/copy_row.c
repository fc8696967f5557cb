#include "db/copy_row.h"

enum { LENGTH_BYTES = 4 };

/* All begins with it and eight bytes of zero; with the NUL that ends it: 19 bytes. */
static const char copy_header[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";

int64_t copy_row_number(struct str bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes.n; i++)
        value = value << 8 | (unsigned char)bytes.p[i];
    return (int64_t)value;
}

/* Takes off `rest` a number of `n` bytes. */
static int64_t copy_take_number(struct str *rest, size_t n)
{
    int64_t value = copy_row_number(str_slice(*rest, 0, n));

    *rest = str_slice(*rest, n, rest->n);
    return value;
}

static bool copy_take_column(struct str *rest, struct str *column)
{
    int32_t n;

    if (rest->n < LENGTH_BYTES)
        return false;
    n = (int32_t)copy_take_number(rest, LENGTH_BYTES);
    if (n > 0 && (size_t)n > rest->n)
        return false;
    *column = n > 0 ? str_slice(*rest, 0, (size_t)n) : STR("");
    *rest = n > 0 ? str_slice(*rest, (size_t)n, rest->n) : *rest;
    return true;
}

bool copy_row_take(struct copy_row *r, char *piece, size_t n, bool *row)
{
    struct str rest = {piece, n};

    *row = false;
    if (!r->begun) {
        if (n < sizeof copy_header || memcmp(piece, copy_header, sizeof copy_header) != 0)
            return false;
        r->begun = true;
        rest = str_slice(rest, sizeof copy_header, n);
    }
    if (rest.n < 2)
        return rest.n == 0;
    r->columns = (int16_t)copy_take_number(&rest, 2);
    if (r->columns < 0)
        return true; /* the mark at the end */
    if (r->columns > COPY_COLUMNS_MAX)
        return false;
    for (int i = 0; i < r->columns; i++)
        if (!copy_take_column(&rest, &r->column[i]))
            return false;
    for (int i = 0; i < r->columns; i++) /* where the length of the next stood, which is read */
        if (r->column[i].n > 0)
            piece[r->column[i].p + r->column[i].n - piece] = '\0';
    *row = true;
    return rest.n == 0;
}
