/*
 * put - keeps records in a database as assay-milter does, and says how long each took.
 *
 *     put DATABASE COUNT RATE [PREFIX [AHEAD_DAYS [HOURS]]]
 *
 * COUNT records, RATE of them a second (0: as fast as it goes, and the disk is not waited for), with queue ids
 * PREFIX-0, PREFIX-1 …, which claim to have come over the last HOURS; each accepted one is a line of standard output,
 * flushed at once; the last line is "p50 MICROSECONDS p99 MICROSECONDS max MICROSECONDS".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "records/store.h"

enum { TEXT_MAX = 400, PUT_MS = 10000 };

static int compare(const void *va, const void *vb)
{
    int64_t a = *(const int64_t *)va, b = *(const int64_t *)vb;

    return a < b ? -1 : a > b;
}

/* Recipients: of every seventh message more than there are columns for. */
static void recipients(char to[static TEXT_MAX], long i)
{
    int n = 0, many = i % 7 == 0 ? 9 : (int)(i % 3) + 1;

    to[0] = '\0';
    for (int k = 0; k < many; k++)
        n += snprintf(to + n, (size_t)(TEXT_MAX - n), "%s<Person%ld@Dom%d.example>", k > 0 ? " " : "", (i + k) % 50, k % 4);
}

static enum rc put_one(struct store *s, const char *prefix, long i, int64_t time_ms, char queue_id[static 64],
                       struct err *e)
{
    static const char *const causes[] = {"", "dns-changed", "no-dkim"};
    char id[128], ip[40], author[64], from[96], rcpt[TEXT_MAX], name[80], text[80];
    struct dns_seen seen[2];
    struct record r;

    record_blank(&r);
    (void)snprintf(queue_id, 64, "%s-%ld", prefix, i);
    (void)snprintf(id, sizeof id, "%s.%ld@mail.example", prefix, i);
    (void)snprintf(ip, sizeof ip, "192.0.2.%ld", i % 200);
    (void)snprintf(author, sizeof author, "author%ld.example", i % 40);
    (void)snprintf(from, sizeof from, "\"Gr\xc3\xbc\xc3\x9f e\" <News%ld@author%ld.example>", i % 9, i % 40);
    recipients(rcpt, i);
    r.time_ms = time_ms;
    r.queue_id = queue_id;
    r.message_id = id;
    r.client_ip = ip;
    r.author_domain = r.org_domain = author;
    r.header_from = from;
    r.mail_from = i % 5 == 0 ? "bounce@Mailer.Example" : "";
    r.mail_from_domain = i % 5 == 0 ? "mailer.example" : "";
    r.rcpt = rcpt;
    r.rcpt_domain = i % 2 == 0 ? "dom0.example" : "Dom0.Example";
    r.source = i % 3 == 0 ? "Shop" : "unknown";
    r.ticket = i % 11 == 0 ? "OPS-7" : "";
    r.cause = causes[i % 3];
    r.dmarc = i % 3 == 0 ? "pass" : "fail";
    r.size = i;
    (void)snprintf(name, sizeof name, "_dmarc.author%ld.example", i % 40);
    (void)snprintf(text, sizeof text, "v=DMARC1; p=%s", i % 400 < 200 ? "none" : "reject");
    seen[0] = (struct dns_seen){.kind = DNS_KIND_DMARC, .name = name, .text = text, .ttl = 300};
    seen[1] = (struct dns_seen){.kind = DNS_KIND_SPF, .name = author, .text = "v=spf1 -all", .ttl = 60};
    return store_put(s, &(struct store_item){.record = &r, .seen = seen, .seen_count = 2}, PUT_MS, e);
}

int main(int argc, char **argv)
{
    long count = argc > 3 ? strtol(argv[2], NULL, 10) : -1, rate = argc > 3 ? strtol(argv[3], NULL, 10) : 0, n = 0;
    const char *prefix = argc > 4 ? argv[4] : "q";
    int64_t ahead_ms = argc > 5 ? strtol(argv[5], NULL, 10) * INT64_C(86400000) : 0, began_us = clock_mono_us();
    int64_t over_ms = argc > 6 ? strtol(argv[6], NULL, 10) * INT64_C(3600000) : 0;
    int64_t *took = count < 0 ? NULL : calloc((size_t)count + 1, sizeof *took), last_ms = 0;
    struct err e = ERR_NONE;
    struct store *s;

    if (took == NULL || store_open(argv[1], STORE_WRITE, rate > 0, &s, &e) != RC_OK) {
        (void)fprintf(stderr, "put: %s\n", count < 0 ? "DATABASE COUNT RATE [PREFIX [AHEAD_DAYS [HOURS]]]" : e.text);
        return 64;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (long i = 0; i < count; i++) {
        int64_t due_us = began_us + (rate > 0 ? i * 1000000 / rate : 0), now_us = clock_mono_us();
        char queue_id[64];

        if (now_us < due_us)
            (void)usleep((useconds_t)(due_us - now_us));
        while (over_ms == 0 && clock_wall_ms() <= last_ms) /* no two of one time, so that their order is known */
            (void)usleep(100);
        last_ms = clock_wall_ms();
        now_us = clock_mono_us();
        if (put_one(s, prefix, i, last_ms + ahead_ms - over_ms / count * (count - 1 - i), queue_id, &e) == RC_OK)
            (void)puts(queue_id);
        else
            (void)fprintf(stderr, "put: %s\n", e.text);
        took[n++] = clock_mono_us() - now_us;
    }
    qsort(took, (size_t)n, sizeof *took, compare);
    if (n > 0)
        (void)printf("p50 %lld p99 %lld max %lld\n", (long long)took[n / 2], (long long)took[n * 99 / 100],
                     (long long)took[n - 1]);
    store_close(s);
    free(took);
    return 0;
}
