/*
 * spf_edit.h - one SPF record being made out of what is published: its terms, its end, its modifiers.
 */
#ifndef ASSAY_HEALTH_SPF_EDIT_H
#define ASSAY_HEALTH_SPF_EDIT_H

#include "health/spf_tree.h"

enum { SPF_EDIT_TERMS_MAX = 300, SPF_EDIT_TEXT_MAX = 4000 };

struct spf_edit {
    struct arena *arena;
    struct str term[SPF_EDIT_TERMS_MAX]; /* directives but all */
    size_t n;
    char end;                            /* qualifier of all; 0 there is none */
    struct str redirect, exp;            /* domain-specs; n == 0 none */
    struct str other[20];                /* unknown modifiers, as written */
    size_t others;
    bool changed, over;
};

/* Adds the terms of `text`, which parses; those that are there already are left out when `merging`. */
void spf_edit_read(struct spf_edit *e, struct str text, bool merging);

/* The record. */
struct str spf_edit_text(struct spf_edit *e);

/* Whether two terms of one record say the same, "+" or none before it; whether network `a` lies in network `b`. */
bool spf_term_same(const struct spf_term *a, const struct spf_term *b);
bool spf_term_within(const struct spf_term *a, const struct spf_term *b);

/* Adds a term before the end. */
void spf_edit_add(struct spf_edit *e, struct str term);

/* Tells what stays wrong with a record that takes the place of none that could be judged (health_spf.c). */
void spf_tell_left(struct health_judge *j, const struct spf_tree *t);

/* Looks at sources and texts and proposes the record; `texts` are the SPF texts of the name. */
void spf_propose(struct health_judge *j, const struct str *text, size_t texts, const struct spf_tree *tree);

/* Sources the record lacks, names too much, or names in vain (spf_sources.c). */
void spf_judge_sources(struct health_judge *j, const struct spf_tree *tree);

/* An approved source with this return path that `tree` (NULL: there is no record) does not let in. */
bool spf_source_lacks(struct health_judge *j, const struct spf_tree *tree, const struct health_source *s);

/* Whether the last addresses that it used are known, and pass by what is published now. */
bool spf_source_passes(struct health_judge *j, const struct health_source *s);

/* Whether the term is an include of a service that was retired, or goes with --apply. */
bool spf_term_gone(struct health_judge *j, const struct spf_term *t, bool *applied);

/* Flattening (spf_flat.c): what was asked for with --flatten, and the drift of what was published. */
void spf_flatten(struct health_judge *j, struct str record);
void spf_judge_drift(struct health_judge *j);

#endif
