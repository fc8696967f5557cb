/*
 * identify - what it costs to say who sent a message, with a whole catalogue loaded.
 *
 *   identify SENDERS.CONF
 *
 * Evidence is made out of the catalogue's own marks, one service after the
 * other by turns, and one message in four that no service is behind, which
 * costs the most as every look-up is made.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "verdict/source.h"

enum { ROUNDS = 1000000, MESSAGES = 1024, ARENA_MAX = 1 << 20, ARENA_RESET = 512 };

struct sample {
    struct conn conn;
    struct dkim_signature sig[2];
    struct evidence e;
};

/* CPU time, as other programs may run beside. */
static double seconds(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A mark of the service, or a name that tells nobody. */
static const char *mark(const struct sender *s, enum sender_mark by)
{
    return s == NULL || s->mark[by].n == 0 ? "mail3.dept.customer.example" : s->mark[by].item[0];
}

static void make(struct sample *out, const struct senders *all, size_t i)
{
    const struct sender *s = i % 4 == 3 ? NULL : senders_at(all, i % senders_count(all));
    size_t rank = i / 4 % 4; /* the first of the proofs that holds */

    *out = (struct sample){.conn.ip = {.family = IP_V4, .b = {198, 51, 100, (uint8_t)i}}};
    out->sig[0] = out->sig[1] = (struct dkim_signature){.result = DKIM_PASS, .domain = "news.customer.example",
                                                        .key_host = "k1.keys.customer.example"};
    if (rank == 0)
        out->sig[1].domain = mark(s, SENDER_BY_DKIM);
    out->e = (struct evidence){
        .dkim = {.n = 2, .sig = out->sig},
        .spf = {.checked = true, .result = SPF_PASS, .domain = mark(s, SENDER_BY_RETURN_PATH),
                .mechanism = "include:_spf.customer.example", .mechanism_domain = "customer.example", .leaf = "ip4:192.0.2.0/24",
                .leaf_domain = mark(rank < 2 ? s : NULL, SENDER_BY_SPF)},
        .iprev = {.result = IPREV_PASS, .name = mark(rank < 3 ? s : NULL, SENDER_BY_PTR)},
        .published_by = "",
    };
}

int main(int argc, char **argv)
{
    struct senders *all;
    struct sample *sample = calloc(MESSAGES, sizeof *sample);
    struct arena *a = arena_new(ARENA_MAX);
    struct err e = ERR_NONE;
    uint64_t known = 0;
    double began;

    if (argc != 2 || sample == NULL || a == NULL || senders_load(argv[1], "", &all, &e) != RC_OK ||
        senders_count(all) == 0) {
        (void)fprintf(stderr, "usage: identify SENDERS.CONF\n%s\n", e.text);
        return 1;
    }
    for (size_t i = 0; i < MESSAGES; i++)
        make(&sample[i], all, i);
    began = seconds();
    for (size_t i = 0; i < ROUNDS; i++) {
        struct sample *s = &sample[i % MESSAGES];
        struct message m = {.arena = a, .conn = &s->conn};
        struct source found;

        if (i % ARENA_RESET == 0)
            arena_reset(a);
        known += source_identify(a, &m, &s->e, all, &found) == RC_OK && found.sender != NULL;
    }
    (void)printf("%zu services: %.2f microseconds of CPU a message, %.0f %% of them named\n", senders_count(all),
                 (seconds() - began) * 1e6 / ROUNDS, (double)known * 100 / ROUNDS);
    arena_free(a);
    senders_free(all);
    free(sample);
    return 0;
}
