/*
 * program.h - a program of the site's that is given a document on its standard input.
 *
 * Threads: one at a time, for SIGCHLD has its default action meanwhile; it waits for the program.
 */
#ifndef ASSAY_POST_PROGRAM_H
#define ASSAY_POST_PROGRAM_H

#include "base/err.h"
#include "base/str.h"

enum { PROGRAM_SECONDS = 60 };

/*
 * Runs `path` without a shell or arguments, with our environment and user;
 * what it prints goes where our standard error goes.  RC_OK when it read the
 * document or did not want it all, and ended with 0; else RC_TEMP with what
 * became of it.  After PROGRAM_SECONDS it is killed, and what it started with it.
 */
enum rc program_give(const char *path, struct str document, struct err *e);

#endif
