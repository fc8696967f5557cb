/*
 * growth - what a record costs as the database grows.
 *
 *     growth DATABASE ROWS [SQL]
 *
 * Fills DATABASE (a new file) with made-up records, as the store's thread
 * does.  At 10,000 rows, and at each ten times as many up to ROWS, some are
 * written in the batches that mail would make, and what one of them cost,
 * the care between commits included, is printed: CPU microseconds and bytes
 * written.  Then what a question for one message costs (as `assay why`
 * asks it), to a message and to nothing; what the start of the store's
 * thread costs, and its first step of care; and, from 1,000,000 rows on,
 * what a pruned record costs, its oldest days taken out.  SQL is run on the
 * empty database, to try out indexes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "db/db.h"
#include "records/prune.h"
#include "records/schema.h"
#include "records/store.h"
#include "records/writer.h"
#include "measure.h"

enum { FILL = 500, BATCH_MAX = 500, RECORDS = 4000, DOMAINS = 5000, GAP_MS = 260, QUESTIONS = 50, DAY_MS = 86400000 };
#define FIRST_MS INT64_C(1700000000000)

/* A row with the texts that differ from message to message. */
struct row {
    struct record record;
    char queue_id[20], message_id[80], ip[20], domain[40], mail_from[80], rcpt[60];
};

static uint64_t written; /* rows so far, which all that is made up follows from */

