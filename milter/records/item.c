#include "records/item.h"

#include <stdlib.h>
#include <string.h>

/* That of an empty text, which most are, is a constant's. */
static size_t item_text_bytes(const char *text)
{
    return text[0] == '\0' ? 0 : strlen(text) + 1;
}

static size_t text_bytes(const struct store_item *from)
{
    const struct record *r = from->record;
    size_t n = 0;

#define SIZE_TEXT(name) n += item_text_bytes(r->name);
#define SIZE_INT(name)
#define SIZE(kind, name, help) SIZE_##kind(name)
    RECORD_COLUMNS(SIZE)
    for (size_t i = 0; i < from->seen_count; i++)
        n += item_text_bytes(from->seen[i].name) + item_text_bytes(from->seen[i].text);
#define SIZE_FAILURE(name, help) n += item_text_bytes(r->failure->name);
    if (r->failure != NULL) {
        FAILURE_COLUMNS(SIZE_FAILURE)
    }
    return n;
}

static const char *move_text(char **to, const char *text)
{
    size_t n = item_text_bytes(text);
    char *start = *to;

    if (n == 0)
        return "";
    memcpy(start, text, n);
    *to += n;
    return start;
}

static void move_failure(struct item *item, char **to, const struct failure *f)
{
#define MOVE_FAILURE(name, help) item->failure.name = move_text(to, f->name);
    FAILURE_COLUMNS(MOVE_FAILURE)
    item->record.failure = &item->failure;
}

struct item *item_new(const struct store_item *from)
{
    const struct record *r = from->record;
    struct item *item = malloc(sizeof *item + from->seen_count * sizeof item->seen[0] + text_bytes(from));
    char *to;

    if (item == NULL)
        return NULL;
    item->record = *r;
    item->seen_count = from->seen_count;
    to = (char *)&item->seen[from->seen_count];
#define MOVE_TEXT(name) item->record.name = move_text(&to, r->name);
#define MOVE_INT(name)
#define MOVE(kind, name, help) MOVE_##kind(name)
    RECORD_COLUMNS(MOVE)
    if (r->failure != NULL)
        move_failure(item, &to, r->failure);
    for (size_t i = 0; i < from->seen_count; i++) {
        item->seen[i] = from->seen[i];
        item->seen[i].name = move_text(&to, from->seen[i].name);
        item->seen[i].text = move_text(&to, from->seen[i].text);
    }
    return item;
}
