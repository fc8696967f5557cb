#include "inventory/parts.h"

#include <stdbool.h>
#include <string.h>

static const char *const part_words[] = {"confirmed", "not_confirmed", "not_decided", "forged", "lost"};
const struct enum_names part_names = ENUM_NAMES(part_words);

int64_t parts_all(const struct parts *p)
{
    int64_t all = 0;

    for (int i = 0; i < PART_COUNT; i++)
        all += p->n[i];
    return all;
}

int64_t parts_own(const struct parts *p)
{
    return p->n[PART_CONFIRMED] + p->n[PART_NOT_CONFIRMED];
}

void parts_add(struct parts *to, const struct parts *p)
{
    for (int i = 0; i < PART_COUNT; i++)
        to->n[i] += p->n[i];
}

static bool parts_is(const char *text, const char *word)
{
    return strcmp(text, word) == 0;
}

enum part parts_of(const char *dmarc, const char *cause, const char *status)
{
    if (parts_is(status, "malicious") || parts_is(cause, "lookalike") || parts_is(cause, "parked"))
        return PART_FORGED;
    if (parts_is(dmarc, "pass"))
        return parts_is(status, "approved") ? PART_CONFIRMED : PART_OPEN;
    if (parts_is(cause, "mailing-list") || parts_is(cause, "forwarded"))
        return PART_LOST;
    if (parts_is(cause, "unauthorized"))
        return PART_FORGED;
    return parts_is(status, "approved") ? PART_NOT_CONFIRMED : PART_OPEN;
}
