/*
 * estate DATABASE DOMAINS DAYS MESSAGES - fills a new database as years of mail would leave it, quickly.
 *
 * DOMAINS domains of DOMAINS / 10 clients over DAYS days until now.  The messages go through the program's own table,
 * digest and keys (records/messages.h, digest.h, lookup.h), in large transactions; a domain has KINDS kinds of mail a
 * day, and so as many rows of tallies, if there are that many messages.  What others report, the watch and people leave
 * is made by SQL.  Prints how many rows the tables have.
 *
 * estate DATABASE DOMAINS measure MESSAGES [SQL [SQL…]] - what a message more costs there, as the store writes it:
 * CPU microseconds and bytes, eight to a commit; after that once more after each SQL, which tries out indexes.  In the
 * place of SQL "nobody's": messages of nobody's domain, which clients' sums and their index have no part in.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bench/measure.h"
#include "base/clock.h"
#include "db/run.h"
#include "inventory/inventory.h"
#include "output/ref.h"
#include "records/digest.h"
#include "records/lookup.h"
#include "records/mailsums.h"
#include "records/messages.h"
#include "records/schema.h"
#include "records/writer.h"

enum { KINDS = 10, SOURCES = 5, DAY = 24 * 3600 * 1000, BATCH = 500, COMMIT = 20000, CACHE_KIB = 1 << 19, SMALL = 8 };

static const struct kind {
    const char *source, *cause, *dmarc, *disposition;
} kinds[KINDS] = {
    {"microsoft-365", "", "pass", "none"}, {"mailchimp", "", "pass", "none"},
    {"mailchimp", "dkim-unaligned", "fail", "none"}, {"hubspot", "", "pass", "none"},
    {"hubspot", "dkim-unaligned", "fail", "quarantine"}, {"sendgrid", "", "pass", "none"},
    {"sendgrid", "spf-no-include", "fail", "none"}, {"unknown", "unauthorized", "fail", "reject"},
    {"unknown", "unauthorized", "fail", "none"}, {"unknown", "mailing-list", "fail", "none"},
};

static struct estate {
    struct db *db;
    long long domains, days, messages, today;
    int64_t now;
    bool nobodys; /* messages are measured that are of no client's domain */
} at;

/* A row with the texts that differ from message to message. */
struct made {
    struct record record;
    char domain[20], client[16], queue_id[32], message_id[80], ip[20], host[48], mail_from[80], from[80], rcpt[60],
        dkim[80], ref[16];
};

static void must(enum rc rc, const struct err *e)
{
    if (rc == RC_OK)
        return;
    (void)fprintf(stderr, "estate: %s\n", e->text);
    exit(70);
}

static void run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *fmt, ...)
{
    char sql[4000];
    struct err e = ERR_NONE;
    va_list ap;

    va_start(ap, fmt);
    MUST(vsnprintf(sql, sizeof sql, fmt, ap) < (int)sizeof sql);
    va_end(ap);
    must(db_run(at.db, sql, &e), &e);
}

