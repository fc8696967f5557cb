/* The verb source: what people decide of a sending service. */
#include <string.h>

#include "base/clock.h"
#include "base/database_url.h"
#include "desk/source_words.h"
#include "inventory/inventory.h"
#include "keeper/ask.h"
#include "views/views.h"

/* The fields that the form has. */
static const enum inventory_field fields[] = {INVENTORY_status, INVENTORY_owner, INVENTORY_ticket, INVENTORY_note};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static enum rc source_find(struct keeper_ask *q, struct db *d, const struct inventory_edit *edit,
                           struct inventory_row *out, struct err *e)
{
    const struct inventory_filter f = {.client = "", .domain = edit->domain, .status = "", .source = edit->source};
    struct inventory_row *row;
    size_t n;
    enum rc rc = inventory_list(d, q->a, &f, &row, &n, e);

    for (size_t i = 0; rc == RC_OK && i < n; i++)
        if (strcmp(row[i].domain, edit->domain) == 0) {
            *out = row[i];
            return RC_OK;
        }
    return rc == RC_OK ? err_set(e, RC_NOTFOUND, "there is no such source") : rc;
}

/* What the form showed must still be so. */
static enum rc source_same(const struct keeper_ask *q, const struct inventory_row *now, bool *same)
{
    *same = true;
    for (int i = 0; i < FIELDS; i++) {
        struct strbuf name = strbuf_new(q->a, 40);

        strbuf_putf(&name, "was_%s", inventory_field_name[fields[i]]);
        *same = *same && strcmp(wire_get(q->w, name.p), now->field[fields[i]]) == 0;
    }
    return RC_OK;
}

static enum rc source_write(struct keeper_ask *q, struct db *d, struct inventory_edit *edit, bool *same,
                            struct err *e)
{
    const struct inventory_author by = {.who = q->session.account.name, .now_ms = clock_wall_ms()};
    struct inventory_counts counts;
    struct inventory_row now = {.client = ""};
    enum rc rc = source_words_check(q->a, edit, e);

    if (rc == RC_OK)
        rc = source_find(q, d, edit, &now, e);
    if (rc == RC_OK && !keeper_owns(q, now.client))
        rc = err_set(e, RC_NOTFOUND, "there is no such source");
    if (rc == RC_OK)
        rc = source_same(q, &now, same);
    if (rc == RC_OK && *same && strcmp(edit->field[INVENTORY_status], "approved") == 0 &&
        strcmp(now.field[INVENTORY_status], "approved") != 0) {
        if (edit->field[INVENTORY_owner][0] == '\0')
            rc = err_set(e, RC_BAD, "A source is approved when somebody at the client owns it: name the business "
                                    "owner.");
        else if (now.passed == 0)
            rc = err_set(e, RC_BAD, "No message of this source has passed yet: have it set up first, and let it be "
                         "pending until then.");
    }
    return rc == RC_OK && *same ? inventory_apply(d, edit, 1, &by, false, &counts, e) : rc;
}

void keeper_source(struct keeper_ask *q)
{
    struct inventory_edit edit = {.domain = wire_get(q->w, "domain"), .source = wire_get(q->w, "source")};
    struct strbuf what = strbuf_new(q->a, 1000);
    struct db *d = NULL;
    struct err e = ERR_NONE;
    bool same = true;
    enum rc rc = RC_OK;

    if (q->k->config->fleet[0] != '\0' && !database_url_is(str_of(q->k->config->database)))
        rc = err_set(&e, RC_BAD, "This machine follows the inventory of its fleet's centre (%s), which alone is "
                                 "changed: assay source set --database, as an operator of it.", q->k->config->fleet);
    else
        rc = keeper_records(q, &d, &e);
    for (int i = 0; i < FIELDS; i++)
        edit.field[fields[i]] = wire_get(q->w, inventory_field_name[fields[i]]);
    if (rc == RC_OK)
        rc = source_write(q, d, &edit, &same, &e);
    db_close(d);
    strbuf_putf(&what, "%s %s %s", edit.domain, edit.source, edit.field[INVENTORY_status]);
    keeper_changed(q, rc, same ? NULL : "Somebody changed this source meanwhile; what it is now stands below.", what.p,
                   &e);
}
