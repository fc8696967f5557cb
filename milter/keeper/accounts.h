/*
 * accounts.h - who may sign in to the pages, as what, and for which clients; and who is signed in.
 *
 * They stand in a database of their own (option KeeperDatabase), which nobody
 * but the user of the service can read.
 *
 * Threads: as struct db.  Times are milliseconds since the epoch.
 */
#ifndef ASSAY_KEEPER_ACCOUNTS_H
#define ASSAY_KEEPER_ACCOUNTS_H

#include "base/arena.h"
#include "base/enumname.h"
#include "db/db.h"
#include "keeper/token.h"

/* In the order of what they may do. */
enum role {
    ROLE_CLIENT,   /* sees the pages of its own organisations */
    ROLE_VIEWER,   /* looks at everything, or at the clients named */
    ROLE_OPERATOR, /* changes sources, episodes, exceptions, reports */
    ROLE_ADMIN     /* accounts too */
};
extern const struct enum_names role_names;

enum { ACCOUNT_NAME_MAX = 64, ACCOUNT_CLIENTS_MAX = 4000 /* bytes */, ACCOUNT_LINK_HOURS = 72 };

struct account_entry {
    const char *name;
    enum role role;
    const char *clients;  /* names of clients.conf, separated by commas; "" all (never for ROLE_CLIENT) */
    bool proxy;           /* signs in through the proxy alone, and has no password */
    bool has_password;
    const char *theme;    /* "light", "dark" or "" for the browser's */
    int64_t created_ms, seen_ms; /* seen_ms: when it signed in last; 0 never */
    int64_t before_ms;    /* the time before that */
};

/* Opens it for writing, and makes it (mode 0600) when it is not there. */
enum rc accounts_open(const char *path, struct db **out, struct err *e);

/* Whether the words will do: name, role, clients. */
enum rc accounts_check(const char *name, const char *role, const char *clients, struct err *e);

/* RC_BAD when there is one of that name. */
enum rc accounts_add(struct db *d, const struct account_entry *a, int64_t now_ms, struct err *e);
/* Another role, and other clients; ends its sessions.  RC_NOTFOUND; RC_BAD when nobody would be admin any more. */
enum rc accounts_set_role(struct db *d, const char *name, enum role role, const char *clients, struct err *e);
/* It and its sessions are gone.  As accounts_set_role. */
enum rc accounts_end(struct db *d, const char *name, struct err *e);
enum rc accounts_set_theme(struct db *d, const char *name, const char *theme, struct err *e);

/* RC_NOTFOUND. */
enum rc accounts_find(struct db *d, struct arena *a, const char *name, struct account_entry *out, struct err *e);
enum rc accounts_list(struct db *d, struct arena *a, struct account_entry **out, size_t *n, struct err *e);

/* ---- passwords ---- */

/* The hash; "" when it has none, or there is no such account. */
enum rc accounts_password(struct db *d, struct arena *a, const char *name, const char **hash, struct err *e);
/* Sets it, uses up the link, ends its sessions. */
enum rc accounts_set_password(struct db *d, const char *name, const char *hash, struct err *e);

/* A new link, valid once and for ACCOUNT_LINK_HOURS; the old one is void. */
enum rc accounts_link(struct db *d, const char *name, int64_t now_ms, char link[static TOKEN_TEXT + 1], struct err *e);
/* Whose link it is; RC_NOTFOUND. */
enum rc accounts_of_link(struct db *d, struct arena *a, const char *link, int64_t now_ms, const char **name,
                         struct err *e);

/* ---- sessions ---- */

enum { SESSION_MAX_MS = 12 * 3600 * 1000, SESSIONS_OF_ACCOUNT = 10 };

struct session {
    struct account_entry account;
    char token[TOKEN_TEXT + 1]; /* what its forms carry under a mask */
    const char *id;             /* the first digits of its hash, by which a person tells it */
};

struct session_limits {
    int64_t idle_ms;  /* option WebIdle */
    unsigned in_all;  /* option WebSessions */
};

/* Begins one: `cookie` is the browser's from now on.  The oldest go when there are too many. */
enum rc sessions_begin(struct db *d, const char *name, const struct session_limits *l, int64_t now_ms,
                       char cookie[static TOKEN_TEXT + 1], struct err *e);
/* Whose cookie it is, and that it was used now.  RC_NOTFOUND: none, or over. */
enum rc sessions_find(struct db *d, struct arena *a, const char *cookie, const struct session_limits *l, int64_t now_ms,
                      struct session *out, struct err *e);
enum rc sessions_end(struct db *d, const char *cookie, struct err *e);
/* All of an account. */
enum rc sessions_end_all(struct db *d, const char *name, struct err *e);
enum rc sessions_count(struct db *d, const char *name, int64_t *n, struct err *e);

/* ---- what was changed ---- */

/* Notes who did what. */
enum rc changes_note(struct db *d, int64_t now_ms, const char *who, const char *verb, const char *what, struct err *e);

#endif
