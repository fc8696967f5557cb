/* The keeper: what it is asked over the wire, and what it answers to whom. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "episodes/exceptions.h"
#include "keeper/accounts.h"
#include "keeper/guard.h"
#include "keeper/password.h"
#include "keeper/verbs.h"
#include "records/schema.h"
#include "records/store.h"
#include "unit.h"

static const char password[] = "correct horse battery";

struct world {
    char dir[64], records[100], accounts[100], clients[100];
    struct config *config;
    struct keeper *keeper;
    struct arena *a;
    char bytes[WIRE_MAX];
    struct wire answer;
};

/* Asks with fields NAME=VALUE up to NULL; whether the answer is "ok". */
static bool ask(struct world *w, const char *verb, ...) __attribute__((sentinel));
static bool ask(struct world *w, const char *verb, ...)
{
    struct strbuf q = strbuf_new(w->a, WIRE_MAX), got = STRBUF_ON(w->bytes);
    struct err e = ERR_NONE;
    const char *field;
    va_list ap;

    strbuf_puts(&q, verb);
    strbuf_putc(&q, '\0');
    va_start(ap, verb);
    while ((field = va_arg(ap, const char *)) != NULL) {
        strbuf_puts(&q, field);
        strbuf_putc(&q, '\0');
    }
    va_end(ap);
    keeper_answer(w->keeper, q.p, q.n, &got);
    assert_int_equal(wire_read(w->bytes, got.n, &w->answer, &e), RC_OK);
    return strcmp(w->answer.verb, "ok") == 0;
}

static const char *field(struct world *w, const char *name, const char *value)
{
    struct strbuf b = strbuf_new(w->a, strlen(name) + strlen(value) + 1);

    strbuf_putf(&b, "%s=%s", name, value);
    return b.p;
}

static const char *got(struct world *w, const char *name)
{
    return str_dup(w->a, str_of(wire_get(&w->answer, name)));
}

static void make_account(const char *path, const char *name, enum role role, const char *clients)
{
    const struct account_entry a = {.name = name, .role = role, .clients = clients};
    char hash[PASSWORD_HASH_MAX];
    struct db *d;
    struct err e = ERR_NONE;

    assert_int_equal(accounts_open(path, &d, &e), RC_OK);
    assert_int_equal(accounts_add(d, &a, 1, &e), RC_OK);
    assert_int_equal(password_hash(password, hash, &e), RC_OK);
    assert_int_equal(accounts_set_password(d, name, hash, &e), RC_OK);
    db_close(d);
}

static void make_source(const char *path)
{
    const struct inventory_author by = {.who = "test", .now_ms = 1};
    const struct inventory_edit edit = {.domain = "a.example", .source = "mailchimp", .field = {[INVENTORY_status] = "unknown"}};
    struct inventory_counts n;
    struct store *s;
    struct err e = ERR_NONE;

    assert_int_equal(store_open(path, STORE_WRITE, false, &s, &e), RC_OK);
    store_close(s);
    assert_int_equal(store_open(path, STORE_EDIT, false, &s, &e), RC_OK);
    assert_int_equal(store_source_edit(s, &edit, 1, &by, false, &n, &e), RC_OK);
    store_close(s);
}

/* An open episode of a client's domain, and one of another's. */
static void make_episodes(const char *path)
{
    static const char sql[] =
        "INSERT INTO episode (ref, client, domain, workflow, source, opened_day, closed_day, since_day, band, cause, messages,"
        " passed, quarantined, rejected, before, count, detail, state, told_band, told_ms, first_ms, ticket) VALUES"
        " ('EPONE', 'mine', 'a.example', 'approved-sender-failure', 'mailchimp', 1, 0, 1, 4, 'dkim-unaligned', 1, 0, 0, 0, 0, 0,"
        " '', 'open', 4, 0, 0, 'T-1'), ('EPTWO', 'other', 'b.example', 'approved-sender-failure', 'mailchimp', 1, 0, 1, 4,"
        " 'dkim-unaligned', 1, 0, 0, 0, 0, 0, '', 'open', 4, 0, 0, 'T-2')";
    struct db *d;
    struct err e = ERR_NONE;

    assert_int_equal(db_open_write(path, &records_schema, false, &d, &e), RC_OK);
    assert_int_equal(db_run(d, sql, &e), RC_OK);
    db_close(d);
}

