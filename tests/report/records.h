/*
 * records.h - the records of one UTC day, made up, the same for the same numbers.
 *
 * Few domains have most of the mail and few senders most of a domain's, as in
 * life; policies, results, overrides and addresses vary, a domain in a hundred
 * changes its policy at noon, and one record in a thousand holds what a hostile sender would put in.
 */
#ifndef ASSAY_TESTS_REPORT_RECORDS_H
#define ASSAY_TESTS_REPORT_RECORDS_H

#include "base/arena.h"
#include "output/record.h"

struct maker {
    uint64_t state;
    int64_t begin_s;
    uint64_t records, domains;
    struct arena *arena; /* of their text */
    bool tame;           /* none of them is hostile: all are UTF-8 */
};

/* Record `i` of them, in order of their times. */
void make_record(struct maker *m, uint64_t i, struct record *r);

#endif
