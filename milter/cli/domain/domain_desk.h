/*
 * domain_desk.h - `assay domain` at work: what all domains of a run share, and each domain answered.
 */
#ifndef ASSAY_CLI_DOMAIN_DOMAIN_DESK_H
#define ASSAY_CLI_DOMAIN_DOMAIN_DESK_H

#include <pthread.h>

#include "cli/cli.h"
#include "cli/domain/domain_out.h"

enum { DOMAIN_TLDS_MAX = 100, DOMAIN_THREADS = 8, DOMAIN_ARENA_MAX = 32 << 20 };

/* What was asked for on the command line. */
struct domain_arguments {
    struct cli_common common;
    const char *known, *https, *record_https, *client;
    const char *selector[HEALTH_SELECTORS_MAX];
    size_t selectors;
    const char *tld[DOMAIN_TLDS_MAX];
    size_t tlds;
    int64_t now, since_ms; /* seconds; milliseconds, 0: none */
    unsigned flatten;
    bool parked, useless, unseen, lookalikes, records, propagation, hosted, all, keep;
    int fail_on; /* enum health_word; -1: never */
};

/* What came of one domain. */
struct domain_reply {
    const char *name;
    int64_t began_ms;    /* monotonic */
    int code;            /* exit status */
    struct jnode *json;  /* with --json; handed over to whoever prints */
    char *line;          /* of the table, for free() */
};

struct domain_desk {
    const struct domain_arguments *args;
    struct config *config;
    struct dns *dns;
    struct store *reader, *editor;  /* NULL none; behind `lock` */
    struct db *db;                  /* the same, for received reports; NULL none; behind `lock` */
    pthread_mutex_t lock;
    bool validates;      /* answers tell secure ones from others */
    bool several;        /* a table instead of the whole answer */
};

/* An exit status, told when it is not EX_OK. */
int domain_desk_open(struct domain_desk *desk, const struct domain_arguments *args);
void domain_desk_close(struct domain_desk *desk);

/* Answers all names, several at once, and prints them in their order; the worst exit status. */
int domain_desk_answer(struct domain_desk *desk, const char *const *names, size_t n);

/* The domains of all clients, or of the one that --client names; NULL without memory, n == 0 when there is none. */
const char **domain_desk_names(const struct domain_desk *desk, struct arena *a, size_t *n);

#endif
