/*
 * why.h - what the parts of `assay why` share.
 */
#ifndef ASSAY_CLI_WHY_WHY_H
#define ASSAY_CLI_WHY_WHY_H

#include "cli/cli.h"
#include "desk/pasted_story.h"
#include "desk/sheet.h"
#include "records/store.h"

enum { WHY_MATCHES = 20, WHY_CASES_MAX = 3 /* told whole; more are a list */ };

/* Which of the messages with the key; NULL or false: any. */
struct why_filter {
    const char *client, *source, *author, *rcpt;
    bool failed;
};

/* The question. */
struct why_request {
    struct cli_common common;
    struct store_query query;  /* key "": none was named, the filters make one */
    struct why_filter filter;
    struct str text;           /* what was pasted; empty: a key alone */
    const struct config *config;
    const char *database;
    bool playbook, close;
};

/* What was found. */
struct why_found {
    struct store *store;
    struct record *record;
    size_t n;
    const char *key;           /* by which; "" by filters alone */
    struct pasted pasted;      /* of why_request.text */
    struct pasted_around around;
    size_t entry_count;
    struct inventory_row *entry; /* of the inventory, with that ticket */
};

/* Looks for the key; failing that, for every key in the pasted text.  Errors as store_find. */
enum rc why_search(struct arena *a, const struct why_request *q, struct why_found *out, struct err *e);

/* Prints what was found, or says what was looked at; answers a sysexits(3) code. */
int why_answer(struct arena *a, const struct why_request *q, const struct why_found *found);

/* `assay why --close`: of the newest. */
int why_close(struct arena *a, const struct why_request *q, const struct why_found *found);

#endif
