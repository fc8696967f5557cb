/*
 * check.h - what `assay check` found, and its two ways to print it.
 */
#ifndef ASSAY_CLI_CHECK_CHECK_H
#define ASSAY_CLI_CHECK_CHECK_H

#include "policy/judge.h"

struct check {
    const struct message *message;
    struct evidence evidence;
    struct judgement judgement;
    const char *logline;
};

struct jnode;

/* Puts into `o` what a verdict says of sender and cause. */
void verdict_json(struct jnode *o, const struct verdict *v);

/* To standard output. */
void check_print_json(const struct check *c);
void check_print_text(const struct check *c);

#endif
