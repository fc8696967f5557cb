/* Aggregate reports of strangers, as XML or what was meant as that: both readings agree, and rows are in bounds. */
#include <string.h>

#include "fuzz.h"
#include "incoming/aggregate.h"

static enum rc run(void *arg, archive_sink *sink, void *sink_arg, struct err *e)
{
    const struct str *s = arg;
    enum rc rc = RC_OK;

    for (size_t at = 0; at < s->n && rc == RC_OK; at += 100) /* a boundary anywhere */
        rc = sink(sink_arg, str_slice(*s, at, at + 100), e);
    return rc;
}

struct seen {
    uint64_t rows;
    int64_t messages;
};

static bool on_row(void *arg, const struct incoming_row *row)
{
    struct seen *s = arg;

    s->rows++;
    s->messages += row->count;
    HOLDS(row->count > 0 && row->count <= INCOMING_COUNT_MAX);
    HOLDS(row->reasons <= INCOMING_REASONS_MAX && row->signatures <= INCOMING_DKIM_MAX);
    HOLDS(row->spf_results <= INCOMING_SPF_MAX && row->spf_main < (int)row->spf_results);
    for (size_t i = 0; i < row->signatures; i++)
        HOLDS(words_is_clean(str_of(row->signature[i].domain)) && words_is_clean(str_of(row->signature[i].selector)));
    HOLDS(words_is_clean(str_of(row->header_from_text)) && words_is_clean(str_of(row->envelope_from)));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str file = fuzz_str(data, size);
    struct document doc = {.run = run, .arg = &file, .charset = charset_of(str_slice(file, 0, 4096)),
                           .arrival_s = 1800000000, .name = {"", "", 0, 0}};
    struct err e = ERR_NONE;

    for (size_t root = 0; root < 3; root++) {
        struct arena *a = arena_new(8 << 20);
        struct aggregate *found = calloc(1, sizeof *found);
        struct seen seen = {0, 0};
        enum rc rc;
        bool next;

        HOLDS(a != NULL && found != NULL);
        rc = aggregate_look(a, &doc, root, found, &e);
        HOLDS(rc == RC_OK || rc == RC_NOTFOUND || rc == RC_NOMEM);
        next = rc == RC_OK && found->next;
        if (rc == RC_OK && found->outcome <= INCOMING_EMPTY) {
            HOLDS(found->head.begin_s > 0 && found->head.begin_s <= found->head.end_s);
            (void)aggregate_rows(&doc, found, on_row, &seen, &e);
            HOLDS(seen.rows == found->head.rows && seen.messages == found->head.messages);
        }
        free(found);
        arena_free(a);
        if (!next)
            break;
    }
    return 0;
}
