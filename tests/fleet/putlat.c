/*
 * putlat - how long mail waits for its record: store_put from several threads at once, as assay-milter's sessions call it.
 *
 *     putlat DATABASE THREADS RATE SECONDS
 *
 * RATE records a second of all threads together (0: as fast as they go), each written to the disk before it counts.  Says
 * "n N lost N p50 MICROSECONDS p95 … p99 … max …".
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "records/store.h"

enum { THREADS_MAX = 64, TOOK_MAX = 4000000, PUT_MS = 10000 };

static struct store *store;
static int64_t *took, began_us, end_us;
static long rate;
static atomic_size_t next_one, accepted, lost;

static int compare(const void *va, const void *vb)
{
    int64_t a = *(const int64_t *)va, b = *(const int64_t *)vb;

    return a < b ? -1 : a > b;
}

/* Texts as long as they mostly are: a row of 900 bytes. */
static enum rc put(size_t n, struct err *e)
{
    static const char filled[] = "v=spf1 include:_spf.mailer.example include:spf.protection.example ip4:192.0.2.0/24 "
                                 "ip4:198.51.100.0/24 include:_netblocks.mailer.example -all";
    char queue_id[40], message_id[80], ip[40], domain[40], from[80], rcpt[80];
    struct record r;

    record_blank(&r);
    (void)snprintf(queue_id, sizeof queue_id, "%" PRIx64, (uint64_t)clock_wall_ms() * 4096 + n % 4096);
    (void)snprintf(message_id, sizeof message_id, "%zx.%s@mail.example", n, queue_id);
    (void)snprintf(ip, sizeof ip, "198.51.100.%zu", n % 250);
    (void)snprintf(domain, sizeof domain, "author%zu.example", n * n % 5000);
    (void)snprintf(from, sizeof from, "\"Somebody\" <news%zu@%s>", n % 7, domain);
    (void)snprintf(rcpt, sizeof rcpt, "<person%zu@here.example>", n * 7 % 3000);
    r.time_ms = clock_wall_ms();
    r.queue_id = queue_id;
    r.message_id = message_id;
    r.client_ip = ip;
    r.client_name = "mail-relay.mailer.example";
    r.header_from = from;
    r.author_domain = r.org_domain = r.mail_from_domain = r.spf_domain = domain;
    r.rcpt = rcpt;
    r.rcpt_domain = "here.example";
    r.spf_record = r.policy_record = filled;
    r.dkim = "pass author.example selector2026 rsa-sha256; pass mailer.example s1 rsa-sha256";
    r.spf = r.dmarc = "pass";
    r.source = "unknown";
    r.size = (int64_t)(n % 100000);
    return store_put(store, &(struct store_item){.record = &r}, PUT_MS, e);
}

static void *work(void *unused)
{
    (void)unused;
    for (;;) {
        size_t n = atomic_fetch_add(&next_one, 1), k;
        int64_t due_us = rate > 0 ? began_us + (int64_t)n * 1000000 / rate : clock_mono_us(), now_us = clock_mono_us();
        struct err e = ERR_NONE;
        enum rc rc;

        if (due_us >= end_us || now_us >= end_us)
            return NULL;
        if (now_us < due_us)
            (void)usleep((useconds_t)(due_us - now_us));
        now_us = clock_mono_us();
        rc = put(n, &e);
        k = atomic_fetch_add(&accepted, rc == RC_OK);
        if (rc != RC_OK && atomic_fetch_add(&lost, 1) == 0)
            (void)fprintf(stderr, "putlat: %s\n", e.text);
        else if (rc == RC_OK && k < TOOK_MAX)
            took[k] = clock_mono_us() - now_us;
    }
}

int main(int argc, char **argv)
{
    long threads = argc == 5 ? strtol(argv[2], NULL, 10) : 0, seconds = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
    pthread_t thread[THREADS_MAX];
    struct err e = ERR_NONE;
    size_t n;

    if (threads < 1 || threads > THREADS_MAX || seconds < 1) {
        (void)fprintf(stderr, "usage: putlat DATABASE THREADS RATE SECONDS\n");
        return 64;
    }
    rate = strtol(argv[3], NULL, 10);
    took = calloc(TOOK_MAX, sizeof *took);
    if (took == NULL || store_open(argv[1], STORE_WRITE, true, &store, &e) != RC_OK) {
        (void)fprintf(stderr, "putlat: %s\n", e.text);
        return 1;
    }
    began_us = clock_mono_us();
    end_us = began_us + seconds * 1000000;
    for (long i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, work, NULL) != 0)
            return 1;
    for (long i = 0; i < threads; i++)
        (void)pthread_join(thread[i], NULL);
    n = accepted < TOOK_MAX ? accepted : TOOK_MAX;
    qsort(took, n, sizeof *took, compare);
    if (n > 0)
        (void)printf("n %zu lost %zu p50 %" PRId64 " p95 %" PRId64 " p99 %" PRId64 " max %" PRId64 "\n", n, (size_t)lost,
                     took[n / 2], took[n * 95 / 100], took[n * 99 / 100], took[n - 1]);
    store_close(store);
    free(took);
    return n == 0 || lost > 0;
}
