#include "syntax/option_row.h"

#include "syntax/nearest.h"

bool option_is_list(const struct option *o)
{
    return o->type == OPTION_TEXTS || o->type == OPTION_NETWORKS;
}

const struct option *option_row_find(const struct option_rows *rows, struct str name)
{
    for (size_t i = 0; i < rows->n; i++)
        if (str_eq_nocase(str_of(rows->row[i].name), name))
            return &rows->row[i];
    return NULL;
}

const char *option_row_nearest(const struct option_rows *rows, struct str name)
{
    struct nearest n = nearest_to(name);

    for (size_t i = 0; i < rows->n; i++)
        nearest_offer(&n, rows->row[i].name);
    return n.best;
}
