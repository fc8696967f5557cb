/*
 * why_list.h - many messages at once: in which role a key matched, what became of each, sums by domain.
 */
#ifndef ASSAY_DESK_WHY_LIST_H
#define ASSAY_DESK_WHY_LIST_H

#include "desk/sheet.h"
#include "output/record.h"

/* In which role a message has a key: 1u << each. */
enum why_role {
    WHY_AUTHOR, WHY_RETURN_PATH, WHY_RECIPIENT, WHY_CLIENT, WHY_SOURCE, WHY_TICKET, WHY_ITSELF, WHY_ROLE_COUNT
};

/* Of a domain or address, letters' case aside; 0 when the key stands nowhere in it in plain sight.  Pure. */
unsigned why_roles(const struct record *r, const char *key);

/* "author", "return path" …: the first of `roles`, "" for none. */
const char *why_role_word(unsigned roles);

/* What became of it, in one word: "passed on", "refused", "held", "put off". */
const char *why_fate(const struct record *r);

/* Messages of one author domain. */
struct why_sum {
    const char *domain; /* "" for those whose author cannot be read */
    size_t messages, passed, kept_out; /* kept out: refused, held or deferred */
};

/* Sums by author domain, the most messages first.  RC_NOMEM. */
enum rc why_sums(struct arena *a, const struct record *r, size_t n, struct why_sum **out, size_t *count);

/* The head line of a list, then one line a message; `key` is what was asked for, NULL none. */
void why_print_heads(const struct sheet *s);
void why_print_line(const struct sheet *s, const struct record *r, const char *key);
void why_print_sums(const struct sheet *s, const struct why_sum *sum, size_t n);

#endif
