/*
 * share.h - the memory that all messages at hand hold together, and what each may have of it.
 *
 * Beyond MaxMemory a message waits until others have ended, and is put off
 * when that takes too long: many large ones at once neither take the memory
 * of the machine nor that of the small ones, for whom the last quarter is kept.
 *
 * The messages of one client address (IPv6: /64) together hold no more than
 * is free for the others: half of it where nobody else has any, a third each
 * where another has as much, and so on.  So nobody, with however many
 * connections, leaves others without, nor do a few who do it together.
 *
 * Threads: any; a share belongs to one at a time.
 */
#ifndef ASSAY_MTA_SHARE_H
#define ASSAY_MTA_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mail/message.h"

enum {
    SHARE_SMALL = 128 * 1024, /* a message that holds no more is small */
    SHARE_WAIT_MS = 10 * 1000 /* that a message waits in all */
};

struct share_client;

/* What one message holds; zero is nothing. */
struct share {
    size_t bytes;
    struct share_client *client; /* whose, while it holds any */
    int64_t waited_ms;
};

/*
 * Raises the share to what `m`, as far as it has come, will hold with the libraries' copies of its header; waits for
 * room if need be.  `limit` is what all may hold, in bytes.  False, and the log says so: there was none in time.
 */
bool share_raise(struct share *s, const struct message *m, size_t limit);

/* It ended. */
void share_give_back(struct share *s);

#endif
