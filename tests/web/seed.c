/*
 * seed DATABASE [HOSTILE] - fills a database with what a desk sees: two clients with twin data, eight sources, 30 days.
 *
 * The twins differ in their canaries alone: whatever of client "beta" holds "canarybeta".  With HOSTILE, one more record
 * has that text in every field.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "clientreport/content.h"
#include "clientreport/words.h"
#include "episodes/exceptions.h"
#include "inventory/domain_run.h"
#include "outbox/editions.h"
#include "output/ref.h"
#include "records/mailsums.h"
#include "records/schema.h"
#include "records/store.h"

enum { DAYS = 30, DAY = 24 * 3600 * 1000, A_DAY_MAX = 12 };

struct kind {
    const char *source, *status, *cause, *dmarc, *spf, *playbook, *next, *disposition;
    int a_day;
    int from_day; /* days ago that it begins */
};

static const struct kind kinds[] = {
    {"microsoft-365", "approved", "", "pass", "pass", "", "", "none", 12, DAYS},
    {"mailchimp", "approved", "", "pass", "pass", "", "", "none", 4, DAYS},
    {"mailchimp", "approved", "dkim-unaligned", "fail", "pass", "misalign", "turn on DKIM in Mailchimp", "none", 3, 6},
    {"hubspot", "unknown", "dkim-unaligned", "fail", "pass", "new-sender", "ask whether HubSpot is wanted", "none", 2, 9},
    {"brevo", "pending", "spf-no-include", "fail", "fail", "new-sender", "add the include of Brevo", "none", 1, 20},
    {"unknown", "unknown", "unauthorized", "fail", "fail", "spoofing", "nothing to repair", "reject", 3, DAYS},
    {"unknown", "unknown", "mailing-list", "fail", "fail", "", "nothing to repair", "none", 1, DAYS},
};

static void die(const char *what, const struct err *e)
{
    (void)fprintf(stderr, "seed: %s: %s\n", what, e->text);
    exit(70);
}

static void put(struct store *s, const struct record *r)
{
    struct store_item item = {.record = r};
    struct err e = ERR_NONE;

    if (store_put(s, &item, 10000, &e) != RC_OK)
        die("store_put", &e);
}

