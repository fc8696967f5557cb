/*
 * corpus.h - the messages that corpus.py made, ready to be sent.
 */
#ifndef ASSAY_TESTS_BENCH_CORPUS_H
#define ASSAY_TESTS_BENCH_CORPUS_H

#include <stddef.h>

enum { FIELDS_MAX = 200 };

struct field {
    const char *name, *value; /* the value begins behind the colon */
};

struct message {
    const char *ip, *client, *helo, *from;
    struct field field[FIELDS_MAX];
    size_t fields;
    const char *body;
    size_t body_size;
};

struct corpus {
    struct message *message;
    size_t n;
};

/* All messages of `folder`, or the program ends. */
void corpus_read(const char *folder, struct corpus *out);

/* Ends the program, with errno's words. */
_Noreturn void die(const char *what, const char *which);

#endif
