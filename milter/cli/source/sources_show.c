/* The inventory on a terminal and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "formats/json.h"
#include "cli/source/sources.h"
#include "desk/sheet.h"

enum { LABEL_WIDTH = 15 };

static const char *dash(const char *text)
{
    return text[0] == '\0' ? "-" : text;
}

/* A file may have been written by anybody: only printable text goes to the terminal. */
static void put_clean(const char *text, FILE *to)
{
    char mem[4 * INVENTORY_TEXT_MAX + 1];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_put_clean(&b, str_of(text), sizeof mem - 1);
    (void)fputs(mem, to);
}

static void put_column(const char *text, int width, FILE *to)
{
    char mem[256];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_put_clean(&b, str_of(dash(text)), (size_t)width > sizeof mem - 1 ? sizeof mem - 1 : 200);
    (void)fprintf(to, "%-*s ", width, mem);
}

static void put_share(const struct inventory_row *r, FILE *to)
{
    if (r->volume > 0)
        (void)fprintf(to, "%3.0f %%", 100.0 * (double)r->passed / (double)r->volume);
    else
        (void)fputs("    -", to);
}

void sources_print_list(const struct inventory_row *row, size_t n, FILE *to)
{
    (void)fprintf(to, "%-28s %-22s %-9s %8s %5s  %-10s %-12s %s\n", "DOMAIN", "SOURCE", "STATUS", "MESSAGES", "PASS",
                  "LAST SEEN", "TICKET", "OWNER");
    for (; n-- > 0; row++) {
        char when[SHEET_TIME_MAX] = "never     ";

        if (row->last_seen_ms > 0)
            (void)sheet_time(row->last_seen_ms, when);
        put_column(row->domain, 28, to);
        put_column(row->source, 22, to);
        put_column(row->field[INVENTORY_status], 9, to);
        (void)fprintf(to, "%8" PRId64 " ", row->volume);
        put_share(row, to);
        (void)fprintf(to, "  %.10s ", when);
        put_column(row->field[INVENTORY_ticket], 12, to);
        put_clean(dash(row->field[INVENTORY_owner]), to);
        (void)fputc('\n', to);
    }
}

static void put_fact(const char *label, const char *text, FILE *to)
{
    if (text[0] == '\0')
        return;
    (void)fprintf(to, "  %-*s ", LABEL_WIDTH, label);
    put_clean(text, to);
    (void)fputc('\n', to);
}

static void put_seen(const struct inventory_row *r, FILE *to)
{
    char when[SHEET_TIME_MAX];

    if (r->volume == 0) {
        put_fact("messages", "none yet", to);
        return;
    }
    (void)fprintf(to, "  %-*s %" PRId64 ", of which %" PRId64 " passed DMARC\n", LABEL_WIDTH, "messages", r->volume,
                  r->passed);
    put_fact("first seen", sheet_time(r->first_seen_ms, when), to);
    put_fact("last seen", sheet_time(r->last_seen_ms, when), to);
}

static void put_change(const struct inventory_change *c, FILE *to)
{
    char when[SHEET_TIME_MAX];

    (void)fprintf(to, "  %s  ", sheet_time(c->time_ms, when));
    put_clean(c->who, to);
    if (c->field[0] == '\0' || strcmp(c->field, "removed") == 0) {
        (void)fprintf(to, ": %s\n", c->field[0] == '\0' ? "entered" : "removed");
        return;
    }
    (void)fputs(": ", to);
    put_clean(c->field, to);
    (void)fputs(" from \"", to);
    put_clean(c->old, to);
    (void)fputs("\" to \"", to);
    put_clean(c->new, to);
    (void)fputs("\"\n", to);
}

void sources_print_entry(const struct inventory_row *row, const struct inventory_change *change,
                          size_t n, FILE *to)
{
    const char *remark = source_words_remark(row);

    put_clean(row->source, to);
    (void)fputs(" for ", to);
    put_clean(row->domain, to);
    (void)fputc('\n', to);
    put_fact("client", row->client, to);
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        put_fact(inventory_field_name[i], row->field[i], to);
    put_seen(row, to);
    if (remark != NULL)
        put_fact("note well", remark, to);
    (void)fputs(n > 0 ? "\nChanges, newest first\n" : "\nNobody has changed it.\n", to);
    for (; n-- > 0; change++)
        put_change(change, to);
}

static struct jnode *sources_show_json_row(const struct inventory_row *r)
{
    struct jnode *o = jnode_object();
    const char *remark = source_words_remark(r);

    jnode_text(o, "domain", r->domain);
    jnode_text(o, "source", r->source);
    jnode_text(o, "client", r->client);
    for (int i = 0; i < INVENTORY_FIELD_COUNT; i++)
        jnode_text(o, inventory_field_name[i], r->field[i]);
    jnode_time(o, "first_seen", r->first_seen_ms);
    jnode_time(o, "last_seen", r->last_seen_ms);
    jnode_int(o, "messages", r->volume);
    jnode_int(o, "passed", r->passed);
    jnode_text(o, "remark", remark);
    return o;
}

void sources_print_json(const struct inventory_row *row, size_t n, struct jnode *received, FILE *to)
{
    struct jnode *root = jnode_object(), *list = jnode_array();

    jnode_int(root, "count", (int64_t)n);
    for (; n-- > 0; row++)
        jnode_append(list, sources_show_json_row(row));
    jnode_put(root, "sources", list);
    if (received != NULL)
        jnode_put(root, "received", received);
    jnode_print(root, to);
}

void sources_print_entry_json(const struct inventory_row *row, const struct inventory_change *change, size_t n,
                              struct jnode *received, FILE *to)
{
    struct jnode *root = sources_show_json_row(row), *list = jnode_array();

    for (; n-- > 0; change++) {
        struct jnode *o = jnode_object();

        jnode_time(o, "time", change->time_ms);
        jnode_text(o, "who", change->who);
        jnode_text(o, "field", change->field);
        jnode_text(o, "old", change->old);
        jnode_text(o, "new", change->new);
        jnode_append(list, o);
    }
    jnode_put(root, "changes", list);
    if (received != NULL)
        jnode_put(root, "received", received);
    jnode_print(root, to);
}