static void make_clients(const char *path)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    (void)fputs("client mine { Domains = {a.example} }\nclient other { Domains = {b.example} }\n", f);
    assert_int_equal(fclose(f), 0);
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    const char *overrides[4];
    struct err e = ERR_NONE;

    assert_non_null(w);
    (void)snprintf(w->dir, sizeof w->dir, "%s/keeper-XXXXXX", getenv("TMPDIR") != NULL ? "." : "/tmp");
    assert_non_null(mkdtemp(w->dir));
    (void)snprintf(w->records, sizeof w->records, "%s/assay.db", w->dir);
    (void)snprintf(w->accounts, sizeof w->accounts, "%s/keeper.db", w->dir);
    (void)snprintf(w->clients, sizeof w->clients, "%s/clients.conf", w->dir);
    make_clients(w->clients);
    w->a = arena_new(64 << 20);
    overrides[0] = field(w, "Database", w->records);
    overrides[1] = field(w, "KeeperDatabase", w->accounts);
    overrides[2] = field(w, "ClientsFile", w->clients);
    assert_int_equal(config_load(NULL, overrides, 3, &w->config, &e), RC_OK);
    make_source(w->records);
    make_episodes(w->records);
    make_account(w->accounts, "ann", ROLE_OPERATOR, "");
    make_account(w->accounts, "vic", ROLE_VIEWER, "");
    make_account(w->accounts, "adam", ROLE_ADMIN, "");
    make_account(w->accounts, "otto", ROLE_OPERATOR, "other");
    assert_int_equal(keeper_open(w->config, &w->keeper, &e), RC_OK);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    struct world *w = *state;
    char path[140];

    keeper_close(w->keeper);
    config_free(w->config);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s%s", w->records, ends[i]);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, "%s%s", w->accounts, ends[i]);
        (void)unlink(path);
    }
    (void)unlink(w->clients);
    (void)rmdir(w->dir);
    arena_free(w->a);
    free(w);
    return 0;
}

struct signed_in {
    const char *cookie, *token; /* as fields */
};

static struct signed_in sign_in(struct world *w, const char *name)
{
    char masked[TOKEN_MASKED_TEXT + 1];
    struct signed_in s;

    for (int i = 0; i < 40 && !ask(w, "signin", field(w, "name", name), field(w, "password", password), NULL); i++)
        (void)usleep(100 * 1000); /* 20 in a second are taken in all */
    s.cookie = field(w, "cookie", got(w, "cookie"));
    assert_true(ask(w, "who", s.cookie, NULL));
    token_mask(got(w, "token"), masked);
    s.token = field(w, "token", masked);
    return s;
}

