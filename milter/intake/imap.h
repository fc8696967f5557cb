/*
 * imap.h - reports out of a mailbox on an IMAP server (RFC 9051, 3501), message by message.
 *
 * Hides libcurl.  Always in TLS (imaps, or STARTTLS where the URL says imap),
 * the server's certificate verified.  Batches of messages are fetched, then
 * taken, and moved to another folder of the mailbox when they are committed:
 * the server does not wait while a report is read, and whatever breaks in
 * between, a message is taken again rather than lost.  A server that lists
 * without end is left after IMAP_RUN_MAX messages (imap_answer.h) or two hours,
 * with a word about it; what it has yet is for the next run.
 *
 * Threads: one.
 */
#ifndef ASSAY_INTAKE_IMAP_H
#define ASSAY_INTAKE_IMAP_H

#include "intake/feed.h"

enum {
    IMAP_BATCH = 100,                     /* messages at a time … */
    IMAP_BATCH_BYTES = 64 * 1024 * 1024,  /* … or until they have these bytes */
    IMAP_MESSAGE_MAX = 33 * 1024 * 1024   /* bytes of one; the rest is left, and reading says that it is too large */
};

struct imap_settings {
    const char *url;       /* imaps://USER@HOST[:PORT]/FOLDER; imap:// with STARTTLS */
    const char *passwords; /* text of a file with a line USER:PASSWORD for each user */
    const char *ca_file;   /* "": the system's */
    const char *done;      /* folder that messages are moved to */
};

/*
 * Gives all messages to `take`, with way "imap", as feed_path.  RC_BAD for
 * what the settings lack; RC_TEMP, with what the server said, when it cannot
 * be had or breaks off; else what the taker answered.
 */
enum rc imap_feed(const struct imap_settings *settings, feed_taker *take, void *arg, struct err *e);

#endif
