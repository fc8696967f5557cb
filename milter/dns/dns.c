#include "dns/dns.h"

#include <stdlib.h>

#include "base/random.h"
#include "dns/internal.h"

/* About 20,000 domains' worth: SPF, DMARC, keys, hosts. */
enum { CACHE_ENTRIES = 100000, CACHE_BYTES = 24 << 20 };

static const char *const status_names[] = {"noerror", "nodata", "nxdomain", "tempfail"};
const struct enum_names dns_status_names = ENUM_NAMES(status_names);

const char *dns_type_name(enum dns_type type)
{
    switch (type) {
    case DNS_A:
        return "A";
    case DNS_PTR:
        return "PTR";
    case DNS_MX:
        return "MX";
    case DNS_TXT:
        return "TXT";
    case DNS_AAAA:
        return "AAAA";
    case DNS_NS:
        return "NS";
    case DNS_SOA:
        return "SOA";
    case DNS_DS:
        return "DS";
    case DNS_TLSA:
        return "TLSA";
    case DNS_SPF:
        return "SPF";
    }
    return "?";
}

static struct dns *dns_over(struct source *source, struct err *e)
{
    struct dns *d = source == NULL ? NULL : calloc(1, sizeof *d);

    if (source == NULL)
        return NULL;
    if (d != NULL)
        d->cache = cache_new((struct cache_limits){CACHE_ENTRIES, CACHE_BYTES, source->room});
    if (d == NULL || d->cache == NULL) {
        (void)err_set(e, RC_NOMEM, "no memory for the resolver");
        source->close(source);
        free(d);
        return NULL;
    }
    d->source = source;
    d->salt = random_bits();
    return d;
}

struct dns *dns_open(const struct dns_settings *settings, struct err *e)
{
    return dns_over(unbound_source(settings, e), e);
}

struct dns *dns_open_zone(const char *path, struct err *e)
{
    return dns_over(zone_source(path, e), e);
}

enum dns_servers dns_look(struct dns *d, struct err *e)
{
    enum dns_servers found = d->source->look == NULL ? DNS_SERVERS_SAME : d->source->look(d->source, e);

    if (found == DNS_SERVERS_CHANGED)
        cache_forget(d->cache);
    return found;
}

enum rc dns_record_to(struct dns *d, const char *path, struct err *e)
{
    struct recorder *recorder = recorder_new(path, e);

    if (recorder == NULL)
        return RC_IO;
    recorder_close(d->recorder);
    d->recorder = recorder;
    return RC_OK;
}

void dns_close(struct dns *d)
{
    if (d == NULL)
        return;
    d->source->close(d->source);
    recorder_close(d->recorder);
    cache_free(d->cache);
    free(d);
}

struct dns_counts dns_counts(struct dns *d)
{
    struct dns_counts counts = cache_counts(d->cache);

    counts.questions = atomic_load(&d->questions);
    counts.failures = atomic_load(&d->failures);
    counts.timeouts = atomic_load(&d->timeouts);
    return counts;
}
