#include "intake/feed_split.h"

#include <stdlib.h>
#include <string.h>

enum { LOOK_AHEAD = 4096, KEY_COLUMNS = 6 };

/* ---- what it is ---- */

static bool feed_split_holds(struct str s, const char *word)
{
    return memmem(s.p, s.n, word, strlen(word)) != NULL;
}

/* Without what editors and spreadsheets put before a text in UTF-8. */
static struct str without_mark(struct str bytes)
{
    bool marked = bytes.n >= 3 && memcmp(bytes.p, "\xef\xbb\xbf", 3) == 0;

    return str_trim(marked ? str_slice(bytes, 3, bytes.n) : bytes);
}

/* The row that `s` begins with, its line end included; a quoted cell may have line ends. */
static struct str first_row(struct str s)
{
    bool quoted = false;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            quoted = !quoted;
        else if (s.p[i] == '\n' && !quoted)
            return str_slice(s, 0, i + 1);
    }
    return s;
}

static bool is_table(struct str s)
{
    return str_starts_nocase(s, STR("xml_schema,org_name,")) &&
           first_row(str_slice(s, 0, FEED_SPLIT_HEAD_MAX + 1)).n <= FEED_SPLIT_HEAD_MAX;
}

/* Depth at which reports stand: 1 in a list of them, 2 in lists by kind; 0 it is none of these. */
static int report_depth(struct str s)
{
    struct str head = str_slice(s, 0, LOOK_AHEAD);

    if (head.n == 0 || !(feed_split_holds(head, "\"report_metadata\"") || feed_split_holds(head, "\"feedback_type\"") ||
                         feed_split_holds(head, "\"organization_name\"") || feed_split_holds(head,
                                                                                             "\"organization-name\"")))
        return 0;
    if (head.p[0] == '[')
        return 1;
    return head.p[0] == '{' && feed_split_holds(head, "\"aggregate_reports\"") ? 2 : 0;
}

bool feed_split_is(struct str bytes)
{
    struct str s = without_mark(bytes);

    return is_table(s) || report_depth(s) > 0;
}

/* ---- JSON ---- */

struct scan {
    int depth;
    bool quoted, escaped;
};

/* One byte on; strings are passed over. */
static void step(struct scan *x, char c)
{
    if (x->quoted) {
        x->quoted = x->escaped || c != '"';
        x->escaped = !x->escaped && c == '\\';
    } else if (c == '"') {
        x->quoted = true;
    } else if (c == '{' || c == '[') {
        x->depth++;
    } else if (c == '}' || c == ']') {
        x->depth--;
    }
}

static enum rc split_json(struct str s, int depth, enum rc (*each)(void *arg, struct str report), void *arg, size_t *n)
{
    struct scan x = {.depth = 0};
    size_t begin = s.n, end = 0;
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
        if (!x.quoted && x.depth == depth && s.p[i] == '{')
            begin = i;
        step(&x, s.p[i]);
        if (begin < s.n && !x.quoted && x.depth == depth) {
            (*n)++;
            rc = each(arg, str_slice(s, begin, i + 1));
            begin = s.n;
            end = i + 1;
        }
        if (x.depth < 0)
            break; /* no brackets of a list: what follows is told as one that cannot be read */
    }
    if (rc == RC_OK && (x.depth != 0 || x.quoted) && end < s.n) { /* cut off: that it cannot be read is told, too */
        (*n)++;
        rc = each(arg, str_slice(s, begin < s.n ? begin : end, s.n));
    }
    return rc;
}

/* ---- tables ---- */

/* The cell that a row begins with, as it stands, and the row behind it. */
static struct str next_cell(struct str *row)
{
    struct str one;
    bool quoted = false;
    size_t i = 0;

    while (i < row->n && (quoted || row->p[i] != ','))
        quoted = quoted != (row->p[i++] == '"');
    one = str_slice(*row, 0, i);
    *row = str_slice(*row, i + 1, row->n);
    return str_trim(one);
}

/*
 * What tells a report from the next.  A report of several days, which
 * parsedmarc splits up into its days ("normalized_timespan"), has rows of
 * other dates.
 */
static void read_key(struct str head, struct str row, struct str key[static KEY_COLUMNS])
{
    static const char *const columns[KEY_COLUMNS] = {"org_name", "org_email", "report_id", "domain", "begin_date",
                                                     "end_date"};
    bool normalized = false;

    for (size_t i = 0; i < KEY_COLUMNS; i++)
        key[i] = STR_NONE;
    while (head.n > 0 && row.n > 0) {
        struct str column = next_cell(&head), value = next_cell(&row);

        for (size_t i = 0; i < KEY_COLUMNS; i++)
            if (str_eq(column, str_of(columns[i])))
                key[i] = value;
        if (str_eq(column, STR("normalized_timespan")))
            normalized = str_eq_nocase(value, STR("true"));
    }
    if (normalized)
        key[4] = key[5] = STR_NONE;
}

static bool same_key(const struct str a[static KEY_COLUMNS], const struct str b[static KEY_COLUMNS])
{
    for (size_t i = 0; i < KEY_COLUMNS; i++)
        if (!str_eq(a[i], b[i]))
            return false;
    return true;
}

/* Rows from `rows` on that are of one report. */
static size_t report_length(struct str head, struct str rows)
{
    struct str first[KEY_COLUMNS], key[KEY_COLUMNS];
    struct str row = first_row(rows);
    size_t n = row.n;

    read_key(head, row, first);
    while (n < rows.n) {
        row = first_row(str_slice(rows, n, rows.n));
        read_key(head, row, key);
        if (str_trim(row).n > 0 && !same_key(first, key))
            break;
        n += row.n;
    }
    return n;
}

static enum rc split_table(struct str s, enum rc (*each)(void *arg, struct str report), void *arg, size_t *n,
                           struct err *e)
{
    struct str head = first_row(s), rows = str_slice(s, head.n, s.n);
    enum rc rc = RC_OK;

    while (rc == RC_OK && str_trim(rows).n > 0) {
        size_t size = report_length(head, rows);
        char *one = malloc(head.n + size);

        if (one == NULL)
            return err_set(e, RC_NOMEM, "no memory for a table");
        memcpy(one, head.p, head.n);
        memcpy(one + head.n, rows.p, size);
        (*n)++;
        rc = each(arg, (struct str){one, head.n + size});
        free(one);
        rows = str_slice(rows, size, rows.n);
    }
    return rc;
}

enum rc feed_split(struct str bytes, enum rc (*each)(void *arg, struct str report), void *arg, size_t *n,
                   struct err *e)
{
    struct str s = without_mark(bytes);

    *n = 0;
    return is_table(s) ? split_table(s, each, arg, n, e) : split_json(s, report_depth(s), each, arg, n);
}