static uint64_t scramble(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static void die(const struct err *e)
{
    fprintf(stderr, "growth: %s\n", e->text);
    exit(1);
}

/* Queue ids as Postfix makes them, without order, as Message-IDs are; domains of which few write much. */
static void make(struct row *r, uint64_t n)
{
    uint64_t random = scramble(n), share = random % DOMAINS * (random >> 40 & 1023) / 1024;

#define NO_TEXT(name) r->record.name = "";
#define NO_INT(name) r->record.name = 0;
#define NOTHING(kind, name, help) NO_##kind(name)
    RECORD_COLUMNS(NOTHING)
    (void)snprintf(r->queue_id, sizeof r->queue_id, "%05" PRIX64 "%08" PRIX64, random % 1000000, n);
    (void)snprintf(r->message_id, sizeof r->message_id, "%016" PRIx64 ".%08" PRIx64 "@mail.d%" PRIu64 ".example", random,
                   random >> 13 & 0xffffffff, share);
    (void)snprintf(r->ip, sizeof r->ip, "198.%u.%u.%u", (unsigned)(share >> 8 & 255), (unsigned)(share & 255),
                   (unsigned)(random >> 20 & 15));
    (void)snprintf(r->domain, sizeof r->domain, "d%" PRIu64 ".example", share);
    (void)snprintf(r->mail_from, sizeof r->mail_from, "user%u@%s", (unsigned)(random >> 30 & 255), r->domain);
    (void)snprintf(r->rcpt, sizeof r->rcpt, "user%u@receiver.example", (unsigned)(random >> 50 & 1023));
    r->record.time_ms = FIRST_MS + (int64_t)n * GAP_MS;
    r->record.queue_id = r->queue_id;
    r->record.message_id = r->message_id;
    r->record.client_ip = r->ip;
    r->record.client_name = r->record.helo = r->domain;
    r->record.mail_from = r->record.header_from = r->mail_from;
    r->record.mail_from_domain = r->record.author_domain = r->record.org_domain = r->record.policy_domain = r->domain;
    r->record.spf_domain = r->domain;
    r->record.rcpt = r->rcpt;
    r->record.rcpt_domain = "receiver.example";
    r->record.spf = r->record.dmarc = r->record.iprev = "pass";
    r->record.dkim = "pass d1.example s1 rsa-sha256";
    r->record.policy_record = "v=DMARC1; p=quarantine; rua=mailto:dmarc@receiver.example";
    r->record.size = (int64_t)(random & 0xfffff);
}

/* The writer's care, until it wants to wait. */
static void care(struct writer *w, struct db *d)
{
    static const struct store_keep keep = {.messages = 0};
    struct err e = ERR_NONE;
    uint64_t gone;
    int wait_ms = 0;

    while (wait_ms == 0)
        if (writer_maintain(w, d, &keep, &wait_ms, &gone, &e) != RC_OK)
            die(&e);
}

static void insert(struct writer *w, struct db *d, size_t n)
{
    struct item *own[BATCH_MAX];
    const struct item *items[BATCH_MAX] = {NULL};
    struct err e = ERR_NONE;

    for (size_t i = 0; i < n; i++) {
        struct row row;

        make(&row, written++);
        items[i] = own[i] = item_new(&(struct store_item){.record = &row.record});
        MUST(own[i] != NULL);
    }
    if (writer_commit(w, d, items, n, &e) != RC_OK)
        die(&e);
    for (size_t i = 0; i < n; i++)
        free(own[i]);
}

static void measure(struct writer *w, struct db *d)
{
    static const size_t batches[] = {1, 8, 64};

    printf("%10" PRIu64, written);
    for (size_t i = 0; i < sizeof batches / sizeof *batches; i++) {
        double cpu = cpu_us(), bytes = bytes_written();

        for (size_t n = 0; n < RECORDS; n += batches[i])
            insert(w, d, batches[i]);
        care(w, d);
        printf("%9.1f%9.0f", (cpu_us() - cpu) / RECORDS, (bytes_written() - bytes) / RECORDS);
    }
}

/* Milliseconds of CPU of one question, by a queue id or for what no message has. */
static double ask(struct store *store, bool known)
{
    double cpu = cpu_us();

    for (uint64_t i = 0; i < QUESTIONS; i++) {
        struct arena *a = arena_new(1 << 20);
        struct err e = ERR_NONE;
        struct record *found;
        struct row row;
        char nothing[40];
        size_t n;

        MUST(a != NULL);
        make(&row, written - 1 - scramble(i) % (written / 2)); /* of the newer half, which is never pruned */
        (void)snprintf(nothing, sizeof nothing, "%016" PRIx64 "@nowhere.example", scramble(i));
        if (store_find(store, a, &(struct store_query){.key = known ? row.record.queue_id : nothing, .limit = 10}, &found,
                       &n, &e) != RC_OK)
            die(&e);
        MUST((n > 0) == known);
        arena_free(a);
    }
    return (cpu_us() - cpu) / QUESTIONS / 1000;
}

static void measure_questions(const char *path)
{
    struct store *store;
    struct err e = ERR_NONE;

    if (store_open(path, STORE_READ, false, &store, &e) != RC_OK)
        die(&e);
    printf("%9.2f", ask(store, true));
    printf("%9.2f", ask(store, false));
    store_close(store);
}

/* Opening, the first look at what waits, closing. */
static void measure_start(const char *path)
{
    double cpu = cpu_us();
    struct err e = ERR_NONE;
    struct writer *w = writer_new();
    struct db *d;

    MUST(w != NULL);
    if (db_open_write(path, &records_schema, false, &d, &e) != RC_OK)
        die(&e);
    care(w, d);
    writer_free(w);
    db_close(d);
    printf("%9.1f", (cpu_us() - cpu) / 1000);
}

/* Takes out all but the last whole days. */
static void measure_prune(struct db *d)
{
    int64_t now = FIRST_MS + (int64_t)written * GAP_MS, mono = 1;
    struct store_keep keep = {.messages = (unsigned)((now - FIRST_MS) / DAY_MS)};
    struct prune p = {.turn = 0};
    uint64_t gone = 0;
    double cpu = cpu_us(), bytes = bytes_written();
    struct err e = ERR_NONE;
    bool worked = true;

    keep.messages -= keep.messages > 1;
    while (keep.messages > 0 && worked)
        if (prune_step(&p, d, &keep, now, mono, &worked, &gone, &e) != RC_OK)
            die(&e);
    if (gone > 0)
        printf("%9.1f%9.0f%10" PRIu64, (cpu_us() - cpu) / (double)gone, (bytes_written() - bytes) / (double)gone, gone);
}

int main(int argc, char **argv)
{
    uint64_t most = argc < 3 ? 0 : strtoull(argv[2], NULL, 10);
    struct err e = ERR_NONE;
    struct writer *w = writer_new();
    struct db *d;

    MUST(w != NULL);
    if (most == 0) {
        fprintf(stderr, "usage: growth DATABASE ROWS [SQL]\n");
        return 64;
    }
    if (db_open_write(argv[1], &records_schema, false, &d, &e) != RC_OK || (argc > 3 && db_run(d, argv[3], &e) != RC_OK))
        die(&e);
    printf("%10s%18s%18s%18s%18s%9s%28s\n%10s%9s%9s%9s%9s%9s%9s%9s%9s%9s%9s%9s%10s\n", "", "1 a commit", "8", "64",
           "asked, ms", "start", "pruned, each", "rows", "CPU us", "bytes", "CPU us", "bytes", "CPU us", "bytes", "known",
           "nothing", "ms", "CPU us", "bytes", "rows");
    for (uint64_t milestone = 10000; milestone <= most; milestone *= 10) {
        while (written < milestone)
            insert(w, d, FILL), care(w, d);
        measure(w, d);
        measure_questions(argv[1]);
        if (writer_finish(w, d, &e) != RC_OK)
            die(&e);
        measure_start(argv[1]);
        writer_forget(w); /* another writer was at work */
        measure_prune(d);
        printf("\n");
        (void)fflush(stdout);
    }
    if (writer_finish(w, d, &e) != RC_OK)
        die(&e);
    writer_free(w);
    db_close(d);
    return 0;
}
