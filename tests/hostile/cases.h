/* cases.h - letters that try to cost more than they may. */
#ifndef ASSAY_TESTS_HOSTILE_CASES_H
#define ASSAY_TESTS_HOSTILE_CASES_H

#include "letter.h"

struct hostile {
    const char *name;
    void (*build)(struct letter *l);
    const char *want; /* words of the log line, separated by blanks; without limits= there must be none */
    const char *say;  /* part of the stamp; NULL: any */
};

struct hostile_group {
    const struct hostile *item;
    size_t n;
};

extern const struct hostile_group hostile_header, hostile_auth;

/* From, Subject, Date, a policy, a key and SPF for example.com. */
void letter_usual(struct letter *l);

/* The same, and one signature: what others are compared with. */
void letter_plain(struct letter *l);

/* "from" and `n` times ":" `name`, malloced. */
char *letter_names(const char *name, size_t n);

#endif
