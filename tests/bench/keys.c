/*
 * keys - what it costs to find messages by their keys: as records/lookup.h does, and by an ordinary table.
 *
 *     keys segments DATABASE MESSAGES
 *     keys table    DATABASE MESSAGES [MESSAGES_OF_A_PART]
 *
 * The table is message_key (part, hash, id) WITHOUT ROWID, whose parts keep what is written to a few pages.  Both get
 * eight keys a message, committed for BATCH messages at a time, in DATABASE (a new file); at one million and at each ten
 * times as many it prints CPU and bytes written a message, and what a question takes; then a tenth is pruned.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "db/run.h"
#include "records/lookup.h"
#include "records/lookup_entry.h"
#include "records/schema.h"
#include "measure.h"

enum { BATCH = 100, KEYS = 8, QUESTIONS = 200, FOUND_MAX = 100, PRUNED = 500 };

struct entry {
    int64_t hash, id;
};

static int64_t part_messages = 32768;

static void die(const struct err *e)
{
    fprintf(stderr, "keys: %s\n", e->text);
    exit(1);
}

static void must(enum rc rc, const struct err *e)
{
    if (rc != RC_OK)
        die(e);
}

static int64_t scramble(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (int64_t)(x ^ x >> 31);
}

/* Three of its own, a domain, an address, a client, a network's, and the receiver's, which all have. */
static void make_keys(int64_t id, int64_t hash[KEYS])
{
    static const uint64_t kinds[KEYS] = {0, 0, 0, 5000, 200000, 1000, 20000, 1};
    uint64_t random = (uint64_t)scramble((uint64_t)id);

    for (uint64_t k = 0; k < KEYS; k++)
        hash[k] = scramble(kinds[k] == 0 ? (uint64_t)id * KEYS + k : (k << 40) + (random >> k) % kinds[k]);
}

/* ---- the table ---- */

static int by_hash(const void *va, const void *vb)
{
    const struct entry *a = va, *b = vb;

    return a->hash < b->hash ? -1 : a->hash > b->hash;
}

static void table_write(struct db *d, int64_t first)
{
    static struct entry all[BATCH * KEYS];
    struct err e = ERR_NONE;

    for (int64_t i = 0; i < BATCH; i++) {
        int64_t hash[KEYS];

        make_keys(first + i, hash);
        for (int64_t k = 0; k < KEYS; k++)
            all[i * KEYS + k] = (struct entry){hash[k], first + i};
    }
    qsort(all, BATCH * KEYS, sizeof all[0], by_hash);
    must(db_begin(d, &e), &e);
    for (size_t i = 0; i < BATCH * KEYS; i++)
        must(db_run_with(d, "INSERT OR IGNORE INTO message_key (part, hash, id) VALUES (?1, ?2, ?3)",
                         DB_VALUES(DB_INT(all[i].id / part_messages), DB_INT(all[i].hash), DB_INT(all[i].id)), &e), &e);
    must(db_run_with(d, "INSERT OR IGNORE INTO message_part (part) VALUES (?1)", DB_VALUES(DB_INT(first / part_messages)), &e), &e);
    must(db_commit(d, &e), &e);
}

static void table_ask(struct db *d, int64_t hash)
{
    struct err e = ERR_NONE;
    struct statement *parts, *s;
    bool row = true, there = true;
    int found = 0;

    must(db_query(d, "SELECT part FROM message_part ORDER BY part DESC", NULL, 0, &parts, &e), &e);
    while (found < FOUND_MAX && statement_next(parts, &row, &e) == RC_OK && row) {
        must(db_query(d, "SELECT id FROM message_key WHERE part = ?1 AND hash = ?2 ORDER BY id DESC LIMIT ?3",
                      DB_VALUES(DB_INT(statement_int(parts, 0)), DB_INT(hash), DB_INT(FOUND_MAX - found)), &s, &e), &e);
        for (; statement_next(s, &there, &e) == RC_OK && there; found++)
            ;
        statement_reset(s);
    }
    statement_reset(parts);
}

static int64_t table_prune(struct db *d, int64_t before)
{
    struct err e = ERR_NONE;

    must(db_run_with(d, "DELETE FROM message_key WHERE (part, hash, id) IN (SELECT part, hash, id FROM message_key"
                        " WHERE part < ?1 ORDER BY part, hash, id LIMIT ?2)",
                     DB_VALUES(DB_INT(before / part_messages), DB_INT(PRUNED)), &e), &e);
    return db_changes(d);
}

/* ---- the segments ---- */