static const char *text(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static const char *text(struct arena *a, const char *fmt, ...)
{
    char mem[500];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(mem, sizeof mem, fmt, ap);
    va_end(ap);
    return str_dup(a, str_of(mem));
}

static void one(struct store *s, struct arena *a, const char *client, const struct kind *k, int64_t time_ms, int number)
{
    const char *domain = text(a, "%s.example", client);
    struct record r;

    record_blank(&r);
    r.time_ms = time_ms;
    r.queue_id = text(a, "4c%s%04dQz", client[0] == 'a' ? "AA" : "BB", number);
    r.message_id = text(a, "%d.canary%s@%s", number, client, domain);
    r.client_ip = "198.51.100.7";
    r.client_name = text(a, "mail7.canary%s.example", client);
    r.helo = r.client_name;
    r.mail_from = text(a, "bounce@%s", domain);
    r.mail_from_domain = domain;
    r.rcpt = "desk@receiver.example";
    r.rcpt_domain = "receiver.example";
    r.rcpts = 1;
    r.size = 4096;
    r.header_from = text(a, "News canary%s <news@%s>", client, domain);
    r.author_domain = r.org_domain = domain;
    r.iprev = "pass";
    r.spf = k->spf;
    r.spf_domain = strcmp(k->source, "mailchimp") == 0 ? "mail198.mcsv.net" : domain;
    r.spf_aligned = strcmp(k->dmarc, "pass") == 0;
    r.dkim = strcmp(k->dmarc, "pass") == 0 ? text(a, "pass %s s1 rsa-sha256", domain) : "pass mcsv.net k1 rsa-sha256";
    r.dkim_reasons = "-";
    r.arc = "none";
    r.dmarc = k->dmarc;
    r.why = "test";
    r.policy_domain = domain;
    r.policy_source = "author";
    r.policy_tag = "p";
    r.policy_record = "v=DMARC1; p=quarantine; t=y";
    r.policy_p = r.requested_policy = "quarantine";
    r.policy = "none";
    r.policy_testing = "y";
    r.policy_adkim = r.policy_aspf = "r";
    r.source = k->source;
    r.source_domain = domain;
    r.status = k->status;
    r.client = client;
    r.cause = k->cause;
    r.playbook = k->playbook;
    r.next = k->next;
    r.disposition = k->disposition;
    r.enforcement = "no";
    r.rule = "default";
    r.action = k->disposition;
    r.ref = k->cause[0] != '\0' ? ref_make(a, (uint64_t)number * 7919 + (uint64_t)client[0]) : "";
    put(s, &r);
}

static void hostile(struct store *s, const char *words)
{
    struct record r;

    record_blank(&r);
#define HOSTILE_TEXT(name, help) r.name = words;
#define HOSTILE_INT(name, help)
#define HOSTILE(kind, name, help) HOSTILE_##kind(name, help)
    RECORD_COLUMNS(HOSTILE)
    r.time_ms = clock_wall_ms();
    r.ref = "HH22HH22";
    r.queue_id = "4cHHHHHHHQz";
    r.dmarc = "fail";
    put(s, &r);
}

static void decide(const char *path, const char *client)
{
    static const char *const statuses[][2] = {{"microsoft-365", "approved"}, {"mailchimp", "approved"},
                                              {"hubspot", "unknown"}, {"brevo", "pending"}};
    struct store *s = NULL;
    struct err e = ERR_NONE;
    char domain[80], owner[80];

    (void)snprintf(domain, sizeof domain, "%s.example", client);
    (void)snprintf(owner, sizeof owner, "Tom canary%s", client);
    if (store_open(path, STORE_EDIT, false, &s, &e) != RC_OK)
        die("store_open", &e);
    for (size_t i = 0; i < 4; i++) {
        struct inventory_edit edit = {.domain = domain, .source = statuses[i][0]};
        const struct inventory_author by = {.who = "seed", .now_ms = clock_wall_ms()};
        struct inventory_counts counts;

        edit.field[INVENTORY_status] = statuses[i][1];
        edit.field[INVENTORY_owner] = i < 2 ? owner : "";
        edit.field[INVENTORY_ticket] = i == 1 ? "HD-2291" : "";
        if (store_source_edit(s, &edit, 1, &by, false, &counts, &e) != RC_OK)
            die("store_source_edit", &e);
    }
    store_close(s);
}

/* ---- what the watch, `assay domain` and `assay report-client` leave there, of one client ---- */

static void run(struct db *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void run(struct db *d, const char *fmt, ...)
{
    char sql[2000];
    struct err e = ERR_NONE;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(sql, sizeof sql, fmt, ap);
    va_end(ap);
    if (db_run(d, sql, &e) != RC_OK)
        die(sql, &e);
}

static void reported(struct db *d, const char *client, long long today)
{
    run(d, "BEGIN");
    for (int day = 1; day < 40; day++) {
        long long at = today - day;

        run(d, "INSERT INTO report_in (client, domain, reporter, report_id, begin_s, end_s, first_day, days, received, arrived_ms,"
            " sender, trust, state, content, org_name, email, contact, format, generator, errors, repairs, notes, p, sp, np, adkim,"
            " aspf, fo, testing, pct, discovery_method, rows, refused, messages, repeats, rows_kept) VALUES ('%s', '%s.example',"
            " 'receiver.example', '%s-%d', %lld, %lld, %lld, 1, 0, 0, 'receiver.example', 'verified', 'stored', x'00',"
            " 'Receiver canary%s', '', '', '', '', '', '', '', 'none', '', '', 'r', 'r', '', '', '', '', 2, 0, 30, 0, 0)",
            client, client, client, day, at * 86400, (at + 1) * 86400 - 1, at, client);
        run(d, "INSERT INTO day_in VALUES ('%s', '%s.example', %lld, 'mailchimp', '', 'receiver.example', 'none', 'verified', 0,"
            " 25, 25, 0, 25, 0, 0, 0)", client, client, at);
        run(d, "INSERT INTO day_in VALUES ('%s', '%s.example', %lld, 'unknown', 'unauthorized', 'receiver.example', 'none',"
            " 'verified', 0, 5, 0, 0, 0, 2, 1, 0)", client, client, at);
    }
    run(d, "COMMIT");
}

static void watched(struct db *d, struct arena *a, const char *client, int64_t now)
{
    const char *domain = text(a, "%s.example", client), *canary = text(a, "canary%s", client);
    long long today = now / DAY;
    const struct domain_run found = {domain, now - DAY, "needs work", text(a, "spf.lookups %s\n", canary), ""};
    const struct exception x = {.client = client, .domain = domain, .source = "brevo", .risk = text(a, "mail of %s fails", canary),
                                .owner = "Tom", .reason = "until the vendor signs", .until_day = today + 30,
                                .since_ms = now - 40 * (int64_t)DAY, .who = "seed", .removed_by = ""};
    struct err e = ERR_NONE;

    run(d, "INSERT INTO episode (ref, client, domain, workflow, source, opened_day, closed_day, since_day, band, cause, messages,"
        " passed, quarantined, rejected, before, count, detail, state, told_band, told_ms, first_ms, ticket) VALUES"
        " ('EP%cAAAAA', '%s', '%s', 'approved-sender-failure', 'mailchimp', %lld, 0, %lld, 4, 'dkim-unaligned', 42, 24, 3, 1, 9900,"
        " 0, '%s', 'open', 4, 0, %lld, 'T-%s')",
        client[0] == 'a' ? 'A' : 'B', client, domain, today - 5, today - 6, canary, (long long)now, canary);
    run(d, "INSERT INTO episode_event VALUES ((SELECT max(id) FROM episode), 1, %lld, 'watch', 'opened', '%s')", (long long)now,
        canary);
    if (domain_run_put(d, &found, &e) != RC_OK || exceptions_add(d, &x, &e) != RC_OK)
        die("domain_run_put, exceptions_add", &e);
    reported(d, client, today);
}

/* Edition 1 of last month is released, edition 2 is a draft. */
static void edition(struct db *d, struct arena *a, const struct figures_question *q, int64_t number)
{
    const struct content_about about = {.id = text(a, "%s-last", q->client->name), .edition = number, .made_ms = q->now_ms,
                                        .by = "The desk", .contact = number == 2 ? "draftcanary" : "desk@msp.example",
                                        .language = "en"};
    struct edition p = {.client = q->client->name, .first_day = q->first_day, .before_day = q->before_day, .number = number,
                        .language = "en", .made_ms = q->now_ms, .messages = 10, .own = 10, .confirmed = 9, .forged = 1,
                        .pdf = STR("%PDF-1.7 of the tests")};
    struct figures f;
    struct document doc;
    struct err e = ERR_NONE;

    if (figures_count(a, q, &f, &e) != RC_OK || content_make(a, &f, &about, &doc, &e) != RC_OK ||
        blocks_encode(a, &doc, &p.blocks, &e) != RC_OK || editions_put(d, &p, &e) != RC_OK ||
        (number == 1 && editions_sent(d, p.id, "boss@client.example", q->now_ms, &e) != RC_OK))
        die("edition", &e);
}

static void editions(struct db *d, struct arena *a, const char *client, int64_t now)
{
    const char *domain[] = {text(a, "%s.example", client)};
    const struct client c = {.name = client, .title = text(a, "The canary%s group", client), .domains = {domain, 1},
                             .dns_owner = "", .note = "", .logo = "", .runbook = {.language = "en"}};
    struct senders *senders = NULL;
    struct figures_question q = {.db = d, .client = &c, .now_ms = now};
    struct err e = ERR_NONE;

    if (senders_load("", "", &senders, &e) != RC_OK || words_speak("/nonexistent", "en", &e) != RC_OK)
        die("senders_load", &e);
    q.senders = senders;
    q.first_day = figures_month_before(now / DAY);
    for (q.before_day = q.first_day + 28; figures_month_before(q.before_day) != q.first_day;)
        q.before_day++;
    edition(d, a, &q, 1);
    edition(d, a, &q, 2);
    senders_free(senders);
}

/* The digest follows the records within a second or so. */
static void settle(struct store *s)
{
    struct store_tally t = {0};
    struct err e = ERR_NONE;

    for (int i = 0; i < 200 && t.messages == 0; i++) {
        const struct timespec pause = {0, 50 * 1000 * 1000};

        if (store_tally(s, "settle.example", "unknown", "unauthorized", &t, &e) != RC_OK)
            die("store_tally", &e);
        (void)nanosleep(&pause, NULL);
    }
}

int main(int argc, char **argv)
{
    static const char *const clients[] = {"alpha", "beta"};
    struct arena *a = arena_new((size_t)64 << 20);
    struct store *s = NULL;
    struct err e = ERR_NONE;
    int64_t now = clock_wall_ms();
    int number = 0;

    if (argc < 2 || a == NULL)
        return 64;
    if (store_open(argv[1], STORE_WRITE, false, &s, &e) != RC_OK)
        die("store_open", &e);
    for (int day = DAYS - 1; day >= 0; day--)
        for (int i = A_DAY_MAX - 1; i >= 0; i--) /* the oldest first */
            for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
                if (i < kinds[k].a_day && day < kinds[k].from_day) {
                    for (int c = 0; c < 2; c++)
                        one(s, a, clients[c], &kinds[k], now - day * (int64_t)DAY - i * 60000, number);
                    number++;
                }
    if (argc > 2)
        hostile(s, argv[2]);
    {
        struct record r;

        record_blank(&r);
        r.time_ms = clock_wall_ms();
        r.author_domain = "settle.example";
        r.source = "unknown";
        r.cause = "unauthorized";
        r.dmarc = "fail";
        r.queue_id = "4cSETTLE1Qz";
        put(s, &r);
    }
    settle(s);
    store_close(s);
    for (int c = 0; c < 2; c++)
        decide(argv[1], clients[c]);
    {
        struct db *d = NULL;

        if (db_open_write(argv[1], &records_schema, false, &d, &e) != RC_OK)
            die("db_open_write", &e);
        for (int c = 0; c < 2; c++) {
            watched(d, a, clients[c], now);
            editions(d, a, clients[c], now);
        }
        for (bool worked = true; worked;) /* what was decided is counted, as by a daemon that runs */
            if (mailsums_step(d, &worked, &e) != RC_OK)
                die("mailsums_step", &e);
        db_close(d);
    }
    arena_free(a);
    return 0;
}
