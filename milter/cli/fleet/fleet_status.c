/* assay fleet status - how far each host's records are in the centre. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/fleet/fleet.h"
#include "fleet/hosts.h"
#include "fleet/kept.h"
#include "fleet/tables.h"
#include "formats/json.h"

enum { ARENA_MAX = 16 * 1024 * 1024, SPAN_MAX = 24 };

static bool is_well(const struct fleet_host *h)
{
    return (h->state == HOST_OK || h->state == HOST_RETIRED) && h->refused == 0;
}

/* "3 h 2 m": the two greatest units. */
static const char *span(int64_t ms, char to[static SPAN_MAX])
{
    int64_t s = (ms < 0 ? -ms : ms) / 1000;
    const char *sign = ms <= -1000 ? "-" : "";

    if (s >= 86400)
        (void)snprintf(to, SPAN_MAX, "%s%" PRId64 " d %" PRId64 " h", sign, s / 86400, s % 86400 / 3600);
    else if (s >= 3600)
        (void)snprintf(to, SPAN_MAX, "%s%" PRId64 " h %" PRId64 " m", sign, s / 3600, s % 3600 / 60);
    else if (s >= 60)
        (void)snprintf(to, SPAN_MAX, "%s%" PRId64 " m %" PRId64 " s", sign, s / 60, s % 60);
    else
        (void)snprintf(to, SPAN_MAX, "%s%" PRId64 " s", sign, s);
    return to;
}

/* Nobody keeps the centre, or it does not get done what a keeper does. */
static bool is_kept(const struct kept *k)
{
    return k->keeper[0] != '\0' && k->keeper_ms < KEPT_SILENT_MS;
}

static void print_kept(const struct kept *k, const struct fleet_partitions *there)
{
    char since[SPAN_MAX], seen[SPAN_MAX], name[FLEET_NAME_SHOWN];

    if (k->keeper[0] == '\0')
        (void)puts("keeper: none; run \"assay fleet run\" somewhere under a role that is a member of assay_keeper");
    else if (!is_kept(k))
        (void)printf("keeper: none; %s was it, and was heard of last %s ago\n", fleet_name_clean(k->keeper, name),
                     span(k->keeper_ms, seen));
    else
        (void)printf("keeper: %s for %s, heard of %s ago\n", fleet_name_clean(k->keeper, name),
                     span(k->kept_ms, since), span(k->keeper_ms, seen));
    (void)printf("not counted yet: %" PRId64 " records; inventory: generation %" PRId64 "; safety catch on for %" PRId64
                 " domains; days ready: %" PRId64 "%s\n", k->lag_records, k->generation, k->caught, there->ready_days,
                 there->detach_pending > 0 ? "; a partition waits to be detached" : "");
    if (there->indexed_days + there->unindexed_days > 0)
        (void)printf("large days that are over: %" PRId64 " with an index for each key, %" PRId64 " that wait for it\n",
                     there->indexed_days, there->unindexed_days);
}

static void print_text(const struct fleet_host *h, size_t n)
{
    char lag[SPAN_MAX], seen[SPAN_MAX], skew[SPAN_MAX], age[SPAN_MAX], name[FLEET_NAME_SHOWN];

    (void)printf("%-20s %-10s %11s %10s %10s %8s %6s %9s %8s %8s %9s\n", "HOST", "STATE", "LAG RECORDS", "LAG TIME",
                 "LAST SEEN", "SKEW", "SCHEMA", "GAP", "EXPIRED", "REFUSED", "INVENTORY");
    for (size_t i = 0; i < n; i++)
        (void)printf("%-20s %-10s %11" PRId64 " %10s %10s %8s %6" PRId64 " %9" PRId64 " %8" PRId64 " %8" PRId64
                     " %9s\n",
                     fleet_name_clean(h[i].name, name), enum_name(&host_state_names, (int)h[i].state), h[i].lag_records,
                     span(h[i].lag_ms, lag), h[i].seen_ms == HOST_NEVER_SEEN ? "never" : span(h[i].seen_ms, seen),
                     span(h[i].skew_ms, skew), h[i].schema, h[i].skipped, h[i].expired, h[i].refused,
                     h[i].inventory_ms == HOST_NEVER_SEEN ? "never" : span(h[i].inventory_ms, age));
}

