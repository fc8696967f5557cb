#include "keeper/verbs.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "keeper/ask.h"
#include "keeper/guard.h"
#include "keeper/password.h"

enum { ARENA_MAX = 4 * 1024 * 1024 };

static const char wrong_words[] = "The name or the password is wrong, or it must be waited a while.";

enum rc keeper_open(const struct config *c, struct keeper **out, struct err *e)
{
    struct keeper *k = calloc(1, sizeof *k);
    enum rc rc;

    *out = k;
    if (k == NULL || (k->guard = guard_new()) == NULL) {
        free(k);
        *out = NULL;
        return err_set(e, RC_NOMEM, "out of memory");
    }
    (void)pthread_mutex_init(&k->lock, NULL);
    (void)pthread_mutex_init(&k->changing, NULL);
    k->config = c;
    k->limits = (struct session_limits){.idle_ms = (int64_t)c->web_idle * 1000, .in_all = c->web_sessions};
    rc = accounts_open(c->keeper_database, &k->accounts, e);
    if (rc != RC_OK) {
        keeper_close(k);
        *out = NULL;
    }
    return rc;
}

void keeper_close(struct keeper *k)
{
    if (k == NULL)
        return;
    db_close(k->accounts);
    guard_free(k->guard);
    (void)pthread_mutex_destroy(&k->lock);
    (void)pthread_mutex_destroy(&k->changing);
    free(k);
}

/* ---- refusing ---- */

void keeper_refuse(struct keeper_ask *q, enum rc rc, const char *text)
{
    static const struct { enum rc rc; enum wire_why why; } rows[] = {
        {RC_BAD, WIRE_REFUSED}, {RC_LIMIT, WIRE_REFUSED}, {RC_NOTFOUND, WIRE_REFUSED}, {RC_TEMP, WIRE_BUSY},
    };
    enum wire_why why = WIRE_FAILED;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].rc == rc)
            why = rows[i].why;
    wire_no(q->answer, why, text);
    if (why == WIRE_FAILED)
        log_write(LOG_LEVEL_ERROR, NULL, "%s: %s", q->w->verb, text);
}

void keeper_note(struct keeper_ask *q, const char *what)
{
    struct err e = ERR_NONE;
    char shown[400];
    struct strbuf b = STRBUF_ON(shown);

    strbuf_put_escaped(&b, str_of(what), sizeof shown - 4);
    log_write(LOG_LEVEL_INFO, NULL, "%s by %s: %s", q->w->verb, q->session.account.name, b.p);
    if (changes_note(q->k->accounts, clock_wall_ms(), q->session.account.name, q->w->verb, what, &e) != RC_OK)
        log_write(LOG_LEVEL_WARNING, NULL, "a change was not noted: %s", e.text);
}

/* ---- sessions ---- */

static bool keeper_session(struct keeper_ask *q, bool changes)
{
    struct err e = ERR_NONE;
    enum rc rc = sessions_find(q->k->accounts, q->a, wire_get(q->w, "cookie"), &q->k->limits, clock_wall_ms(),
                               &q->session, &e);

    if (rc == RC_NOTFOUND) {
        wire_no(q->answer, WIRE_SIGNED_OUT, "You are not signed in.");
        return false;
    }
    if (rc != RC_OK) {
        keeper_refuse(q, rc, e.text);
        return false;
    }
    if (changes && !token_matches(q->session.token, wire_get(q->w, "token"))) {
        wire_no(q->answer, WIRE_FORBIDDEN, "The form was not one of this session's: load the page again.");
        log_write(LOG_LEVEL_WARNING, NULL, "%s by %s: refused, without the token of its session", q->w->verb,
                  q->session.account.name);
        return false;
    }
    return true;
}

static void keeper_begin_session(struct keeper_ask *q, const char *name)
{
    char cookie[TOKEN_TEXT + 1];
    struct err e = ERR_NONE;
    enum rc rc = sessions_begin(q->k->accounts, name, &q->k->limits, clock_wall_ms(), cookie, &e);

    if (rc != RC_OK) {
        keeper_refuse(q, rc, e.text);
        return;
    }
    log_write(LOG_LEVEL_INFO, NULL, "%s signed in (%s)", name, q->w->verb);
    wire_begin(q->answer, "ok");
    wire_put(q->answer, "cookie", cookie);
}

