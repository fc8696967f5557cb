/* The inventory as a table for spreadsheets, out and in. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "formats/csv.h"
#include "cli/source/sources.h"

enum { COLUMN_DOMAIN = -1, COLUMN_SOURCE = -2, COLUMN_PASSED_OVER = -3 };

/* What the service fills, in the order of export, after the fields of people. */
static const char *const seen_column[] = {"client", "first_seen", "last_seen", "volume", "passed"};
enum { SEEN_COLUMNS = sizeof seen_column / sizeof seen_column[0] };

/* ---- out ---- */

static void put_time(FILE *to, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    char text[32] = "";
    struct tm tm;

    if (ms > 0 && gmtime_r(&seconds, &tm) != NULL)
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    csv_put(to, text, false);
}

static void sources_csv_put_number(FILE *to, int64_t n)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRId64, n);
    csv_put(to, text, false);
}

void sources_export_csv(const struct inventory_row *row, size_t n, FILE *to)
{
    csv_put(to, "domain", true);
    csv_put(to, "source", false);
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        csv_put(to, inventory_field_name[i], false);
    for (int i = 0; i < SEEN_COLUMNS; i++)
        csv_put(to, seen_column[i], false);
    csv_end_row(to);
    for (; n-- > 0; row++) {
        csv_put(to, row->domain, true);
        csv_put(to, row->source, false);
        for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
            csv_put(to, row->field[i], false);
        csv_put(to, row->client, false);
        put_time(to, row->first_seen_ms);
        put_time(to, row->last_seen_ms);
        sources_csv_put_number(to, row->volume);
        sources_csv_put_number(to, row->passed);
        csv_end_row(to);
    }
}

/* ---- in ---- */

static bool column_of(struct str name, int *out)
{
    name = str_trim(name);
    if (str_eq_nocase(name, STR("domain")) || str_eq_nocase(name, STR("source"))) {
        *out = str_eq_nocase(name, STR("domain")) ? COLUMN_DOMAIN : COLUMN_SOURCE;
        return true;
    }
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        if (str_eq_nocase(name, str_of(inventory_field_name[i]))) {
            *out = i;
            return true;
        }
    *out = COLUMN_PASSED_OVER;
    for (int i = 0; i < SEEN_COLUMNS; i++)
        if (str_eq_nocase(name, str_of(seen_column[i])))
            return true;
    return false;
}

static enum rc read_heading(const struct csv_row *row, int column[CSV_CELLS_MAX], struct err *e)
{
    bool domain = false, source = false;

    for (size_t i = 0; i < row->n; i++) {
        char shown[80];
        struct strbuf b = STRBUF_ON(shown);

        strbuf_put_escaped(&b, row->cell[i], 40);
        if (!column_of(row->cell[i], &column[i]))
            return err_set(e, RC_BAD, "line %u: no column is called \"%s\"; \"assay source export\" shows their names, "
                           "which commas separate", row->line, shown);
        for (size_t k = 0; k < i; k++)
            if (column[k] == column[i] && column[i] != COLUMN_PASSED_OVER)
                return err_set(e, RC_BAD, "line %u: the column \"%s\" stands there twice; take one out", row->line,
                               shown);
        domain = domain || column[i] == COLUMN_DOMAIN;
        source = source || column[i] == COLUMN_SOURCE;
    }
    if (!domain || !source)
        return err_set(e, RC_BAD, "line %u: the first row must name the columns, \"domain\" and \"source\" among them",
                       row->line);
    return RC_OK;
}

static enum rc read_edit(struct arena *a, const struct csv_row *row, const int *column, size_t columns,
                         struct inventory_edit *out, struct err *e)
{
    struct err why = ERR_NONE;
    enum rc rc;

    *out = (struct inventory_edit){.domain = "", .source = ""};
    if (row->n != columns)
        return err_set(e, RC_BAD, "line %u: has %zu cells where the heading has %zu; quote cells with commas in them",
                       row->line, row->n, columns);
    for (size_t i = 0; i < columns; i++) {
        if (memchr(row->cell[i].n == 0 ? "" : row->cell[i].p, '\0', row->cell[i].n) != NULL)
            return err_set(e, RC_BAD, "line %u: a cell holds a NUL byte", row->line);
        if (column[i] == COLUMN_DOMAIN)
            out->domain = row->cell[i].p;
        else if (column[i] == COLUMN_SOURCE)
            out->source = row->cell[i].p;
        else if (column[i] != COLUMN_PASSED_OVER)
            out->field[column[i]] = row->cell[i].p;
    }
    rc = source_words_check(a, out, &why);
    return rc == RC_OK ? RC_OK : err_set(e, rc, "line %u: %s", row->line, why.text);
}

enum rc sources_read_csv(struct arena *a, struct str text, struct inventory_edit **out, size_t *n, struct err *e)
{
    int column[CSV_CELLS_MAX];
    struct csv_table table;
    enum rc rc = csv_read(a, text, &table, e);

    *n = 0;
    *out = NULL;
    if (rc != RC_OK)
        return rc;
    if (table.n == 0)
        return err_set(e, RC_BAD, "line 1: nothing is there; the first row must name the columns");
    rc = read_heading(&table.row[0], column, e);
    if (rc != RC_OK)
        return rc;
    *out = arena_array(a, table.n, sizeof **out);
    if (*out == NULL)
        return err_set(e, RC_NOMEM, "no memory for the table");
    for (size_t i = 1; rc == RC_OK && i < table.n; i++)
        rc = read_edit(a, &table.row[i], column, table.row[0].n, &(*out)[(*n)++], e);
    return rc;
}
