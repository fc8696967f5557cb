/*
 * verbs.h - what assay-keeper is asked, and its answers (wire.h).
 *
 * Every verb but signin, link and proxy names a session by its cookie; one
 * that changes something carries the token of that session's forms, under a
 * mask, too.  Session, token, role and client are checked here, whatever the
 * asker checked.
 *
 *   who       cookie                            name, role, clients, theme, token, before_ms
 *   signin    name password                     cookie
 *   link      link [password]                   name; with a password it is set: cookie
 *   proxy     name key                          cookie
 *   signout   cookie token
 *   source    cookie token domain source status owner ticket note was_status …
 *   accounts  cookie                            accounts, one after the other
 *   account   cookie token act name role clients    act: add, role, link, end; link
 *   mine      cookie token act …                act: password (old, password), theme (theme), others
 *
 * Threads: any number may ask at once.
 */
#ifndef ASSAY_KEEPER_VERBS_H
#define ASSAY_KEEPER_VERBS_H

#include "config/config.h"
#include "keeper/accounts.h"
#include "keeper/wire.h"

struct keeper;

/* Opens the accounts; the configuration must outlive it.  Records are opened when something is to be changed. */
enum rc keeper_open(const struct config *c, struct keeper **out, struct err *e);
void keeper_close(struct keeper *k); /* NULL allowed */

/* Answers one message, which is changed in place; `answer` has room for WIRE_MAX. */
void keeper_answer(struct keeper *k, char *bytes, size_t n, struct strbuf *answer);

#endif
