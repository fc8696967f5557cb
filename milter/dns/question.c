#include "dns/question.h"

#include <stddef.h>

bool question_make(struct question *q, uint64_t salt, const char *name, enum dns_type type)
{
    size_t n;

    if (!name_of_plain(name, q->name, &n))
        return false;
    q->salt = salt;
    q->type = (uint16_t)type;
    q->n = (uint16_t)n;
    return true;
}

size_t question_key_size(const struct question *q)
{
    return offsetof(struct question, name) + q->n;
}
