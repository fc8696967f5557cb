/*
 * feed.h - from a path to mails and files: a file, an mbox, a Maildir, a folder, standard input.
 *
 * Threads: one.
 */
#ifndef ASSAY_INTAKE_FEED_H
#define ASSAY_INTAKE_FEED_H

#include "base/err.h"
#include "base/str.h"

enum {
    FEED_PIPE_MAX = 64 * 1024 * 1024, /* bytes read of standard input; the rest is read and dropped */
    FEED_DEPTH_MAX = 8                /* folders in folders */
};

/* One mail or file; lives until the taker returns. */
struct feed_item {
    struct str bytes;
    const char *name;  /* of the file, without folder; "" standard input */
    const char *way;   /* "pipe" "file" "mbox" "maildir" "folder" "import" */
    int64_t arrival_ms; /* when a Maildir had it, by its file; 0 not known */
};

/* Takes one; RC_OK: it is committed and may leave a Maildir's new/.  Anything else ends the feed. */
typedef enum rc feed_taker(void *arg, const struct feed_item *item, struct err *e);

/*
 * All that `path` leads to, in the order of names.  "-" is standard input, one
 * mail or file.  A Maildir (a folder with new/ and cur/) is taken mail by mail
 * from new/ to cur/, after the taker took it.  A file that begins as an mbox is
 * taken apart, and so is one that parsedmarc wrote.  What cannot be read is told to `trouble` and passed over;
 * RC_NOTFOUND, RC_IO when `path` itself cannot.
 */
enum rc feed_path(const char *path, feed_taker *take, void (*trouble)(void *arg, const char *path, const char *why),
                  void *arg, struct err *e);

#endif
