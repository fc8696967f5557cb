/* FleetStatisticsFile: what a shipper does, for Prometheus. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hostname.h"
#include "base/log.h"
#include "cli/fleet/fleet.h"
#include "fleet/ship.h"

enum { EVERY_MS = 10000, METRICS_PATH_MAX = 1100, KIND_AWAY = 0, KIND_DENIED, KIND_REFUSED, KIND_OTHER, KINDS };

static const char *const kind_words[KINDS] = {"away", "denied", "refused", "other"};

struct fleet_metrics {
    const char *path;
    char host[FLEET_NAME_SHOWN];
    uint64_t errors[KINDS];
    int64_t written_ms; /* monotonic; 0 not yet */
    enum rc last;       /* of the round before */
    bool failing;       /* to write, and that was said */
};

const char *fleet_name_clean(const char *from, char to[static FLEET_NAME_SHOWN])
{
    struct strbuf b = strbuf_on(to, FLEET_NAME_SHOWN);

    strbuf_put_clean(&b, str_of(from), FLEET_NAME_SHOWN - 1);
    for (size_t i = 0; to[i] != '\0'; i++)
        if (to[i] == '"' || to[i] == '\\')
            to[i] = '_';
    return to;
}

struct fleet_metrics *fleet_metrics_new(const char *path, const char *host)
{
    struct fleet_metrics *m = calloc(1, sizeof *m);
    char name[HOSTNAME_SIZE];

    if (m == NULL)
        return NULL;
    m->path = path;
    (void)fleet_name_clean(hostname_of(host, name), m->host);
    return m;
}

void fleet_metrics_free(struct fleet_metrics *m)
{
    free(m);
}

static void metric_put(FILE *f, const struct fleet_metrics *m, const char *name, const char *type, const char *help,
                       double value)
{
    (void)fprintf(f, "# HELP assay_fleet_%s %s\n# TYPE assay_fleet_%s %s\nassay_fleet_%s{host=\"%s\"} %.10g\n", name,
                  help, name, type, name, m->host, value);
}

static void metrics_put(FILE *f, const struct fleet_metrics *m, struct ship *s, bool end)
{
    struct ship_standing at = ship_standing(s);
    struct ship_counts n = ship_counts(s);

    metric_put(f, m, "connected", "gauge", "1: the shipper runs, and the centre takes its records.",
               at.connected && !end);
    if (at.lag_records >= 0) {
        metric_put(f, m, "lag_records", "gauge", FLEET_HELP_LAG_RECORDS, (double)at.lag_records);
        metric_put(f, m, "lag_seconds", "gauge", FLEET_HELP_LAG_SECONDS, (double)at.lag_ms / 1000);
        metric_put(f, m, "skew_seconds", "gauge", FLEET_HELP_SKEW, (double)at.skew_ms / 1000);
    }
    if (ship_followed_ms(s) != 0)
        metric_put(f, m, "inventory_age_seconds", "gauge", FLEET_HELP_INVENTORY,
                   (double)(clock_wall_ms() - ship_followed_ms(s)) / 1000);
    metric_put(f, m, "sent_total", "counter", "Records shipped since the shipper began.", (double)n.records);
    metric_put(f, m, "batches_total", "counter", "Transactions in which records were shipped.", (double)n.batches);
    metric_put(f, m, "connections_total", "counter", "Times that the centre was greeted.", (double)n.connections);
    metric_put(f, m, "forks_total", "counter", "Times that the file was found to be another.", (double)n.forks);
    (void)fprintf(f, "# HELP assay_fleet_errors_total Rounds that failed: the centre away, denied, refused, other.\n"
                  "# TYPE assay_fleet_errors_total counter\n");
    for (int i = 0; i < KINDS; i++)
        (void)fprintf(f, "assay_fleet_errors_total{host=\"%s\",kind=\"%s\"} %" PRIu64 "\n", m->host, kind_words[i],
                      m->errors[i]);
}

/* Numbers are no secret: all may read it.  What stood there before stays until this is whole. */
static bool metrics_write(const struct fleet_metrics *m, struct ship *s, bool end)
{
    char fresh[METRICS_PATH_MAX];
    struct strbuf name = STRBUF_ON(fresh);
    FILE *f = NULL;
    bool bad;
    int fd;

    strbuf_putf(&name, "%s.new", m->path);
    if (name.over)
        return false;
    (void)unlink(fresh);
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0 && fchmod(fd, 0644) == 0)
        f = fdopen(fd, "w");
    if (f == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return false;
    }
    metrics_put(f, m, s, end);
    bad = ferror(f) != 0;
    bad = fclose(f) != 0 || bad || rename(fresh, m->path) != 0;
    if (bad)
        (void)unlink(fresh);
    return !bad;
}

void fleet_metrics_round(struct fleet_metrics *m, struct ship *s, enum rc rc, bool end)
{
    int64_t now = clock_mono_ms();
    bool bad;

    if (rc != RC_OK)
        m->errors[rc == RC_TEMP ? KIND_AWAY : rc == RC_IO ? KIND_DENIED : rc == RC_BAD ? KIND_REFUSED : KIND_OTHER]++;
    if (m->path[0] == '\0' || (!end && rc == m->last && m->written_ms != 0 && now - m->written_ms < EVERY_MS))
        return;
    m->last = rc;
    m->written_ms = now;
    errno = 0;
    bad = !metrics_write(m, s, end);
    if (bad && !m->failing)
        log_write(LOG_LEVEL_WARNING, NULL, "FleetStatisticsFile: cannot write %s: %s; trying again", m->path,
                  errno != 0 ? strerror(errno) : "its name is too long");
    m->failing = bad;
}