static void signs_in(void **state)
{
    struct world *w = *state;
    struct signed_in s = sign_in(w, "ann");
    struct stat st;

    assert_true(ask(w, "who", s.cookie, NULL));
    assert_string_equal(got(w, "name"), "ann");
    assert_string_equal(got(w, "role"), "operator");
    assert_true(ask(w, "signout", s.cookie, s.token, NULL));
    assert_false(ask(w, "who", s.cookie, NULL));
    assert_string_equal(got(w, "why"), "signed-out");
    assert_int_equal(stat(w->accounts, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void says_the_same_of_unknown_names(void **state)
{
    struct world *w = *state;
    const char *wrong, *unknown;

    assert_false(ask(w, "signin", "name=ann", "password=wrong wrong wrong", NULL));
    wrong = got(w, "text");
    assert_false(ask(w, "signin", "name=nobody", "password=wrong wrong wrong", NULL));
    unknown = got(w, "text");
    assert_string_equal(wrong, unknown);
    assert_false(ask(w, "signin", "name=ann", "password=", NULL));
    assert_false(ask(w, "signin", "name=", "password=", NULL));
}

static void a_change_wants_token_and_role(void **state)
{
    static const char *const form[] = {"domain=a.example", "source=mailchimp", "status=pending", "owner=Tom", "ticket=",
                                       "note=", "was_status=unknown", "was_owner=", "was_ticket=", "was_note="};
    struct world *w = *state;
    struct signed_in ann = sign_in(w, "ann"), vic = sign_in(w, "vic"), otto = sign_in(w, "otto");
#define SOURCE(who, mark) ask(w, "source", (who).cookie, (mark), form[0], form[1], form[2], form[3], form[4], form[5], \
                              form[6], form[7], form[8], form[9], NULL)

    assert_false(SOURCE(vic, vic.token));
    assert_string_equal(got(w, "why"), "forbidden");
    assert_false(SOURCE(ann, "token="));
    assert_string_equal(got(w, "why"), "forbidden");
    assert_false(SOURCE(ann, vic.token)); /* another session's */
    assert_string_equal(got(w, "why"), "forbidden");
    assert_false(SOURCE(otto, otto.token)); /* another client's: as if it were not there */
    assert_string_equal(got(w, "text"), "there is no such source");
    assert_true(SOURCE(ann, ann.token));
    assert_false(SOURCE(ann, ann.token)); /* it is not what the form showed any more */
    assert_string_equal(got(w, "why"), "changed");
#undef SOURCE
}

/* Every verb that changes records: without a session, its token, the role, or the client, nothing is written. */
static void each_change_is_guarded(void **state)
{
    static const struct { const char *verb, *form[8]; } rows[] = {
        {"episode", {"act=note", "episode=EPONE", "text=x", "", "", "", "", ""}},
        {"episode", {"act=ticket", "episode=EPONE", "text=x", "was_ticket=T-1", "", "", "", ""}},
        {"episode", {"act=close", "episode=EPONE", "text=x", "force=1", "", "", "", ""}},
        {"exception", {"act=add", "domain=a.example", "source=", "risk=r", "owner=o", "reason=w", "until=2199-01-01", ""}},
        {"exception", {"act=remove", "domain=a.example", "source=", "was=1", "", "", "", ""}},
        {"approval", {"domain=a.example", "approver=Jo", "day=2026-01-01", "ticket=", "stage=p=quarantine", "", "", ""}},
    };
    struct world *w = *state;
    struct signed_in ann = sign_in(w, "ann"), vic = sign_in(w, "vic"), otto = sign_in(w, "otto");
    const struct { const char *cookie, *token, *why; } tries[] = {
        {"cookie=", ann.token, "signed-out"}, {ann.cookie, "token=", "forbidden"}, {ann.cookie, vic.token, "forbidden"},
        {vic.cookie, vic.token, "forbidden"}, {otto.cookie, otto.token, "refused"},
    };
    struct db *d;
    struct err e = ERR_NONE;
    struct statement *s;
    bool row;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t k = 0; k < sizeof tries / sizeof tries[0]; k++) {
            const char *const *f = rows[i].form;
            const char *a[8];

            for (int n = 0; n < 8; n++)
                a[n] = f[n][0] == '\0' ? "unused=" : f[n];
            assert_false(ask(w, rows[i].verb, tries[k].cookie, tries[k].token, a[0], a[1], a[2], a[3], a[4], a[5], a[6],
                             a[7], NULL));
            assert_string_equal(got(w, "why"), tries[k].why);
        }
    assert_int_equal(db_open_read(w->records, &records_schema, &d, &e), RC_OK);
    assert_int_equal(db_statement(d, "SELECT 1 FROM episode_event UNION ALL SELECT 1 FROM exception UNION ALL SELECT 1 FROM"
                                  " approval UNION ALL SELECT 1 FROM episode WHERE state <> 'open' OR ticket NOT LIKE 'T-_'",
                                  &s, &e), RC_OK);
    assert_int_equal(statement_next(s, &row, &e), RC_OK);
    assert_false(row);
    statement_reset(s);
    db_close(d);
}

static void says_of_an_episode(void **state)
{
    struct world *w = *state;
    struct signed_in ann = sign_in(w, "ann");
#define EPISODE(...) ask(w, "episode", ann.cookie, ann.token, __VA_ARGS__, NULL)

    assert_false(EPISODE("act=note", "episode=T-1", "text=by its ticket"));
    assert_false(EPISODE("act=nothing", "episode=EPONE", "text=x"));
    assert_false(EPISODE("act=note", "episode=EPONE", "text= \r\n "));
    assert_non_null(strstr(got(w, "text"), "missing"));
    assert_false(EPISODE("act=note", "episode=EPONE", "text=turns \xe2\x80\xae round"));
    assert_true(EPISODE("act=note", "episode=EPONE", "text=asked them\r\nby mail"));
    assert_false(EPISODE("act=ticket", "episode=EPONE", "text=T-9", "was_ticket=T-8"));
    assert_string_equal(got(w, "why"), "changed");
    assert_true(EPISODE("act=ticket", "episode=EPONE", "text=T-9", "was_ticket=T-1"));
    assert_true(EPISODE("act=close", "episode=EPONE", "text=done"));
    assert_false(EPISODE("act=close", "episode=EPONE", "text=done"));
    assert_string_equal(got(w, "why"), "changed");
#undef EPISODE
}

static void accepts_a_risk(void **state)
{
    static const char *const form[] = {"domain=A.example.", "source=mailchimp", "risk=r", "owner=o", "reason=w",
                                       "until=2199-01-01"};
    const struct exception_filter all = {.client = "mine", .domain = "a.example", .source = "", .any_source = true, .all = true};
    struct world *w = *state;
    struct signed_in ann = sign_in(w, "ann");
    struct exception *x;
    struct db *d;
    struct err e = ERR_NONE;
    size_t n;
#define EXCEPTION(act, was, until) ask(w, "exception", ann.cookie, ann.token, (act), (was), form[0], form[1], form[2], form[3], \
                                       form[4], (until), NULL)

    assert_false(EXCEPTION("act=add", "was=", "until=2026-13-01"));
    assert_false(EXCEPTION("act=add", "was=", "until=2001-01-01"));
    assert_non_null(strstr(got(w, "text"), "over"));
    assert_true(EXCEPTION("act=add", "was=", form[5]));
    assert_false(EXCEPTION("act=add", "was=", form[5]));
    assert_string_equal(got(w, "why"), "changed");
    assert_true(EXCEPTION("act=add", "was=1", form[5]));
    assert_false(EXCEPTION("act=remove", "was=1", form[5]));
    assert_true(EXCEPTION("act=remove", "was=2", form[5]));
    assert_int_equal(db_open_read(w->records, &records_schema, &d, &e), RC_OK);
    assert_int_equal(exceptions_list(d, w->a, &all, 10, &x, &n, &e), RC_OK);
    assert_int_equal(n, 2);
    assert_string_equal(x[0].who, "ann");
    assert_true(x[0].removed_ms > 0 && x[1].removed_ms > 0);
    assert_int_equal(exceptions_get(d, w->a, 2, &x[0], &e), RC_OK);
    assert_string_equal(x[0].source, "mailchimp");
    assert_int_equal(exceptions_get(d, w->a, 3, &x[0], &e), RC_NOTFOUND);
    db_close(d);
#undef EXCEPTION
}