static uint64_t scramble(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* ---- messages ---- */

static void make_texts(struct made *m, uint64_t n, long long domain)
{
    static const char letters[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ"; /* as output/ref.c has them */
    uint64_t random = scramble(n + 1);

    (void)snprintf(m->domain, sizeof m->domain, "d%04u.example", (unsigned)domain % 10000);
    (void)snprintf(m->client, sizeof m->client, "c%04u", (unsigned)domain % 10000 / 10);
    (void)snprintf(m->queue_id, sizeof m->queue_id, "4%08" PRIX64 "zz%05" PRIX64, n, random & 0xfffff);
    (void)snprintf(m->message_id, sizeof m->message_id, "%016" PRIx64 ".%" PRIu64 "@%s", random, n, m->domain);
    (void)snprintf(m->ip, sizeof m->ip, "198.51.%u.%u", (unsigned)(domain & 255), (unsigned)(random & 15));
    (void)snprintf(m->host, sizeof m->host, "mail%u.%s", (unsigned)(random & 15), m->domain);
    (void)snprintf(m->mail_from, sizeof m->mail_from, "bounce-%" PRIu64 "@%s", n, m->domain);
    (void)snprintf(m->from, sizeof m->from, "News of %s <news%u@%s>", m->domain, (unsigned)(random >> 20 & 255), m->domain);
    (void)snprintf(m->rcpt, sizeof m->rcpt, "user%u@receiver.example", (unsigned)(random >> 40 & 1023));
    for (int i = 0; i < REF_LENGTH; i++, random /= sizeof letters - 1)
        m->ref[i] = letters[random % (sizeof letters - 1)];
    m->ref[REF_LENGTH] = '\0';
    MUST(ref_is((struct str){m->ref, REF_LENGTH}));
}

static void make(struct made *m, uint64_t n, long long domain, const struct kind *k, int64_t time_ms)
{
    struct record *r = &m->record;
    bool pass = strcmp(k->dmarc, "pass") == 0;

    make_texts(m, n, domain);
    (void)snprintf(m->dkim, sizeof m->dkim, "pass %s s1 rsa-sha256", pass ? m->domain : "vendor.example");
    record_blank(r);
    r->time_ms = time_ms;
    r->queue_id = m->queue_id;
    r->message_id = m->message_id;
    r->client_ip = m->ip;
    r->client_name = r->helo = m->host;
    r->tls = "TLSv1.3";
    r->mail_from = m->mail_from;
    r->mail_from_domain = r->author_domain = r->org_domain = r->spf_domain = r->policy_domain = r->source_domain = m->domain;
    r->rcpt = m->rcpt;
    r->rcpt_domain = "receiver.example";
    r->rcpts = 1;
    r->size = 4096 + (int64_t)(n & 0xffff);
    r->header_from = m->from;
    r->iprev = "pass";
    r->spf = pass ? "pass" : "fail";
    r->spf_record = "v=spf1 include:spf.protection.outlook.com include:servers.mcsv.net -all";
    r->spf_aligned = r->dkim_aligned = pass;
    r->dkim = m->dkim;
    r->dkim_reasons = "-";
    r->arc = "none";
    r->dmarc = k->dmarc;
    r->why = pass ? "SPF and DKIM pass and align" : "nothing that passes aligns";
    r->policy_source = "author";
    r->policy_tag = "p";
    r->policy_record = "v=DMARC1; p=quarantine; rua=mailto:dmarc@receiver.example";
    r->policy_p = r->requested_policy = r->policy = "quarantine";
    r->policy_adkim = r->policy_aspf = "r";
    r->source = k->source;
    r->status = k == kinds ? "approved" : "unknown";
    r->client = m->client;
    r->cause = k->cause;
    r->playbook = pass ? "" : "misalign";
    r->disposition = r->action = k->disposition;
    r->enforcement = "yes";
    r->rule = "default";
    r->ref = pass ? "" : m->ref;
    r->dns_questions = 7;
    r->dns_ms = 12;
    r->total_ms = 40;
}

/* The n-th message: each day's go round all domains and kinds, neighbours far from each other. */
static void make_nth(struct made *m, long long n)
{
    long long a_day = at.messages / at.days, day = n / a_day, i = n % a_day, combinations = at.domains * KINDS;
    long long which = (i * 7919 + day) % combinations;
    int64_t midnight = (at.today - at.days + 1 + day) * DAY, room = day == at.days - 1 ? at.now - midnight : DAY;

    make(m, (uint64_t)n, which / KINDS, &kinds[which % KINDS], midnight + room * i / a_day);
}

static void settle(struct digest *g, struct err *e)
{
    bool worked = true;

    must(digest_write(g, at.db, e), e);
    must(db_commit(at.db, e), e);
    digest_settle(g, clock_mono_ms());
    while (worked)
        must(lookup_step(at.db, &worked, e), e);
}

static void fill_messages(void)
{
    static struct made made[BATCH];
    const struct record *rows[BATCH];
    struct digest *g = digest_new();
    struct err e = ERR_NONE;
    long long n = 0;

    MUST(g != NULL && at.messages % BATCH == 0 && at.messages % at.days == 0);
    must(digest_catch_up(g, at.db, &e), &e); /* of nothing: it begins here */
    while (n < at.messages) {
        must(db_begin(at.db, &e), &e);
        for (long long end = n + COMMIT; n < end && n < at.messages; n += BATCH) {
            for (int i = 0; i < BATCH; i++) {
                make_nth(&made[i], n + i);
                rows[i] = &made[i].record;
            }
            must(messages_insert(at.db, rows, BATCH, &e), &e);
            digest_add(g, rows, BATCH, n + 1);
        }
        settle(g, &e);
        if (n % 1000000 == 0)
            (void)fprintf(stderr, "estate: %lld messages, %.0f s of processor\n", n, cpu_us() / 1e6);
    }
    MUST(!digest_is_behind(g));
    digest_free(g);
}

/* What people decided: of each domain one source is approved, one more of every other domain; the rest waits. */
static void fill_decisions(void)
{
    const struct inventory_author by = {.who = "estate", .now_ms = at.now};
    struct inventory_counts counts;
    struct err e = ERR_NONE;

    for (long long d = 0; d < at.domains; d++) {
        char domain[40];
        struct inventory_edit edit[2] = {{.source = "microsoft-365"}, {.source = "mailchimp"}};

        (void)snprintf(domain, sizeof domain, "d%04u.example", (unsigned)d % 10000);
        for (int i = 0; i < 2; i++) {
            edit[i].domain = domain;
            edit[i].field[INVENTORY_status] = "approved";
            edit[i].field[INVENTORY_owner] = "Ann";
        }
        must(inventory_apply(at.db, edit, d % 2 == 0 ? 2 : 1, &by, false, &counts, &e), &e);
    }
}

/* As the daemon does between commits. */
static void count_anew(void)
{
    struct err e = ERR_NONE;
    bool worked = true;

    while (worked)
        must(mailsums_step(at.db, &worked, &e), &e);
}

/* ---- what is beside them ---- */

#define DOMAIN "printf('d%%04d.example', d.i)"
#define CLIENT "printf('c%%04d', d.i / 10)"
#define SERIES "WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i + 1 < %lld)," \
               " t (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM t WHERE i + 1 < %lld) "

static void fill_received(void)
{
    run("CREATE TEMP TABLE who (source, cause, reporter, share); INSERT INTO who VALUES"
        " ('microsoft-365', '', 'google.com', 40), ('microsoft-365', '', 'outlook.com', 30), ('mailchimp', '', 'google.com', 9),"
        " ('mailchimp', 'dkim-unaligned', 'google.com', 4), ('unknown', 'unauthorized', 'outlook.com', 3)");
    run("INSERT INTO day_in " SERIES "SELECT " CLIENT ", " DOMAIN ", %lld - t.i, w.source, w.cause, w.reporter, 'none', 'verified',"
        " 0, w.share, CASE w.cause WHEN '' THEN w.share ELSE 0 END, 0, 0, 0, 0, 0 FROM d, who AS w, t WHERE 1 ON CONFLICT"
        " DO NOTHING",
        at.domains, at.days, at.today);
    run("INSERT INTO domain_day_in SELECT client, domain, day, trust, spread, sum(messages), sum(passed), sum(spf_only),"
    " sum(dkim_only),"
        " sum(quarantined), sum(rejected), sum(forwarded) FROM day_in GROUP BY client, domain, day, trust, spread");
    run("INSERT INTO report_in (client, domain, reporter, report_id, begin_s, end_s, first_day, days, received, arrived_ms, sender,"
        " trust, state, content, org_name, email, contact, format, generator, errors, repairs, notes, p, sp, np, adkim, aspf, fo,"
        " testing, pct, discovery_method, rows, refused, messages, repeats, rows_kept) " SERIES "SELECT " CLIENT ", " DOMAIN
        ", r.reporter, r.reporter || (%lld - t.i) || " DOMAIN ", (%lld - t.i) * 86400, (%lld - t.i + 1) * 86400 - 1, %lld -"
        " t.i, 1, 0,"
        " 0, r.reporter, 'verified', 'stored', x'00', 'Receiver', 'noreply@' || r.reporter, '', '1.0', '', '', '', '',"
        " 'none', '', '',"
        " 'r', 'r', '', '', '100', '', 3, 0, 40, 0, t.i < 10 FROM t, d, (SELECT DISTINCT reporter FROM who) AS r WHERE t.i > 0",
        at.domains, at.days, at.today, at.today, at.today, at.today);
    run("INSERT INTO row_in SELECT r.client, r.id, n.value, x'c6336407', 13, r.domain, r.domain, 'none', 3, 0, '', '', '',"
        " 'pass ' || r.domain, 'pass ' || r.domain || ' s1', 'microsoft-365', 0, '', '', 0, 0 FROM report_in AS r,"
        " (SELECT 1 AS value UNION ALL SELECT 2 UNION ALL SELECT 3) AS n WHERE r.rows_kept = 1");
}

static void fill_watch(void)
{
    run("INSERT INTO episode (ref, client, domain, workflow, source, opened_day, closed_day, since_day, band, cause,"
    " messages, passed,"
        " quarantined, rejected, before, count, detail, state, told_band, told_ms, first_ms, ticket) " SERIES "SELECT"
        " printf('E%%03X%%04X', t.i, d.i), " CLIENT ", " DOMAIN ", 'approved-sender-failure', 'mailchimp', %lld - 20 * t.i,"
        " CASE t.i WHEN 0 THEN 0 ELSE %lld - 20 * t.i + 5 END, %lld - 20 * t.i, 2 + (d.i + t.i) %% 3, 'dkim-unaligned', 90,"
        " 10, 0, 0,"
        " 9900, 0, '', CASE t.i WHEN 0 THEN 'open' ELSE 'closed' END, 3, 0, 0, '' FROM d, t WHERE t.i > 0 OR d.i %% 7 = 0",
        at.domains, 20LL, at.today - 3, at.today - 3, at.today - 3);
    run("INSERT INTO episode_event SELECT id, 1, %lld, 'watch', 'opened', 'text' FROM episode", (long long)at.now);
    run("INSERT INTO exception (client, domain, source, risk, owner, reason, until_day, since_ms, who) "
        SERIES "SELECT " CLIENT ", "
        DOMAIN ", 'hubspot', 'its mail fails', 'Tom', 'until it signs', %lld, 1, 'estate' FROM d, t WHERE d.i %% 20 = 0",
        at.domains, 1LL, at.today + 30);
    run("INSERT INTO domain_run " SERIES "SELECT " DOMAIN ", %lld - t.i * 86400000, 'needs work', 'spf.lookups warning at"
    " example' ||"
        " char(10), '' FROM d, t WHERE 1 ON CONFLICT DO NOTHING", at.domains, at.days < 60 ? at.days : 60, (long long)at.now);
    /* the memory of DNS has the world's names: fifty a domain, a fifth of which changed once */
    run("INSERT INTO dns_text (kind, name, hash, text, ttl, first_seen_ms, last_seen_ms, replaces) " SERIES "SELECT 'dkim',"
        " printf('s%%d._domainkey.w%%04d.example', t.i, d.i), 7, 'v=DKIM1; p=one', 300, 1, %lld, 0 FROM d, t", at.domains, 50LL,
        (long long)at.now);
    run("INSERT INTO dns_text (kind, name, hash, text, ttl, first_seen_ms, last_seen_ms, replaces) SELECT kind, name, 8,"
        " 'v=DKIM1; p=two', 300, %lld - id * 500000, %lld, 7 FROM dns_text WHERE id %% 5 = 0", (long long)at.now,
            (long long)at.now);
    run("INSERT INTO dns_text (kind, name, hash, text, ttl, first_seen_ms, last_seen_ms, replaces) " SERIES "SELECT 'dmarc',"
        " '_dmarc.' || " DOMAIN ", 9, 'v=DMARC1; p=none', 300, 1, %lld, 0 FROM d, t", at.domains, 1LL, (long long)at.now);
}

/* Reports: ours to others, a quarter as many a day as there are domains; and those to clients, two years of them. */
static void fill_reports(void)
{
    run("INSERT INTO report (report_id, policy_domain, policy_key, begin_s, end_s, messages, rows, filename, size, built_ms, body) "
        SERIES "SELECT 'r' || t.i || '-' || d.i, printf('w%%04d.example', d.i), 'k', (%lld - t.i) * 86400, (%lld - t.i + 1)"
        " * 86400,"
        " 90, 5, 'r.xml.gz', 900, %lld, randomblob(900) FROM t, d WHERE t.i > 0 AND d.i %% 4 = 0", at.domains, at.days, at.today,
        at.today, (long long)at.now);
    run("INSERT INTO dispatch (kind, item, policy_domain, state, since_ms, next_ms) SELECT 'aggregate', id, policy_domain,"
    " 'sent', 1, 1"
        " FROM report");
    run("INSERT INTO delivery (kind, item, address, state, sent_ms, error, message_id, verp) SELECT 'aggregate', id,"
        " 'dmarc@' || policy_domain, 'sent', built_ms, '', 'm' || id, 'v' || id FROM report");
    run("INSERT INTO client_report (client, first_day, before_day, edition, language, made_ms, messages, own, confirmed, forged,"
        " blocks, pdf) " SERIES "SELECT printf('c%%04d', d.i), unixepoch('now', 'start of month', '-' || (t.i + 1) || '"
        " months') / 86400,"
        " unixepoch('now', 'start of month', '-' || t.i || ' months') / 86400, 1, 'en', %lld, 100, 90, 80, 10, x'',"
        " randomblob(40000)"
        " FROM d, t", at.domains / 10 > 0 ? at.domains / 10 : 1, 24LL, (long long)at.now);
    run("INSERT INTO client_report_mail SELECT id, 'boss@client.example', made_ms FROM client_report");
}

static void print_rows(void)
{
    static const char *const tables[] = {"message", "tally", "source", "day_in", "report_in", "episode", "dns_text", "report"};

    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char sql[80];
        struct err e = ERR_NONE;
        int64_t n = 0;

        (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", tables[i]);
        must(db_ask(at.db, sql, &n, &e), &e);
        printf("%s %" PRId64 "%s", tables[i], n, i + 1 < sizeof tables / sizeof tables[0] ? ", " : "\n");
    }
}

/* ---- what a message more costs ---- */

static void care(struct writer *w)
{
    static const struct store_keep keep = {.messages = 0};
    struct err e = ERR_NONE;
    uint64_t gone;
    int wait_ms = 0;

    while (wait_ms == 0)
        must(writer_maintain(w, at.db, &keep, &wait_ms, &gone, &e), &e);
}

static void measure(const char *what, long long messages)
{
    static struct made made[SMALL];
    static long long written;
    struct writer *w = writer_new();
    struct err e = ERR_NONE;
    double cpu, bytes;

    MUST(w != NULL);
    care(w);
    cpu = cpu_us();
    bytes = bytes_written();
    for (long long n = 0; n < messages; n += SMALL, written += SMALL) {
        struct item *own[SMALL];
        const struct item *items[SMALL];

        for (int i = 0; i < SMALL; i++) {
            uint64_t random = scramble((uint64_t)(written + i + 1));

            make(&made[i], random, (long long)(random % (uint64_t)at.domains), &kinds[random / 7 % KINDS], at.now);
            made[i].record.client = at.nobodys ? "" : made[i].client;
            items[i] = own[i] = item_new(&(struct store_item){.record = &made[i].record});
        }
        must(writer_commit(w, at.db, items, SMALL, &e), &e);
        for (int i = 0; i < SMALL; i++)
            free(own[i]);
        if (n % 200 == 0) /* as it would each second */
            care(w);
    }
    must(writer_finish(w, at.db, &e), &e);
    care(w);
    printf("%-60.60s %6.1f us of CPU, %6.0f bytes a message\n", what, (cpu_us() - cpu) / (double)messages,
           (bytes_written() - bytes) / (double)messages);
    (void)fflush(stdout);
    writer_free(w);
}

int main(int argc, char **argv)
{
    struct err e = ERR_NONE;
    bool measures = argc > 4 && strcmp(argv[3], "measure") == 0;

    if (argc < 5) {
        (void)fprintf(stderr, "usage: estate DATABASE DOMAINS DAYS MESSAGES | estate DATABASE DOMAINS measure MESSAGES [SQL…]\n");
        return 64;
    }
    at = (struct estate){.domains = strtoll(argv[2], NULL, 10), .days = strtoll(argv[3], NULL, 10),
                         .messages = strtoll(argv[4], NULL, 10), .now = clock_wall_ms()};
    at.today = at.now / DAY;
    must(db_open_write(argv[1], &records_schema, false, &at.db, &e), &e);
    must(db_cache(at.db, CACHE_KIB, &e), &e);
    if (measures) {
        measure("as it is", at.messages);
        for (int i = 5; i < argc; i++) {
            at.nobodys = strcmp(argv[i], "nobody's") == 0;
            if (!at.nobodys)
                run("%s", argv[i]);
            measure(argv[i], at.messages);
        }
    } else {
        run("PRAGMA synchronous = OFF");
        fill_messages();
        must(db_make_later(at.db, &records_schema, &e), &e);
        fill_decisions();
        count_anew();
        run("BEGIN");
        fill_received();
        fill_watch();
        fill_reports();
        run("COMMIT; DROP TABLE IF EXISTS temp.who");
        print_rows();
    }
    db_close(at.db);
    return 0;
}
