/*
 * ask.h - one question to assay-keeper while it is answered; for the files of verbs.
 */
#ifndef ASSAY_KEEPER_ASK_H
#define ASSAY_KEEPER_ASK_H

#include <pthread.h>

#include "keeper/verbs.h"

struct guard;

struct keeper {
    pthread_mutex_t lock; /* held while a question is answered, but for passwords and what changes records */
    pthread_mutex_t changing; /* held while records are changed, which a server may take its time for */
    int changes;          /* under way or waiting, under `lock` */
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

/* Notes a change with its author, in the log and in the accounts' database; with the lock. */
void keeper_note(struct keeper_ask *q, const char *what);

/* Whether the account may change what belongs to `client`; "" nobody's: who sees all may (change.c). */
bool keeper_owns(const struct keeper_ask *q, const char *client);

/*
 * A field as text of one line, in the arena: breaks of lines become spaces.
 * RC_BAD with `what` in the words when it is empty though `needed`, or holds
 * control characters; RC_LIMIT beyond `max` bytes (change.c).
 */
enum rc keeper_text(const struct keeper_ask *q, const char *field, const char *what, bool needed, size_t max,
                    const char **out, struct err *e);

/* A field as a day, YYYY-MM-DD, counted from the epoch; RC_BAD (change.c). */
enum rc keeper_day(const struct keeper_ask *q, const char *field, const char *what, int64_t *out, struct err *e);

/* Opens the records for a change; db_close is the caller's (change.c). */
enum rc keeper_records(const struct keeper_ask *q, struct db **out, struct err *e);

/* Answers a change: RC_OK with "ok" and a note of `what`; `meanwhile`, where it is not NULL, as WIRE_CHANGED. */
void keeper_changed(struct keeper_ask *q, enum rc rc, const char *meanwhile, const char *what, const struct err *e);

/* The verbs source, episode, exception and approval (change_source.c, change_episode.c, change_policy.c). */
void keeper_source(struct keeper_ask *q);
void keeper_episode(struct keeper_ask *q);
void keeper_exception(struct keeper_ask *q);
void keeper_approval(struct keeper_ask *q);

#endif
