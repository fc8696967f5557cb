/*
 * aggregate_reader.h - the elements of an aggregate report, as they come.  For aggregate.c alone.
 */
#ifndef ASSAY_INCOMING_AGGREGATE_READER_H
#define ASSAY_INCOMING_AGGREGATE_READER_H

#include "formats/xml.h"
#include "incoming/aggregate.h"
#include "incoming/record.h"

enum { AGGREGATE_NAME_SLOTS = 256, AGGREGATE_REFUSED_TOLD = 5 };

struct aggregate_reader {
    struct arena *head_arena, *row_arena;
    struct incoming_aggregate *head;
    struct notes *notes;
    const struct incoming_aggregate *policy; /* by which rows are worked out */
    aggregate_row *take;                     /* NULL: the first reading */
    void *arg;
    struct xml_in *xml;
    size_t depth, passed_over; /* at which depth an unknown element was met in a record; 0 none */
    enum element open[XML_DEPTH_MAX];
    size_t unknown;
    bool in_record, enough, no_memory, limited, cleaned;
    bool begin_seen, end_seen, reason_is_leaf;
    const char *begin, *end;
    unsigned policies, rows_here; /* policy_published elements; row elements of the record at hand */
    uint64_t all_rows, zero, no_address, no_from, unreadable_results, worked_out, reason_cut, twice;
    unsigned head_twice; /* elements of the head that stand twice and differ */
    struct record record;
    struct {
        const char *name;
        enum element element;
    } slot[AGGREGATE_NAME_SLOTS];
};

/* Its `arg` is a struct aggregate_reader. */
extern const struct xml_handler aggregate_handler;

#endif
