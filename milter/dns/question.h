/*
 * question.h - a question, and the bytes by which hash tables know it.
 */
#ifndef ASSAY_DNS_QUESTION_H
#define ASSAY_DNS_QUESTION_H

#include <stdbool.h>

#include "dns/dns.h"
#include "dns/name.h"

/*
 * The first question_key_size() bytes are the key: no padding before `name`.
 * `salt` differs from process to process, so that a sender cannot choose
 * names that collide in the cache's hash table.
 */
struct question {
    uint64_t salt;
    uint16_t type;
    uint16_t n; /* strlen(name) */
    char name[NAME_TEXT_SIZE]; /* as name.h says */
};

/* False when DNS cannot carry `name`. */
bool question_make(struct question *q, uint64_t salt, const char *name, enum dns_type type);

/* Bytes of the key, for uthash. */
size_t question_key_size(const struct question *q);

#endif
