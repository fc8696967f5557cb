/*
 * spf_tree.h - the tree behind an SPF record, read whole and without a word told.
 *
 * The worst case, in which no term matches (RFC 7208 section 4.6.4).  Terms
 * with macros count and are not followed; a question that fails is neither an
 * absence nor a void look-up.
 */
#ifndef ASSAY_HEALTH_SPF_TREE_H
#define ASSAY_HEALTH_SPF_TREE_H

#include "health/judge.h"
#include "spf/spf_record.h"

enum { SPF_TREE_NODES_MAX = 2048, SPF_TREE_DEPTH_MAX = 20, SPF_TREE_RECORDS_MAX = 100 };

enum spf_fate {
    SPF_FATE_FINE,
    SPF_FATE_OPEN,    /* not answered */
    SPF_FATE_NONE,    /* include, redirect: no record at the target */
    SPF_FATE_SEVERAL, /* … or several */
    SPF_FATE_BROKEN,  /* … or one that does not parse */
    SPF_FATE_LOOP,
    SPF_FATE_MANY_MX,
    SPF_FATE_MACRO,   /* not followed */
    SPF_FATE_DEEP     /* a limit of ours */
};

struct spf_node {
    const struct spf_term *term;
    const char *home;       /* domain whose record holds it */
    const char *target;     /* name that was asked for, lower case; "" none */
    unsigned depth;         /* 0: of the record itself */
    enum spf_fate fate;
    const char *why;        /* SPF_FATE_OPEN: of the question; BROKEN: of the record */
    bool lets_in;           /* what matches here passes */
    bool everybody;         /* it lets in everybody, or as good as */
    bool void4, void6;      /* a void look-up on that family */
    bool twice;             /* its record was reached before */
    unsigned lookups;       /* with all below it */
};

struct spf_tree {
    struct spf_node *node;  /* each before those below it; terms behind "all" are not there */
    size_t n;
    const char *broken;     /* the record itself does not parse: why; "" it does */
    struct spf_record record;
    unsigned lookups, void4, void6;
    bool open;              /* a part did not answer or is not followed: counts are lower bounds */
    bool failed;            /* a part did not answer */
    bool macros;            /* macros or ptr: what matches depends on the message */
    bool sound;             /* no part of it makes a permerror */
};

/* Reads `text`, for which spf_record_is holds, as the record of j->domain.  NULL without memory. */
const struct spf_tree *spf_tree_read(struct health_judge *j, struct str text);

/* End of the nodes below node `i`. */
size_t spf_tree_end(const struct spf_tree *t, size_t i);

/* Whether `ip` is let in by a term, order and negative terms aside. */
bool spf_tree_holds(struct health_judge *j, const struct spf_tree *t, const struct ip *ip);

/* Tells what is wrong with it, and puts its counts and branches into the answer. */
void spf_tree_tell(struct health_judge *j, const struct spf_tree *t);

/* Tells only when it has too many look-ups. */
void spf_tree_tell_lookups(struct health_judge *j, const struct spf_tree *t);

#endif
