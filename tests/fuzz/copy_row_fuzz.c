/* Rows as a PostgreSQL server may send them, in pieces: each column is within its piece, and ends in NUL. */
#include "fuzz.h"

#include "db/copy_row.h"

/* A piece in memory of just its size and the NUL behind it, as libpq gives it. */
static bool one_piece(struct copy_row *r, struct str bytes)
{
    char *piece = malloc(bytes.n + 1);
    bool row = false, good;

    if (piece == NULL)
        return false;
    if (bytes.n > 0)
        memcpy(piece, bytes.p, bytes.n);
    piece[bytes.n] = '\0';
    good = copy_row_take(r, piece, bytes.n, &row);
    HOLDS(!row || (r->columns >= 0 && r->columns <= COPY_COLUMNS_MAX));
    for (int i = 0; row && i < r->columns; i++) {
        struct str c = r->column[i];

        HOLDS(c.n == 0 || (c.p >= piece && c.p + c.n <= piece + bytes.n));
        HOLDS(c.p[c.n] == '\0');
        if (c.n <= sizeof(int64_t))
            (void)copy_row_number(c);
    }
    free(piece);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = fuzz_str(data, size);
    struct copy_row r = {.columns = 0};

    while (rest.n >= 2) {
        size_t n = (size_t)copy_row_number(str_slice(rest, 0, 2));
        struct str piece = str_slice(rest, 2, 2 + n);

        rest = str_slice(rest, 2 + n, rest.n);
        if (!one_piece(&r, piece))
            break;
    }
    return 0;
}