static void approving_wants_an_owner_and_a_pass(void **state)
{
    struct world *w = *state;
    struct signed_in s = sign_in(w, "ann");

    assert_false(ask(w, "source", s.cookie, s.token, "domain=a.example", "source=mailchimp", "status=approved", "owner=",
                     "was_status=pending", "was_owner=Tom", NULL));
    assert_non_null(strstr(got(w, "text"), "owner"));
    assert_false(ask(w, "source", s.cookie, s.token, "domain=a.example", "source=mailchimp", "status=approved",
                     "owner=Tom", "was_status=pending", "was_owner=Tom", NULL));
    assert_non_null(strstr(got(w, "text"), "passed"));
    assert_false(ask(w, "source", s.cookie, s.token, "domain=a.example", "source=unknown", "status=approved", "owner=Tom", NULL));
}

static void accounts_are_the_admins(void **state)
{
    struct world *w = *state;
    struct signed_in ann = sign_in(w, "ann"), adam = sign_in(w, "adam");
    const char *link;

    assert_false(ask(w, "accounts", ann.cookie, NULL));
    assert_false(ask(w, "account", ann.cookie, ann.token, "act=end", "name=vic", NULL));
    assert_true(ask(w, "accounts", adam.cookie, NULL));
    assert_true(ask(w, "account", adam.cookie, adam.token, "act=add", "name=new", "role=client", "clients=acme", NULL));
    link = field(w, "link", got(w, "link"));
    assert_true(ask(w, "link", link, NULL));
    assert_string_equal(got(w, "name"), "new");
    assert_false(ask(w, "link", link, "password=too short", NULL));
    assert_true(ask(w, "link", link, "password=long enough, is it not", NULL));
    assert_false(ask(w, "link", link, "password=long enough, is it not", NULL)); /* once */
    assert_false(ask(w, "account", adam.cookie, adam.token, "act=add", "name=New", "role=client", "clients=acme", NULL));
    assert_false(ask(w, "account", adam.cookie, adam.token, "act=add", "name=n2", "role=client", "clients=", NULL));
    assert_false(ask(w, "account", adam.cookie, adam.token, "act=end", "name=adam", NULL)); /* the last admin */
    assert_true(ask(w, "account", adam.cookie, adam.token, "act=end", "name=new", NULL));
    assert_true(ask(w, "account", adam.cookie, adam.token, "act=role", "name=ann", "role=viewer", "clients=", NULL));
    assert_false(ask(w, "who", ann.cookie, NULL)); /* another role ends its sessions */
    assert_true(ask(w, "account", adam.cookie, adam.token, "act=role", "name=ann", "role=operator", "clients=", NULL));
}