static void segments_write(struct db *d, int64_t first)
{
    static unsigned char bytes[BATCH * KEYS * LOOKUP_ENTRY_BYTES];
    struct lookup_batch b = {
        .bytes = bytes, .n = sizeof bytes, .size = sizeof bytes,
        .first_id = first, .last_id = first + BATCH - 1, .newest_ms = first,
    };
    struct err e = ERR_NONE;
    bool worked = true;

    for (uint32_t i = 0; i < BATCH; i++) {
        int64_t hash[KEYS];

        make_keys(first + i, hash);
        for (size_t k = 0; k < KEYS; k++)
            lookup_entry_put(bytes + (i * KEYS + k) * LOOKUP_ENTRY_BYTES, &(struct lookup_entry){hash[k], i});
    }
    must(db_begin(d, &e), &e);
    must(lookup_write(d, &b, &e), &e);
    must(db_commit(d, &e), &e);
    while (worked)
        must(lookup_step(d, &worked, &e), &e);
}

static void segments_ask(struct db *d, int64_t hash)
{
    struct arena *a = arena_new(1 << 20);
    struct lookup l = {.most = FOUND_MAX, .hash = {hash}, .hashes = 1};
    struct err e = ERR_NONE;
    bool more = true;

    MUST(a != NULL);
    must(lookup_open(&l, d, a, &e), &e);
    for (size_t found = 0; found < FOUND_MAX && lookup_next(&l, &more, &e) == RC_OK && more; found += l.n)
        ;
    lookup_close(&l);
    arena_free(a);
}

static int64_t segments_prune(struct db *d, int64_t before)
{
    struct err e = ERR_NONE;
    int64_t gone = 0;

    must(lookup_prune(d, before, PRUNED, &gone, &e), &e);
    return gone;
}

/* ---- measuring ---- */

static const struct way {
    const char *name;
    void (*write)(struct db *d, int64_t first);
    void (*ask)(struct db *d, int64_t hash);
    int64_t (*prune)(struct db *d, int64_t before);
} ways[] = {{"segments", segments_write, segments_ask, segments_prune}, {"table", table_write, table_ask, table_prune}};

static void ask_all(const struct way *w, struct db *d, int64_t messages)
{
    static const struct {
        const char *what;
        int key; /* of a message; -1: of none */
    } questions[] = {{"nowhere", -1}, {"one", 0}, {"address", 4}, {"domain", 3}};

    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        double cpu = cpu_us();

        for (uint64_t q = 0; q < QUESTIONS; q++) {
            int64_t hash[KEYS];

            make_keys((int64_t)((uint64_t)scramble(q) % (uint64_t)messages) + 1, hash);
            w->ask(d, questions[i].key < 0 ? scramble(q ^ UINT64_C(0xdeadbeefcafe0000)) : hash[questions[i].key]);
        }
        printf("  %s %.2f ms", questions[i].what, (cpu_us() - cpu) / QUESTIONS / 1000);
    }
    printf("\n");
    (void)fflush(stdout);
}

static void run(const struct way *w, struct db *d, int64_t messages)
{
    int64_t next = 1, from = 1, gone = 1;
    struct err e = ERR_NONE;
    double cpu, bytes;

    for (int64_t milestone = 1000000; milestone <= messages; milestone *= 10) {
        cpu = cpu_us();
        bytes = bytes_written();
        for (; next <= milestone; next += BATCH)
            w->write(d, next);
        printf("%s, %" PRId64 " messages: %.2f us of CPU and %.0f bytes written each; CPU of a question:", w->name, milestone,
               (cpu_us() - cpu) / (double)(next - from), (bytes_written() - bytes) / (double)(next - from));
        from = next;
        ask_all(w, d, milestone);
    }
    cpu = cpu_us();
    bytes = bytes_written();
    while (gone > 0) {
        must(db_begin(d, &e), &e);
        gone = w->prune(d, next / 10);
        must(db_commit(d, &e), &e);
    }
    printf("%s, pruned: %.2f us of CPU and %.0f bytes written each\n", w->name, (cpu_us() - cpu) / (double)(next / 10),
           (bytes_written() - bytes) / (double)(next / 10));
}

int main(int argc, char **argv)
{
    int64_t messages = argc > 3 ? strtoll(argv[3], NULL, 10) : 0;
    const struct way *w = argc > 1 && strcmp(argv[1], "table") == 0 ? &ways[1] : &ways[0];
    struct err e = ERR_NONE;
    struct db *d;

    if (messages < 1000000 || strcmp(argv[1], w->name) != 0) {
        fprintf(stderr, "usage: keys segments|table DATABASE MESSAGES [MESSAGES_OF_A_PART]   (a million and more)\n");
        return 64;
    }
    if (argc > 4)
        part_messages = strtoll(argv[4], NULL, 10);
    must(db_open_write(argv[2], &records_schema, false, &d, &e), &e);
    must(db_run(d, "CREATE TABLE message_part (part INTEGER PRIMARY KEY); CREATE TABLE message_key (part INTEGER NOT NULL,"
                   " hash INTEGER NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (part, hash, id)) WITHOUT ROWID", &e), &e);
    run(w, d, messages);
    db_close(d);
    return 0;
}
