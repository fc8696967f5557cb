#include "service/statistics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* Upper bounds of the histogram's buckets in microseconds; one more bucket is for what took longer. */
static const int64_t bounds_us[] = {
    500,    1000,   2000,   3000,   5000,    7500,    10000,   15000,    25000,    50000,
    100000, 200000, 300000, 500000, 1000000, 2500000, 5000000, 10000000,
};
enum { BOUNDS = sizeof bounds_us / sizeof bounds_us[0], RESULTS = DMARC_PERMERROR + 1,
       DISPOSITIONS = DISPOSITION_TEMPFAIL + 1, PATH_SIZE = 1100 };

struct statistics {
    atomic_uint_fast64_t result[RESULTS];
    atomic_uint_fast64_t disposition[DISPOSITIONS];
    atomic_uint_fast64_t caught;
    atomic_uint_fast64_t bucket[BOUNDS + 1];
    atomic_uint_fast64_t took_us;
    atomic_uint_fast64_t dns_ms;
};

/* The same at one moment. */
struct moment {
    uint64_t result[RESULTS];
    uint64_t disposition[DISPOSITIONS];
    uint64_t caught;
    uint64_t bucket[BOUNDS + 1];
    uint64_t messages;
    double took_s, dns_s;
};

struct statistics *statistics_new(void)
{
    return calloc(1, sizeof(struct statistics));
}

void statistics_free(struct statistics *s)
{
    free(s);
}

static void statistics_add(atomic_uint_fast64_t *to, int64_t n)
{
    (void)atomic_fetch_add_explicit(to, n > 0 ? (uint64_t)n : 0, memory_order_relaxed);
}

void statistics_message(struct statistics *s, enum dmarc_result result, int64_t took_us, int64_t dns_ms)
{
    size_t i = 0;

    while (i < BOUNDS && took_us > bounds_us[i])
        i++;
    statistics_add(&s->result[result], 1);
    statistics_add(&s->bucket[i], 1);
    statistics_add(&s->took_us, took_us);
    statistics_add(&s->dns_ms, dns_ms);
}

void statistics_decision(struct statistics *s, enum disposition disposition, enum enforcement enforcement)
{
    statistics_add(&s->disposition[disposition], 1);
    statistics_add(&s->caught, enforcement == ENFORCEMENT_CAUGHT);
}

static struct moment moment_of(const struct statistics *s)
{
    struct moment m = {.messages = 0};

    for (size_t i = 0; i < RESULTS; i++)
        m.result[i] = atomic_load_explicit(&s->result[i], memory_order_relaxed);
    for (size_t i = 0; i < DISPOSITIONS; i++)
        m.disposition[i] = atomic_load_explicit(&s->disposition[i], memory_order_relaxed);
    m.caught = atomic_load_explicit(&s->caught, memory_order_relaxed);
    for (size_t i = 0; i <= BOUNDS; i++) {
        m.bucket[i] = atomic_load_explicit(&s->bucket[i], memory_order_relaxed);
        m.messages += m.bucket[i];
    }
    m.took_s = (double)atomic_load_explicit(&s->took_us, memory_order_relaxed) / 1e6;
    m.dns_s = (double)atomic_load_explicit(&s->dns_ms, memory_order_relaxed) / 1e3;
    return m;
}

/* ---- the log ---- */

/* Milliseconds within which `part` of the messages were done, as far as the buckets tell. */
static double quantile_ms(const struct moment *m, double part)
{
    double wanted = part * (double)m->messages, before = 0;

    for (size_t i = 0; i < BOUNDS; i++) {
        double low = i == 0 ? 0 : (double)bounds_us[i - 1], n = (double)m->bucket[i];

        if (n > 0 && before + n >= wanted)
            return (low + ((double)bounds_us[i] - low) * (wanted - before) / n) / 1e3;
        before += n;
    }
    return m->messages == 0 ? 0 : (double)bounds_us[BOUNDS - 1] / 1e3;
}

static void log_messages(const struct moment *m, const struct session_counts *n)
{
    char text[LOG_LINE_MAX + 1];
    struct strbuf line = STRBUF_ON(text);

    strbuf_putf(&line, "milter: connections=%" PRIu64 " messages=%" PRIu64 " ignored=%" PRIu64 " broken=%" PRIu64
                " in_flight=%u", n->connections, m->messages, n->ignored, n->broken, n->in_flight);
    for (int i = 0; i < RESULTS; i++)
        strbuf_putf(&line, " %s=%" PRIu64, enum_name(&dmarc_result_names, i), m->result[i]);
    if (m->messages > 0)
        strbuf_putf(&line, " mean_ms=%.1f p50_ms=%.1f p95_ms=%.1f p99_ms=%.1f", m->took_s * 1e3 / (double)m->messages,
                    quantile_ms(m, 0.50), quantile_ms(m, 0.95), quantile_ms(m, 0.99));
    log_write(LOG_LEVEL_INFO, NULL, "%s", text);
}