static struct jnode *keeper_node(const struct kept *k)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "host", k->keeper);
    jnode_int(o, "seen_ms", k->keeper_ms);
    jnode_int(o, "kept_ms", k->kept_ms);
    jnode_int(o, "epoch", k->epoch);
    jnode_int(o, "lag_records", k->lag_records);
    jnode_int(o, "caught", k->caught);
    return o;
}

static void print_json(const struct fleet_host *h, size_t n, const struct kept *k)
{
    struct jnode *root = jnode_object(), *list = jnode_array();

    for (size_t i = 0; i < n; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "host", h[i].name);
        jnode_text(o, "state", enum_name(&host_state_names, (int)h[i].state));
        jnode_text(o, "version", h[i].version);
        jnode_text(o, "role", h[i].role);
        jnode_int(o, "lag_records", h[i].lag_records);
        jnode_int(o, "lag_ms", h[i].lag_ms);
        jnode_int(o, "seen_ms", h[i].seen_ms);
        jnode_int(o, "skew_ms", h[i].skew_ms);
        jnode_int(o, "schema", h[i].schema);
        jnode_int(o, "shipped", h[i].shipped);
        jnode_int(o, "gap", h[i].skipped);
        jnode_int(o, "expired", h[i].expired);
        jnode_int(o, "refused", h[i].refused);
        jnode_int(o, "lives", h[i].lives);
        jnode_int(o, "inventory_ms", h[i].inventory_ms);
        jnode_append(list, o);
    }
    jnode_put(root, "keeper", keeper_node(k));
    jnode_int(root, "generation", k->generation);
    jnode_put(root, "hosts", list);
    jnode_print(root, stdout);
}

static void print_metric(const char *name, const char *type, const char *help, const struct fleet_host *h, size_t n,
                         size_t offset, double divisor)
{
    (void)printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
    for (size_t i = 0; i < n; i++) {
        char host[FLEET_NAME_SHOWN];
        int64_t value;

        memcpy(&value, (const char *)&h[i] + offset, sizeof value);
        if ((offset != offsetof(struct fleet_host, seen_ms) && offset != offsetof(struct fleet_host, inventory_ms)) ||
            value != HOST_NEVER_SEEN)
            (void)printf("%s{host=\"%s\"} %.10g\n", name, fleet_name_clean(h[i].name, host), (double)value / divisor);
    }
}

static void print_states(const struct fleet_host *h, size_t n)
{
    (void)puts("# HELP assay_fleet_state 1: the state that the host is in.\n# TYPE assay_fleet_state gauge");
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < host_state_names.count; k++) {
            char host[FLEET_NAME_SHOWN];

            (void)printf("assay_fleet_state{host=\"%s\",state=\"%s\"} %d\n", fleet_name_clean(h[i].name, host),
                         enum_name(&host_state_names, k), (int)h[i].state == k);
        }
}

static void print_gauge(const char *name, const char *help, int64_t value)
{
    (void)printf("# HELP %s %s\n# TYPE %s gauge\n%s %" PRId64 "\n", name, help, name, name, value);
}

static void print_kept_metrics(const struct kept *k)
{
    char name[FLEET_NAME_SHOWN];

    (void)printf("# HELP assay_fleet_keeper Whether somebody keeps the centre, and who it is or was.\n"
                 "# TYPE assay_fleet_keeper gauge\nassay_fleet_keeper{host=\"%s\"} %d\n",
                 fleet_name_clean(k->keeper, name), is_kept(k));
    print_gauge("assay_fleet_digest_lag_records", "Records in the centre that are not counted yet.", k->lag_records);
    print_gauge("assay_fleet_inventory_generation", "The newest change that hosts are to follow.", k->generation);
    print_gauge("assay_fleet_caught_domains", "Domains for which the safety catch is on.", k->caught);
}

