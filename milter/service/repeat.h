/*
 * repeat.h - messages that the MTA hands to us a second time under the same queue id.
 *
 * That happens where smtpd_milters names us twice.  The second look would take
 * our own stamp for a forgery and count the message twice, so it is left out.
 *
 * A queue id alone shows nothing: Postfix gives it again when the first message
 * was refused, and then the next would go on unexamined.  It is the same one
 * when its envelope, its fields and its body are those that we left behind.
 *
 * Threads: any.
 */
#ifndef ASSAY_SERVICE_REPEAT_H
#define ASSAY_SERVICE_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/polyhash.h"
#include "mail/message.h"
#include "policy/action.h"

enum { REPEAT_MEMORY_MS = 60 * 1000 }; /* so long a message is known: far longer than the MTA is between two milters */

struct repeat;

/* What is known of a message so far; begins as zero. */
struct repeat_sums {
    struct polyhash body;
    uint64_t fields; /* of repeat_known's */
};

struct repeat *repeat_new(void); /* NULL without memory */
void repeat_free(struct repeat *r); /* NULL allowed */

/* More of a message's body, in pieces of any size; or, all the times that it comes, a hash of it instead. */
void repeat_body(const struct repeat *r, struct repeat_sums *sums, struct str chunk);

/*
 * Whether this, which is whole by now, is what became of a message that was
 * noted within REPEAT_MEMORY_MS; `now_ms` is monotonic.  About the newest
 * 1,000 are known; of older ones the answer is no.
 */
bool repeat_known(struct repeat *r, const struct message *m, struct repeat_sums *sums, int64_t now_ms);

/*
 * It was asked for (repeat_known), examined, and `done` was done to it.
 * Without a queue id, and of what was refused or put off, nothing is noted.
 */
void repeat_note(struct repeat *r, const struct message *m, const struct repeat_sums *sums, const struct actions *done,
                 int64_t now_ms);

/* Whether it is time to say so in the log: at first, then once an hour. */
bool repeat_is_news(struct repeat *r, int64_t now_ms);

#endif