static void log_decisions(const struct moment *m, unsigned caught)
{
    char text[LOG_LINE_MAX + 1];
    struct strbuf line = STRBUF_ON(text);

    strbuf_puts(&line, "policy:");
    for (int i = DISPOSITION_QUARANTINE; i < DISPOSITIONS; i++)
        strbuf_putf(&line, " %s=%" PRIu64, enum_name(&disposition_names, i), m->disposition[i]);
    log_write(LOG_LEVEL_INFO, NULL, "%s caught=%" PRIu64 " domains_caught=%u", text, m->caught, caught);
}

void statistics_log(const struct statistics *s, const struct statistics_rooms *rooms)
{
    struct moment m = moment_of(s);
    const struct dns_counts *d = &rooms->dns;

    log_messages(&m, &rooms->session);
    log_decisions(&m, rooms->caught);
    log_write(LOG_LEVEL_INFO, NULL,
              "dns: questions=%" PRIu64 " hits=%" PRIu64 " joined=%" PRIu64 " failures=%" PRIu64 " timeouts=%" PRIu64
              " entries=%" PRIu64 " bytes=%" PRIu64 " waited_s=%.1f", d->questions, d->hits, d->joined, d->failures,
              d->timeouts, d->entries, d->bytes, m.dns_s);
    log_write(LOG_LEVEL_INFO, NULL, "dkim: verified=%" PRIu64 " again=%" PRIu64 " differ=%" PRIu64,
              rooms->dkim.verified, rooms->dkim.again, rooms->dkim.differ);
    if (rooms->records)
        log_write(LOG_LEVEL_INFO, NULL,
                  "store: written=%" PRIu64 " lost=%" PRIu64 " commits=%" PRIu64 " queued=%" PRIu64 " busy_s=%.1f"
                  " pruned=%" PRIu64 " maintenance_s=%.1f",
                  rooms->store.written, rooms->store.lost, rooms->store.commits, rooms->store.queued,
                  (double)rooms->store.busy_us / 1e6, rooms->store.pruned, (double)rooms->store.maintenance_us / 1e6);
}

/* ---- the file ---- */

static void head(FILE *f, const char *name, const char *type, const char *help)
{
    (void)fprintf(f, "# HELP assay_%s %s\n# TYPE assay_%s %s\n", name, help, name, type);
}

static void statistics_put(FILE *f, const char *name, const char *type, double value, const char *help)
{
    head(f, name, type, help);
    (void)fprintf(f, "assay_%s %.17g\n", name, value);
}

static void put_count(FILE *f, const char *name, uint64_t value, const char *help)
{
    statistics_put(f, name, "counter", (double)value, help);
}

static void put_gauge(FILE *f, const char *name, uint64_t value, const char *help)
{
    statistics_put(f, name, "gauge", (double)value, help);
}

static void put_messages(FILE *f, const struct moment *m, const struct session_counts *n)
{
    uint64_t sum = 0;

    head(f, "messages_total", "counter", "Messages examined, by DMARC result.");
    for (int i = 0; i < RESULTS; i++)
        (void)fprintf(f, "assay_messages_total{dmarc=\"%s\"} %" PRIu64 "\n", enum_name(&dmarc_result_names, i),
                      m->result[i]);
    head(f, "end_of_message_seconds", "histogram", "From the MTA's end of message to the answer.");
    for (size_t i = 0; i < BOUNDS; i++) {
        sum += m->bucket[i];
        (void)fprintf(f, "assay_end_of_message_seconds_bucket{le=\"%g\"} %" PRIu64 "\n", (double)bounds_us[i] / 1e6,
                      sum);
    }
    (void)fprintf(f, "assay_end_of_message_seconds_bucket{le=\"+Inf\"} %" PRIu64 "\n", m->messages);
    (void)fprintf(f, "assay_end_of_message_seconds_sum %.6f\n", m->took_s);
    (void)fprintf(f, "assay_end_of_message_seconds_count %" PRIu64 "\n", m->messages);
    put_count(f, "connections_total", n->connections, "Connections of the MTA.");
    put_count(f, "messages_ignored_total", n->ignored, "Messages passed untouched: IgnoreHosts, logins, local mail.");
    put_count(f, "messages_broken_total", n->broken, "Messages not examined because something failed in here.");
    put_gauge(f, "messages_in_flight", n->in_flight, "Messages begun and not yet answered.");
}

