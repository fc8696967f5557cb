/*
 * server.h - a unix socket of messages (SOCK_SEQPACKET): a question, an answer, over.
 */
#ifndef ASSAY_KEEPER_SERVER_H
#define ASSAY_KEEPER_SERVER_H

#include <sys/types.h>

#include "keeper/verbs.h"

/* Listens at `path`, mode 0660; a stale socket is replaced, a live one refused (RC_TEMP). */
enum rc server_listen(const char *path, int *fd, struct err *e);

/*
 * Answers with several threads whoever is root, ourselves or `user`, until
 * `stop` (a descriptor) can be read.  RC_NOMEM when threads cannot be made.
 */
enum rc server_run(int fd, int stop, struct keeper *k, uid_t user, struct err *e);

/* Asks the keeper at `path` and waits at most 10 s: `message` goes out; the answer is put into `answer` (WIRE_MAX). */
enum rc server_ask(const char *path, struct str message, struct strbuf *answer, struct err *e);

#endif
