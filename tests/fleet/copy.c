/*
 * copy - puts what the desk keeps in a file into a centre, whose tables of the desk are empty.
 *
 *     copy DATABASE URL
 *
 * Each table that both have, row by row, by the columns that both have; ids stay.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/run.h"
#include "records/centre.h"
#include "records/schema.h"

enum { COLUMNS_MAX = 40, TABLES_MAX = 100, NAME_SIZE = 64 };

struct table {
    char name[NAME_SIZE];
    size_t n;
    struct { char name[NAME_SIZE]; char type; } column[COLUMNS_MAX]; /* I, T or B */
    char select[4000], insert[4000]; /* statements are found again by their address, so they stay */
};

static struct db *from, *to;
static struct err e = ERR_NONE;

static void must(enum rc rc)
{
    if (rc == RC_OK)
        return;
    (void)fprintf(stderr, "copy: %s\n", e.text);
    exit(1);
}

static void name_copy(char out[static NAME_SIZE], struct str text)
{
    struct strbuf b = strbuf_on(out, NAME_SIZE);

    strbuf_put(&b, text);
    if (b.over)
        exit(2);
}

static size_t tables(struct table *out)
{
    struct statement *s;
    bool row = true;
    size_t n = 0;

    must(db_statement(from, "SELECT t.name, c.name, substr(upper(c.type), 1, 1) FROM sqlite_master AS t JOIN"
                      " pragma_table_info(t.name) AS c WHERE t.type = 'table' AND t.name NOT IN ('message', 'run',"
                      " 'digest', 'fleet', 'dns_text') AND t.name NOT LIKE 'mail_%' AND t.name NOT LIKE 'lookup%'"
                      " AND t.name NOT LIKE 'sqlite%' AND t.name NOT LIKE 'fleet_%'"
                      " ORDER BY t.name, c.cid", &s, &e));
    while (statement_next(s, &row, &e) == RC_OK && row) {
        char name[NAME_SIZE], column[NAME_SIZE];

        name_copy(name, statement_text(s, 0));
        name_copy(column, statement_text(s, 1));
        if (!db_has_column(to, name, column)) {
            (void)fprintf(stderr, "copy: the centre lacks %s.%s\n", name, column);
            exit(3);
        }
        if (n == 0 || strcmp(out[n - 1].name, name) != 0) {
            if (n == TABLES_MAX)
                exit(2);
            out[n] = (struct table){.n = 0};
            memcpy(out[n++].name, name, sizeof name);
        }
        if (out[n - 1].n == COLUMNS_MAX)
            exit(2);
        memcpy(out[n - 1].column[out[n - 1].n].name, column, sizeof column);
        out[n - 1].column[out[n - 1].n++].type = statement_text(s, 2).p[0];
    }
    statement_reset(s);
    return n;
}

static int64_t copy(struct table *t)
{
    char values_mem[1000];
    struct strbuf select = STRBUF_ON(t->select), insert = STRBUF_ON(t->insert), values = STRBUF_ON(values_mem);
    struct statement *r, *w;
    bool row = true;
    int64_t rows = 0;

    strbuf_puts(&select, "SELECT ");
    strbuf_putf(&insert, "INSERT INTO %s (", t->name);
    for (size_t i = 0; i < t->n; i++) {
        strbuf_putf(&select, "%s\"%s\"", i > 0 ? ", " : "", t->column[i].name);
        strbuf_putf(&insert, "%s\"%s\"", i > 0 ? ", " : "", t->column[i].name);
        strbuf_putf(&values, "%s?%zu", i > 0 ? ", " : "", i + 1);
    }
    strbuf_putf(&select, " FROM %s", t->name);
    strbuf_putf(&insert, ") VALUES (%s) ON CONFLICT DO NOTHING", values.p);
    must(db_statement(from, select.p, &r, &e));
    must(db_statement(to, insert.p, &w, &e));
    while (statement_next(r, &row, &e) == RC_OK && row) {
        for (size_t i = 0; i < t->n; i++)
            if (t->column[i].type == 'I' && statement_text(r, (int)i).p != NULL)
                statement_bind_int(w, (int)i + 1, statement_int(r, (int)i));
            else if (t->column[i].type == 'T')
                statement_bind_text(w, (int)i + 1, statement_text(r, (int)i));
            else if (t->column[i].type == 'B')
                statement_bind_blob(w, (int)i + 1, statement_blob(r, (int)i));
        must(statement_run(w, &e));
        rows++;
    }
    statement_reset(r);
    return rows;
}

/* The next row that gets an id of its own follows those that were copied. */
static void move_on(const struct table *t)
{
    char sql[400];

    if (strcmp(t->column[0].name, "id") != 0)
        return;
    (void)snprintf(sql, sizeof sql, "SELECT setval(pg_get_serial_sequence('%s', 'id'), greatest((SELECT max(id) FROM %s), 1),"
                   " (SELECT max(id) FROM %s) IS NOT NULL)", t->name, t->name, t->name);
    must(db_run(to, sql, &e));
}

int main(int argc, char **argv)
{
    static struct table table[TABLES_MAX];
    size_t n;

    store_engine_use(centre_engine);
    if (argc != 3)
        return 64;
    must(db_open_read(argv[1], &records_schema, &from, &e));
    must(db_open_write(argv[2], &records_schema, false, &to, &e));
    n = tables(table);
    must(db_begin(to, &e));
    for (size_t i = 0; i < n; i++) {
        (void)printf("%s %" PRId64 "\n", table[i].name, copy(&table[i]));
        move_on(&table[i]);
    }
    must(db_commit(to, &e));
    db_close(from);
    db_close(to);
    return 0;
}
