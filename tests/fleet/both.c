/*
 * both - asks a file and the centre the same, and says where they answer otherwise.
 *
 *     both DATABASE URL
 *
 * Each record of the file is searched by every key it has, with and without
 * times and limits; how often, what DNS said and since when are asked of each.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/run.h"
#include "fleet/tables_door.h"
#include "inventory/dnstext.h"
#include "records/centre.h"
#include "records/messages.h"
#include "records/schema.h"

enum { ARENA_MAX = 256 << 20, SHOWN_MAX = 20 };

static struct store *file, *centre;
static unsigned asked, differing;

static void differs(const char *what, const char *key)
{
    if (++differing <= SHOWN_MAX)
        (void)fprintf(stderr, "both: %s of \"%s\" differ\n", what, key);
}

static bool same_record(const struct record *a, const struct record *b)
{
    for (int i = 0; i < SCHEMA_COLUMNS; i++) {
        const char *x = (const char *)a + schema_column[i].offset, *y = (const char *)b + schema_column[i].offset;

        if (schema_column[i].is_text ? strcmp(*(const char *const *)(const void *)x,
                                              *(const char *const *)(const void *)y) != 0
                                     : memcmp(x, y, sizeof(int64_t)) != 0)
            return false;
    }
    return true;
}

static void must(enum rc rc, const struct err *e)
{
    if (rc == RC_OK)
        return;
    (void)fprintf(stderr, "both: %s\n", e->text);
    exit(1);
}

static bool odd_size(const struct record *r, void *ctx)
{
    (void)ctx;
    return r->size % 2 == 1;
}

static void ask(const struct store_query *q)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct record *x = NULL, *y = NULL;
    struct err e = ERR_NONE;
    size_t n = 0, m = 0;
    bool same;

    must(store_find(file, a, q, &x, &n, &e), &e);
    must(store_find(centre, a, q, &y, &m, &e), &e);
    same = n == m;
    for (size_t i = 0; same && i < n; i++)
        same = same_record(&x[i], &y[i]) && y[i].host != NULL && x[i].host == NULL;
    if (!same) {
        differs("messages", q->key);
        if (differing == 1)
            for (size_t i = 0; i < n || i < m; i++)
                (void)fprintf(stderr, "  %s %lld    %s %lld\n", i < n ? x[i].queue_id : "-",
                              i < n ? (long long)x[i].time_ms : 0, i < m ? y[i].queue_id : "-",
                              i < m ? (long long)y[i].time_ms : 0);
    }
    asked++;
    arena_free(a);
}

static void ask_by(const char *key, int64_t time_ms)
{
    if (key[0] == '\0')
        return;
    ask(&(struct store_query){.key = key, .limit = 20});
    ask(&(struct store_query){.key = key, .limit = 5, .since_ms = time_ms});
    ask(&(struct store_query){.key = key, .limit = 1000, .until_ms = time_ms});
    ask(&(struct store_query){.key = key, .limit = 3, .accept = odd_size});
}

static void ask_of(const struct record *r)
{
    struct store_tally x, y;
    struct err e = ERR_NONE;

    ask_by(r->queue_id, r->time_ms);
    ask_by(r->message_id, r->time_ms);
    ask_by(r->client_ip, r->time_ms);
    ask_by(r->author_domain, r->time_ms);
    ask_by(r->mail_from, r->time_ms);
    ask_by(r->rcpt_domain, r->time_ms);
    ask_by(r->source, r->time_ms);
    ask_by(r->ticket, r->time_ms);
    ask_by("PERSON7@dom3.Example", r->time_ms);
    ask_by("Person3@dom0.example", r->time_ms);
    ask_by("nobody@nowhere.example", r->time_ms);
    must(store_tally(file, r->author_domain, r->source, r->cause, &x, &e), &e);
    must(store_tally(centre, r->author_domain, r->source, r->cause, &y, &e), &e);
    if (memcmp(&x, &y, sizeof x) != 0)
        differs("numbers", r->author_domain);
    asked++;
}

static void ask_dns(const char *name, enum dns_kind kind)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct dnstext_version *x, *y;
    struct err e = ERR_NONE;
    size_t n = 0, m = 0;
    bool same;

    must(store_dns_history(file, a, kind, name, 4, &x, &n, &e), &e);
    must(store_dns_history(centre, a, kind, name, 4, &y, &m, &e), &e);
    same = n == m && n > 0;
    for (size_t i = 0; same && i < n; i++)
        same = strcmp(x[i].text, y[i].text) == 0 && x[i].ttl == y[i].ttl && x[i].first_seen_ms == y[i].first_seen_ms &&
               y[i].last_seen_ms <= x[i].last_seen_ms && y[i].last_seen_ms >= x[i].last_seen_ms - FLEET_SEEN_MS;
    if (!same)
        differs("DNS texts", name);
    asked++;
    arena_free(a);
}

int main(int argc, char **argv)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct err e = ERR_NONE;
    int64_t x = 0, y = 1;
    struct statement *s;
    struct db *d;
    bool row = true;

    store_engine_use(centre_engine);
    if (argc != 3 || a == NULL)
        return 64;
    must(store_open(argv[1], STORE_READ, false, &file, &e), &e);
    must(store_open(argv[2], STORE_READ, false, &centre, &e), &e);
    must(db_open_read(argv[1], &records_schema, &d, &e), &e);
    must(db_query(d, schema_fetch_after, DB_VALUES(DB_INT(0), DB_INT(100000)), &s, &e), &e);
    for (int64_t i = 0; statement_next(s, &row, &e) == RC_OK && row; i++) {
        struct record r;

        arena_reset(a);
        must(messages_read(a, s, 1, &r), &e);
        if (i % 211 == 0)
            ask_of(&r);
        if (i < 10) {
            char name[100];

            (void)snprintf(name, sizeof name, "_dmarc.%s", r.author_domain);
            ask_dns(name, DNS_KIND_DMARC);
            ask_dns(r.author_domain, DNS_KIND_SPF);
        }
    }
    must(store_oldest(file, &x, &e), &e);
    must(store_oldest(centre, &y, &e), &e);
    if (x != y)
        differs("the oldest message", argv[1]);
    if (store_is_centre(file) || !store_is_centre(centre))
        differs("kinds of store", argv[1]);
    db_close(d);
    store_close(file);
    store_close(centre);
    arena_free(a);
    (void)printf("%u questions, %u answers differ\n", asked, differing);
    return differing > 0 || asked < 100;
}