static void put_decisions(FILE *f, const struct moment *m, unsigned caught)
{
    head(f, "dispositions_total", "counter", "Messages by what was done with them.");
    for (int i = 0; i < DISPOSITIONS; i++)
        (void)fprintf(f, "assay_dispositions_total{disposition=\"%s\"} %" PRIu64 "\n", enum_name(&disposition_names, i),
                      m->disposition[i]);
    put_count(f, "messages_caught_total", m->caught, "Messages that the safety catch let go.");
    put_gauge(f, "domains_caught", caught, "Domains for which the safety catch is on.");
}

static void put_dns(FILE *f, const struct dns_counts *d, double waited_s)
{
    put_count(f, "dns_questions_total", d->questions, "DNS questions of messages.");
    put_count(f, "dns_hits_total", d->hits, "Of these, answered from the cache.");
    put_count(f, "dns_joined_total", d->joined, "Of these, answered by another's question in flight.");
    put_count(f, "dns_failures_total", d->failures, "Of these, temporary failures.");
    put_count(f, "dns_timeouts_total", d->timeouts, "Of the failures, those for want of time.");
    put_gauge(f, "dns_cache_entries", d->entries, "Answers in the cache.");
    put_gauge(f, "dns_cache_bytes", d->bytes, "Their memory.");
    statistics_put(f, "dns_wait_seconds_total", "counter", waited_s, "Time that messages waited for DNS.");
}

static void statistics_put_dkim(FILE *f, const struct dkimv_counts *d)
{
    put_count(f, "dkim_verified_total", d->verified, "DKIM signatures verified with a key.");
    put_count(f, "dkim_again_total", d->again, "Of these, not passed by libopendkim and judged anew.");
    put_count(f, "dkim_differ_total", d->differ, "Of these, good after all.");
}

static void put_store(FILE *f, const struct store_counts *s)
{
    put_count(f, "records_written_total", s->written, "Records committed to the database.");
    put_count(f, "records_lost_total", s->lost, "Records that could not be kept.");
    put_count(f, "commits_total", s->commits, "Transactions committed.");
    put_gauge(f, "records_queued", s->queued, "Records waiting to be committed.");
    statistics_put(f, "database_seconds_total", "counter", (double)s->busy_us / 1e6,
                   "Time spent writing to the database.");
    put_count(f, "rows_pruned_total", s->pruned, "Rows taken out of the database because they were too old.");
    statistics_put(f, "database_maintenance_seconds_total", "counter", (double)s->maintenance_us / 1e6,
                   "Time spent sorting keys and pruning between commits.");
}

/* Opens `path` for writing as a new file that all may read, whatever UMask says: numbers are no secret. */
static FILE *statistics_create(const char *path)
{
    FILE *f = NULL;
    int fd;

    (void)unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0 && fchmod(fd, 0644) == 0)
        f = fdopen(fd, "w");
    if (f == NULL && fd >= 0)
        (void)close(fd);
    return f;
}

enum rc statistics_write(const struct statistics *s, const struct statistics_rooms *rooms, const char *path,
                         struct err *e)
{
    struct moment m = moment_of(s);
    char fresh[PATH_SIZE];
    struct strbuf name = STRBUF_ON(fresh);
    FILE *f;
    bool bad;

    strbuf_putf(&name, "%s.new", path);
    if (name.over)
        return err_set(e, RC_LIMIT, "the name is too long");
    f = statistics_create(fresh);
    if (f == NULL)
        return err_errno(e, RC_IO, errno, "cannot write %s", fresh);
    put_messages(f, &m, &rooms->session);
    put_decisions(f, &m, rooms->caught);
    put_dns(f, &rooms->dns, m.dns_s);
    statistics_put_dkim(f, &rooms->dkim);
    if (rooms->records)
        put_store(f, &rooms->store);
    bad = ferror(f) != 0;
    bad = fclose(f) != 0 || bad;
    if (bad || rename(fresh, path) != 0) {
        enum rc rc = err_errno(e, RC_IO, errno, "cannot write %s", path);

        (void)unlink(fresh);
        return rc;
    }
    return RC_OK;
}
