/* What people change of the inventory: all of it or nothing, and each change is noted with its author. */
#include <string.h>

#include "db/run.h"
#include "inventory/inventory.h"
#include "verdict/background.h"

#define COMMA_FIELD(field, help) ", " #field

enum { ROW_TEXT_MAX = (INVENTORY_TEXT_MAX + 8) * (INVENTORY_FIELD_COUNT + 1) };

static enum rc inventory_edit_note(struct db *d, const struct inventory_edit *x, const struct inventory_author *by,
                                   const char *field,
                                   struct str old, const char *new, struct err *e)
{
    static const char sql[] = "INSERT INTO source_change (time_ms, who, domain, source, field, old, new)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?)";

    return db_run_with(d, sql, DB_VALUES(DB_INT(by->now_ms), DB_TEXT(str_of(by->who)), DB_TEXT(str_of(x->domain)),
                       DB_TEXT(str_of(x->source)), DB_TEXT(str_of(field)), DB_TEXT(old), DB_TEXT(str_of(new))), e);
}

static enum rc inventory_edit_create(struct db *d, const struct inventory_edit *x, bool *created, struct err *e)
{
    static const char sql[] =
        "INSERT INTO source (domain, source, status) VALUES (?, ?, 'unknown') ON CONFLICT DO NOTHING";
    enum rc rc = db_run_with(d, sql, DB_VALUES(DB_TEXT(str_of(x->domain)), DB_TEXT(str_of(x->source))), e);

    *created = rc == RC_OK && db_changes(d) > 0;
    return rc;
}

/* The values an entry has, copied into `mem`: the statement is needed again. */
static enum rc read_old(struct db *d, const struct inventory_edit *x, struct strbuf *mem,
                        struct str old[INVENTORY_FIELD_COUNT], struct err *e)
{
    static const char sql[] =
        "SELECT domain" INVENTORY_FIELDS(COMMA_FIELD) " FROM source WHERE domain = ?1 AND source = ?2";
    struct statement *s;
    bool row = false;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(x->domain)), DB_TEXT(str_of(x->source))), &s, e);

    if (rc != RC_OK)
        return rc;
    rc = statement_next(s, &row, e);
    for (int i = 0; row && i < INVENTORY_FIELD_COUNT; i++) {
        struct str text = statement_text(s, i + 1);

        old[i] = (struct str){mem->p + mem->n, text.n};
        strbuf_put(mem, text);
    }
    statement_reset(s);
    return rc == RC_OK && mem->over ? err_set(e, RC_LIMIT, "%s: the entry %s %s has a field of more than %d bytes",
                                              db_path(d), x->domain, x->source, INVENTORY_TEXT_MAX) : rc;
}

static enum rc write_new(struct db *d, const struct inventory_edit *x, const struct str new[INVENTORY_FIELD_COUNT],
                         struct err *e)
{
    static const char sql[] = "UPDATE source SET (status, vendor, platform, kind, sending_domain, dkim_selectors,"
                              " spf_include, return_path, owner, ticket, note, network) = (?3, ?4, ?5, ?6, ?7, ?8,"
                              " ?9, ?10, ?11, ?12, ?13, ?14) WHERE domain = ?1 AND source = ?2";
    struct statement *s;
    enum rc rc = db_query(d, sql, DB_VALUES(DB_TEXT(str_of(x->domain)), DB_TEXT(str_of(x->source))), &s, e);

    _Static_assert(INVENTORY_FIELD_COUNT == 12 && INVENTORY_network == 11, "write_new names each field");
    if (rc != RC_OK)
        return rc;
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        statement_bind_text(s, i + 3, new[i]);
    return statement_run(s, e);
}

/* What was noted of it stays. */
static enum rc inventory_edit_take_out(struct db *d, const struct inventory_edit *x, const struct inventory_author *by,
                                       struct inventory_counts *out, struct err *e)
{
    enum rc rc = db_run_with(d, "DELETE FROM source WHERE domain = ? AND source = ?",
                             DB_VALUES(DB_TEXT(str_of(x->domain)), DB_TEXT(str_of(x->source))), e);

    if (rc != RC_OK || db_changes(d) == 0) {
        out->unchanged += rc == RC_OK;
        return rc;
    }
    out->removed++;
    return inventory_edit_note(d, x, by, "removed", STR(""), "", e);
}

static enum rc apply_one(struct db *d, const struct inventory_edit *x, const struct inventory_author *by,
                         struct inventory_counts *out, struct err *e)
{
    struct str old[INVENTORY_FIELD_COUNT] = {STR_NONE}, new[INVENTORY_FIELD_COUNT];
    char text[ROW_TEXT_MAX];
    struct strbuf mem = STRBUF_ON(text);
    bool created = false, changed = false;
    enum rc rc;

    if (x->remove)
        return inventory_edit_take_out(d, x, by, out, e);
    rc = inventory_edit_create(d, x, &created, e);
    if (rc == RC_OK && created)
        rc = inventory_edit_note(d, x, by, "", STR(""), "", e);
    if (rc == RC_OK)
        rc = read_old(d, x, &mem, old, e);
    for (int i = 0; rc == RC_OK && i < INVENTORY_FIELD_COUNT; i++) {
        new[i] = x->field[i] == NULL ? old[i] : str_of(x->field[i]);
        if (str_eq(old[i], new[i]))
            continue;
        changed = true;
        rc = inventory_edit_note(d, x, by, inventory_field_name[i], old[i], x->field[i], e);
    }
    if (rc == RC_OK && changed)
        rc = write_new(d, x, new, e);
    out->created += created;
    out->changed += changed && !created;
    out->unchanged += !changed && !created;
    return rc;
}

enum rc inventory_apply(struct db *d, const struct inventory_edit *edit, size_t n, const struct inventory_author *by,
                        bool rehearse, struct inventory_counts *out, struct err *e)
{
    enum rc rc = db_begin(d, e);

    *out = (struct inventory_counts){0};
    for (size_t i = 0; rc == RC_OK && i < n; i++)
        rc = apply_one(d, &edit[i], by, out, e);
    if (rc == RC_OK && !rehearse)
        return db_commit(d, e);
    db_roll_back(d);
    return rc;
}
