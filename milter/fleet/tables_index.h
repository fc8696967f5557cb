/*
 * tables_index.h - what makes a day's keys quick to find once the day is over.
 *
 * Two functions of the centre.  day_work(beside) says what is to be done next,
 * a statement at a time, and for which partition: an index that was broken off
 * is dropped; one for each key is made, of the newest day first; when all are
 * there, the Bloom BRIN indexes go, for which every question would only plan.
 * Both are NULL when nothing is to be done, the statement alone where that
 * waits for another.  `beside` readers and late records: CONCURRENTLY, which
 * only the partitions' owner may.  day_index() does the next one itself, for
 * who is not the owner: records that come late for that very day wait
 * meanwhile, no others.
 */
#ifndef ASSAY_FLEET_TABLES_INDEX_H
#define ASSAY_FLEET_TABLES_INDEX_H

/* Smaller days are searched quickly as they are: bytes of messages, some 60,000 of them. */
#define TABLES_INDEX_BYTES "67108864"

extern const char tables_index[];

#endif