static void an_account_has_ten_sessions(void **state)
{
    struct world *w = *state;
    struct signed_in first = sign_in(w, "vic");

    for (int i = 0; i < SESSIONS_OF_ACCOUNT; i++)
        (void)sign_in(w, "vic");
    assert_false(ask(w, "who", first.cookie, NULL));
}

static void nonsense_is_refused(void **state)
{
    static const struct { const char *bytes; size_t n; } rows[] = {
        {"", 0}, {"who", 3}, {"who\0cookie\0", 11}, {"\0", 1}, {"who\0cookie=", 11}, {"nothing\0", 8},
        {"signin\0name=\xff\0", 13}, {"who\0cookie=../../etc\0", 21},
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct strbuf answer = STRBUF_ON(w->bytes);
        char copy[64];

        memcpy(copy, rows[i].bytes, rows[i].n);
        keeper_answer(w->keeper, copy, rows[i].n, &answer);
        assert_string_equal(answer.p, "no");
    }
}

static void guessing_is_slowed(void **state)
{
    struct guard *g = guard_new();
    int64_t now = 1000000;
    int wait;

    (void)state;
    for (int i = 0; i < GUARD_FREE; i++) {
        assert_true(guard_may(g, "ann", now, &wait));
        guard_note(g, "ann", false, now);
    }
    assert_false(guard_may(g, "ann", now + 999, &wait));
    assert_true(guard_may(g, "bob", now, &wait)); /* others are not slowed */
    assert_true(guard_may(g, "ann", now + 1000, &wait));
    for (int i = 0; i < 20; i++)
        guard_note(g, "ann", false, now);
    assert_false(guard_may(g, "ann", now + 59000, &wait));
    assert_true(guard_may(g, "ann", now + 60000, &wait));
    guard_note(g, "ann", true, now);
    assert_true(guard_may(g, "ann", now, &wait));
    for (int i = 0; i < GUARD_PER_SECOND; i++)
        (void)guard_may(g, "x", now + 5000, &wait);
    assert_false(guard_may(g, "y", now + 5001, &wait));
    guard_free(g);
}

static void masks(void **state)
{
    char token[TOKEN_TEXT + 1], one[TOKEN_MASKED_TEXT + 1], two[TOKEN_MASKED_TEXT + 1], other[TOKEN_TEXT + 1];

    (void)state;
    token_new(token);
    token_new(other);
    token_mask(token, one);
    token_mask(token, two);
    assert_string_not_equal(one, two);
    assert_true(token_matches(token, one) && token_matches(token, two));
    assert_false(token_matches(other, one));
    assert_false(token_matches(token, token));
    assert_false(token_matches("", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_in), cmocka_unit_test(says_the_same_of_unknown_names),
        cmocka_unit_test(a_change_wants_token_and_role), cmocka_unit_test(each_change_is_guarded),
        cmocka_unit_test(says_of_an_episode), cmocka_unit_test(accepts_a_risk),
        cmocka_unit_test(approving_wants_an_owner_and_a_pass),
        cmocka_unit_test(accounts_are_the_admins), cmocka_unit_test(an_account_has_ten_sessions),
        cmocka_unit_test(nonsense_is_refused), cmocka_unit_test(guessing_is_slowed), cmocka_unit_test(masks),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
