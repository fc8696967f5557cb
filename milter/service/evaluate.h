/*
 * evaluate.h - from a complete message to what is done, recorded and logged.
 *
 * The glue between the rooms: evidence (auth), verdict, actions, record,
 * store, log line.  Whatever fails in it, the caller lets the mail flow.
 *
 * Threads: a `struct evaluator` is shared by all; an evaluation belongs to
 * one thread at a time.
 */
#ifndef ASSAY_SERVICE_EVALUATE_H
#define ASSAY_SERVICE_EVALUATE_H

#include "config/config.h"
#include "dns/dns.h"
#include "mail/message.h"
#include "policy/action.h"
#include "records/store.h"

struct crash_table;
struct evaluator;
struct evaluation;
struct known;
struct catch;
struct statistics;
struct policy;

/*
 * Borrows them all; `store` is NULL when no records are kept, `crashes` when
 * nobody supervises.  NULL without memory.
 */
struct evaluator *evaluator_new(struct dns *dns, struct store *store, struct statistics *statistics,
                                struct crash_table *crashes);

/* Where messages get to know the inventory from; borrowed.  Before the first message; without it they know nothing. */
void evaluator_set_background(struct evaluator *ev, struct known *known);

/* Who counts what was decided; borrowed.  Before the first message; NULL: nobody. */
void evaluator_set_safety_catch(struct evaluator *ev, struct catch *c);

/* Says how many records were lost since it was last said: for when no further one says it. */
void evaluator_log_lost_records(struct evaluator *ev);

/* NULL allowed. */
void evaluator_free(struct evaluator *ev);

/*
 * Starts on `m`, whose client and reverse-path are known.  All of `m`, `c`,
 * `policy` (NULL: none) and `ev` must outlive it.  Where a crash came while
 * MAIL of this sender was worked on, nothing is begun before the header is
 * there.
 */
enum rc evaluation_begin(struct evaluator *ev, struct message *m, const struct config *c, const struct policy *policy,
                         struct evaluation **out, struct err *e);

/*
 * The header of the message is complete.  To be called once; when it fails
 * there is nothing to do but free.  A message that was in flight at
 * CRASH_PATIENCE crashes (a crash at its sender's MAIL counts as one) is not
 * evaluated any more: it passes with forged stamps removed and a stamp that
 * claims nothing, no record is kept, and the log says so; with
 * OnInternalError = tempfail it is RC_BAD.
 */
enum rc evaluation_header(struct evaluation *v, struct err *e);

/* The chunks of the body, as they come. */
void evaluation_body(struct evaluation *v, struct str chunk);

/* At the end of the message: waits for DNS, decides, and tells what shall be done. */
enum rc evaluation_decide(struct evaluation *v, const struct actions **out, struct err *e);

/*
 * After `done` was carried out: writes record and log line.  When it returns
 * RC_OK the record is on disk.  RC_TEMP: it is lost, which has been logged.
 */
enum rc evaluation_keep(struct evaluation *v, const struct actions *done, int64_t total_ms);

/* At any time; NULL allowed.  Its memory is the message's. */
void evaluation_free(struct evaluation *v);

#endif
