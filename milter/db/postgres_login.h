/*
 * postgres_login.h - what to do when a PostgreSQL server lets us not log in.
 */
#ifndef ASSAY_DB_POSTGRES_LOGIN_H
#define ASSAY_DB_POSTGRES_LOGIN_H

#include "base/err.h"

/*
 * The remedy for libpq's or the server's words, beginning with "; "; "" for
 * words that need none, such as those of a server that is away.  Before
 * login there is no SQLSTATE, and a server may speak another language: then it is "", too.
 * `rc`: RC_IO refused, RC_BAD a URL that cannot be read, RC_TEMP what may pass by itself.
 */
const char *postgres_login_remedy(const char *words, enum rc *rc);

/* RC_BAD when the service file that `where` or PGSERVICE asks for holds a password, and others may read or write it. */
enum rc postgres_login_check(const char *where, struct err *e);

/*
 * What a connection wants unless something says otherwise, into the
 * environment.  pg_open does it, too; a program with threads does it before there are any.
 */
void pg_default_settings(void);

#endif