static void print_prometheus(const struct fleet_host *h, size_t n, const struct fleet_partitions *there)
{
#define AT(field) offsetof(struct fleet_host, field)
    print_metric("assay_fleet_lag_records", "gauge", FLEET_HELP_LAG_RECORDS, h, n,
                 AT(lag_records), 1);
    print_metric("assay_fleet_lag_seconds", "gauge", FLEET_HELP_LAG_SECONDS, h, n, AT(lag_ms),
                 1000);
    print_metric("assay_fleet_seen_seconds", "gauge", "Since the host was heard of.", h, n, AT(seen_ms), 1000);
    print_metric("assay_fleet_skew_seconds", "gauge", FLEET_HELP_SKEW, h, n, AT(skew_ms), 1000);
    print_metric("assay_fleet_shipped_total", "counter", FLEET_HELP_SHIPPED, h, n, AT(shipped), 1);
    print_metric("assay_fleet_gap_total", "counter", "Records taken out before they were shipped.", h, n, AT(skipped),
                 1);
    print_metric("assay_fleet_expired_total", "counter", "Records too old for the centre.", h, n, AT(expired), 1);
    print_metric("assay_fleet_refused_total", "counter", "Rows that the centre would not take.", h, n, AT(refused), 1);
    print_metric("assay_fleet_inventory_age_seconds", "gauge", FLEET_HELP_INVENTORY, h, n, AT(inventory_ms), 1000);
#undef AT
    print_states(h, n);
    (void)printf("# HELP assay_fleet_partition_ready_days Days from today on whose partitions are there.\n"
                 "# TYPE assay_fleet_partition_ready_days gauge\nassay_fleet_partition_ready_days %" PRId64 "\n"
                 "# HELP assay_fleet_detach_pending Partitions whose taking out was broken off.\n"
                 "# TYPE assay_fleet_detach_pending gauge\nassay_fleet_detach_pending %" PRId64 "\n",
                 there->ready_days, there->detach_pending);
    print_gauge("assay_fleet_unindexed_days", "Large days that are over and wait for an index for each key.",
                there->unindexed_days);
}

static enum rc read_hosts(const struct fleet_request *q, struct arena *a, struct fleet_host **h, size_t *n,
                          struct fleet_partitions *there, struct kept *k, struct err *e)
{
    struct pg *p;
    enum rc rc = pg_open(q->centre, "assay", &p, e);

    if (rc == RC_OK)
        rc = tables_check(p, e);
    if (rc == RC_OK)
        rc = hosts_list(p, a, h, n, e);
    if (rc == RC_OK)
        rc = hosts_partitions(p, there, e);
    if (rc == RC_OK)
        rc = kept_read(p, a, k, e);
    pg_close(p);
    return rc;
}

int fleet_status(const struct subcommand *cmd, const struct fleet_request *q)
{
    struct arena *a = arena_new(ARENA_MAX);
    struct fleet_partitions there = {.ready_days = 0};
    struct kept kept = {.keeper = ""};
    struct fleet_host *h = NULL;
    struct err e = ERR_NONE;
    size_t n = 0;
    enum rc rc = a == NULL ? err_set(&e, RC_NOMEM, "out of memory") : read_hosts(q, a, &h, &n, &there, &kept, &e);
    int code = rc == RC_OK ? EX_OK : cli_fail(cmd, rc == RC_TEMP ? EX_TEMPFAIL : EX_UNAVAILABLE, "%s", e.text);

    for (size_t i = 0; i < n; i++)
        if (!is_well(&h[i]) && rc == RC_OK)
            code = 1;
    if (rc == RC_OK && kept.keeper[0] != '\0' && !is_kept(&kept))
        code = 1;
    if (rc == RC_OK && q->common.json) {
        print_json(h, n, &kept);
    } else if (rc == RC_OK && q->prometheus) {
        print_prometheus(h, n, &there);
        print_kept_metrics(&kept);
    } else if (rc == RC_OK) {
        print_text(h, n);
        print_kept(&kept, &there);
    }
    arena_free(a);
    return code;
}
