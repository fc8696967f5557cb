/*
 * ask.h - one question to assay-keeper while it is answered; for the files of verbs.
 */
#ifndef ASSAY_KEEPER_ASK_H
#define ASSAY_KEEPER_ASK_H

#include <pthread.h>

#include "keeper/verbs.h"

struct guard;

struct keeper {
    pthread_mutex_t lock; /* held while a question is answered, but for passwords */
    const struct config *config;
    struct session_limits limits;
    struct db *accounts;
    struct guard *guard;
};

struct keeper_ask {
    struct keeper *k;
    struct arena *a;       /* for this question */
    const struct wire *w;
    struct session session; /* whose it is, where the verb wants one */
    struct strbuf *answer;
};

/* Answers no; what the system did to us goes to the log as well. */
void keeper_refuse(struct keeper_ask *q, enum rc rc, const char *text);

/* Notes a change with its author, in the log and in the accounts' database. */
void keeper_note(struct keeper_ask *q, const char *what);

/* The verb source (change_source.c). */
void keeper_source(struct keeper_ask *q);

#endif