static void verb_who(struct keeper_ask *q)
{
    const struct account_entry *a = &q->session.account;
    int64_t sessions = 0;

    (void)sessions_count(q->k->accounts, a->name, &sessions, NULL);
    wire_begin(q->answer, "ok");
    wire_put(q->answer, "name", a->name);
    wire_put(q->answer, "role", enum_name(&role_names, (int)a->role));
    wire_put(q->answer, "clients", a->clients);
    wire_put(q->answer, "theme", a->theme);
    wire_put(q->answer, "token", q->session.token);
    wire_put(q->answer, "proxy", a->proxy ? "1" : "");
    wire_put_int(q->answer, "before_ms", a->before_ms);
    wire_put_int(q->answer, "seen_ms", a->seen_ms);
    wire_put_int(q->answer, "sessions", sessions);
}

/* The password is looked at without the lock: it takes long. */
static bool keeper_right(struct keeper_ask *q, const char *name, const char *password, struct err *e, enum rc *rc)
{
    const char *hash = "";
    bool right = false;
    int wait;

    if (!guard_may(q->k->guard, name, clock_mono_ms(), &wait)) {
        *rc = RC_NOTFOUND;
        return false;
    }
    *rc = accounts_password(q->k->accounts, q->a, name, &hash, e);
    (void)pthread_mutex_unlock(&q->k->lock);
    if (*rc == RC_OK)
        *rc = password_verify(strlen(password) > PASSWORD_MAX ? "" : password, hash, &right, e);
    (void)pthread_mutex_lock(&q->k->lock);
    if (*rc == RC_OK)
        guard_note(q->k->guard, name, right, clock_mono_ms());
    return right;
}

static void verb_signin(struct keeper_ask *q)
{
    const char *name = wire_get(q->w, "name");
    struct err e = ERR_NONE;
    enum rc rc;

    if (keeper_right(q, name, wire_get(q->w, "password"), &e, &rc)) {
        keeper_begin_session(q, name);
    } else if (rc == RC_OK || rc == RC_NOTFOUND) {
        char shown[100];
        struct strbuf b = STRBUF_ON(shown);

        strbuf_put_escaped(&b, str_of(name), 40);
        log_write(LOG_LEVEL_WARNING, NULL, "sign-in refused for \"%s\"", b.p);
        wire_no(q->answer, WIRE_REFUSED, wrong_words);
    } else {
        keeper_refuse(q, rc, e.text);
    }
}

static enum rc keeper_set_password(struct keeper_ask *q, const char *name, const char *password, struct err *e)
{
    char hash[PASSWORD_HASH_MAX];
    enum rc rc = password_check(password, name, e);

    if (rc != RC_OK)
        return rc;
    (void)pthread_mutex_unlock(&q->k->lock);
    rc = password_hash(password, hash, e);
    (void)pthread_mutex_lock(&q->k->lock);
    return rc == RC_OK ? accounts_set_password(q->k->accounts, name, hash, e) : rc;
}

static void verbs_verb_link(struct keeper_ask *q)
{
    const char *name, *password = wire_get(q->w, "password");
    struct err e = ERR_NONE;
    int wait;
    enum rc rc = RC_NOTFOUND;

    if (guard_may(q->k->guard, "", clock_mono_ms(), &wait))
        rc = accounts_of_link(q->k->accounts, q->a, wire_get(q->w, "link"), clock_wall_ms(), &name, &e);
    if (rc == RC_NOTFOUND) {
        wire_no(q->answer, WIRE_REFUSED, "This link is not valid any more. An admin can make a new one.");
        return;
    }
    if (rc == RC_OK && password[0] == '\0') {
        wire_begin(q->answer, "ok");
        wire_put(q->answer, "name", name);
        return;
    }
    if (rc == RC_OK)
        rc = keeper_set_password(q, name, password, &e);
    if (rc == RC_OK)
        keeper_begin_session(q, name);
    else
        keeper_refuse(q, rc, e.text);
}

/* The proxy says who; what that account may is ours to say. */
static void verb_proxy(struct keeper_ask *q)
{
    const char *file = q->k->config->web_proxy_key_file;
    struct account_entry account;
    struct secret *key = NULL;
    struct err e = ERR_NONE;
    struct str want = STR_NONE;
    bool good = file[0] != '\0' && secret_read(file, &key, &e) == RC_OK;

    if (good)
        want = str_trim(str_of(secret_text(key)));
    good = good && want.n >= 16 && str_eq(want, str_of(wire_get(q->w, "key")));
    secret_free(key);
    if (!good) {
        log_write(LOG_LEVEL_WARNING, NULL, "sign-in by the proxy refused: %s",
                  e.text[0] != '\0' ? e.text : "its key is not that of WebProxyKeyFile (16 characters at least)");
        wire_no(q->answer, WIRE_FORBIDDEN, "The proxy did not prove who it is.");
    } else if (accounts_find(q->k->accounts, q->a, wire_get(q->w, "name"), &account, &e) != RC_OK || !account.proxy) {
        wire_no(q->answer, WIRE_REFUSED, "There is no account for you here. Ask an admin to add it.");
    } else {
        keeper_begin_session(q, account.name);
    }
}

static void verb_signout(struct keeper_ask *q)
{
    struct err e = ERR_NONE;
    enum rc rc = sessions_end(q->k->accounts, wire_get(q->w, "cookie"), &e);

    if (rc != RC_OK)
        keeper_refuse(q, rc, e.text);
    else
        wire_begin(q->answer, "ok");
}

/* ---- accounts ---- */

static void verb_accounts(struct keeper_ask *q)
{
    struct account_entry *list;
    struct err e = ERR_NONE;
    size_t n;
    enum rc rc = accounts_list(q->k->accounts, q->a, &list, &n, &e);

    if (rc != RC_OK) {
        keeper_refuse(q, rc, e.text);
        return;
    }
    wire_begin(q->answer, "ok");
    for (size_t i = 0; i < n && q->answer->max - q->answer->n > 6000; i++) {
        wire_put(q->answer, "name", list[i].name);
        wire_put(q->answer, "role", enum_name(&role_names, (int)list[i].role));
        wire_put(q->answer, "clients", list[i].clients);
        wire_put(q->answer, "state", list[i].proxy ? "proxy" : list[i].has_password ? "password" : "no password yet");
        wire_put_int(q->answer, "created_ms", list[i].created_ms);
        wire_put_int(q->answer, "seen_ms", list[i].seen_ms);
    }
}

static enum rc account_act(struct keeper_ask *q, const char *act, char link[static TOKEN_TEXT + 1], struct err *e)
{
    const char *name = wire_get(q->w, "name"), *clients = wire_get(q->w, "clients");
    struct db *d = q->k->accounts;
    int role = ROLE_CLIENT;
    enum rc rc = RC_OK;

    (void)enum_value(&role_names, str_of(wire_get(q->w, "role")), &role);
    if (strcmp(act, "add") == 0 || strcmp(act, "role") == 0)
        rc = accounts_check(name, wire_get(q->w, "role"), clients, e);
    if (rc != RC_OK)
        return rc;
    if (strcmp(act, "add") == 0) {
        const struct account_entry a = {.name = name, .role = (enum role)role, .clients = clients,
                                        .proxy = wire_get(q->w, "proxy")[0] != '\0'};

        rc = accounts_add(d, &a, clock_wall_ms(), e);
        return rc == RC_OK && !a.proxy ? accounts_link(d, name, clock_wall_ms(), link, e) : rc;
    }
    if (strcmp(act, "role") == 0)
        return accounts_set_role(d, name, (enum role)role, clients, e);
    if (strcmp(act, "link") == 0)
        return accounts_link(d, name, clock_wall_ms(), link, e);
    if (strcmp(act, "end") == 0)
        return accounts_end(d, name, e);
    return err_set(e, RC_BAD, "nothing is called \"act\" so");
}

static void verb_account(struct keeper_ask *q)
{
    char link[TOKEN_TEXT + 1] = "";
    const char *act = wire_get(q->w, "act");
    struct strbuf what = strbuf_new(q->a, 8000);
    struct err e = ERR_NONE;
    enum rc rc = account_act(q, act, link, &e);

    if (rc != RC_OK) {
        keeper_refuse(q, rc, e.text);
        return;
    }
    strbuf_putf(&what, "%s %s %s %s", act, wire_get(q->w, "name"), wire_get(q->w, "role"), wire_get(q->w, "clients"));
    keeper_note(q, what.p);
    wire_begin(q->answer, "ok");
    wire_put(q->answer, "link", link);
}

static void verb_mine(struct keeper_ask *q)
{
    const char *act = wire_get(q->w, "act"), *name = q->session.account.name;
    struct err e = ERR_NONE;
    enum rc rc = RC_OK;

    if (strcmp(act, "theme") == 0) {
        rc = accounts_set_theme(q->k->accounts, name, wire_get(q->w, "theme"), &e);
    } else if (strcmp(act, "others") == 0) {
        rc = sessions_end_all(q->k->accounts, name, &e);
    } else if (strcmp(act, "password") == 0) {
        if (!keeper_right(q, name, wire_get(q->w, "old"), &e, &rc) && (rc == RC_OK || rc == RC_NOTFOUND))
            rc = err_set(&e, RC_BAD, "The password you have now is another one.");
        if (rc == RC_OK)
            rc = keeper_set_password(q, name, wire_get(q->w, "password"), &e);
    } else {
        rc = err_set(&e, RC_BAD, "nothing is called \"act\" so");
    }
    if (rc != RC_OK) {
        keeper_refuse(q, rc, e.text);
        return;
    }
    keeper_note(q, act);
    if (strcmp(act, "theme") == 0)
        wire_begin(q->answer, "ok");
    else
        keeper_begin_session(q, name);
}

/* ---- the table ---- */

static const struct verb {
    const char *name;
    void (*answer)(struct keeper_ask *q);
    bool session, changes; /* it needs one; and its token */
    enum role least;
    bool records;          /* what it changes is in the records */
} verbs[] = {
    {"who", verb_who, true, false, ROLE_CLIENT, false},
    {"signin", verb_signin, false, false, ROLE_CLIENT, false},
    {"link", verbs_verb_link, false, false, ROLE_CLIENT, false},
    {"proxy", verb_proxy, false, false, ROLE_CLIENT, false},
    {"signout", verb_signout, true, true, ROLE_CLIENT, false},
    {"mine", verb_mine, true, true, ROLE_CLIENT, false},
    {"source", keeper_source, true, true, ROLE_OPERATOR, true},
    {"episode", keeper_episode, true, true, ROLE_OPERATOR, true},
    {"exception", keeper_exception, true, true, ROLE_OPERATOR, true},
    {"approval", keeper_approval, true, true, ROLE_OPERATOR, true},
    {"accounts", verb_accounts, true, false, ROLE_ADMIN, false},
    {"account", verb_account, true, true, ROLE_ADMIN, false},
};

static const struct verb *verb_find(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* Without the lock, so that pages are answered meanwhile; one at a time, and others wait, but not with all threads. */
static void keeper_change(struct keeper_ask *q, const struct verb *v)
{
    enum { CHANGES_MAX = 2 };

    if (q->k->changes == CHANGES_MAX) {
        wire_no(q->answer, WIRE_BUSY, "Others change something at this moment: try again.");
        return;
    }
    q->k->changes++;
    (void)pthread_mutex_unlock(&q->k->lock);
    (void)pthread_mutex_lock(&q->k->changing);
    v->answer(q);
    (void)pthread_mutex_unlock(&q->k->changing);
    (void)pthread_mutex_lock(&q->k->lock);
    q->k->changes--;
}

static void keeper_do(struct keeper_ask *q)
{
    const struct verb *v = verb_find(q->w->verb);

    if (v == NULL) {
        wire_no(q->answer, WIRE_REFUSED, "no such verb");
        return;
    }
    if (v->session && !keeper_session(q, v->changes))
        return;
    if (v->session && q->session.account.role < v->least) {
        wire_no(q->answer, WIRE_FORBIDDEN, "Your account may not do that.");
        return;
    }
    if (v->records)
        keeper_change(q, v);
    else
        v->answer(q);
}

void keeper_answer(struct keeper *k, char *bytes, size_t n, struct strbuf *answer)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct wire *w = a == NULL ? NULL : arena_alloc(a, sizeof *w);
    struct keeper_ask q = {.k = k, .a = a, .w = w, .answer = answer};
    struct err e = ERR_NONE;

    if (w == NULL) {
        wire_no(answer, WIRE_FAILED, "out of memory");
    } else if (wire_read(bytes, n, w, &e) != RC_OK) {
        wire_no(answer, WIRE_REFUSED, e.text);
    } else {
        (void)pthread_mutex_lock(&k->lock);
        keeper_do(&q);
        (void)pthread_mutex_unlock(&k->lock);
    }
    if (answer->over)
        wire_no(answer, WIRE_FAILED, "the answer is too long");
    arena_free(a);
}
