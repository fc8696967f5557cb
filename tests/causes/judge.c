/*
 * judge - why one message failed, with a background given on the command line.
 *
 * What `assay check` cannot be told: what changed in DNS, and what the
 * inventory holds.
 *
 *     judge MESSAGE ZONE CONFIG IP HELO FROM [BESIDE ...]
 *
 * BESIDE is one of: changed NAME KIND MINUTES TTL; known DOMAIN SOURCE STATUS; network DOMAIN SOURCE NETWORK;
 * gone NAME KIND DAYS; key DOMAIN SOURCE NAME HOST DAYS.
 *
 * Prints the finding as name=value lines.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "mail/eml.h"
#include "policy/judge.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static void stop(const char *what, const char *why)
{
    (void)fprintf(stderr, "judge: %s: %s\n", what, why);
    exit(2);
}

static struct str slurp(const char *path)
{
    static char text[1 << 20];
    FILE *f = fopen(path, "rb");
    size_t n = f == NULL ? 0 : fread(text, 1, sizeof text, f);

    if (f == NULL)
        stop(path, "cannot be read");
    (void)fclose(f);
    return (struct str){text, n};
}

static int word(const struct enum_names *names, const char *text)
{
    int value = 0;

    if (!enum_value(names, str_of(text), &value))
        stop(text, "is no such word");
    return value;
}

static uint32_t number(const char *text)
{
    uint32_t n = 0;

    if (!str_to_u32(str_of(text), &n))
        stop(text, "is no number");
    return n;
}

/* What is known beside the message, out of the arguments. */
static void fill(struct background *b, int64_t now, int argc, char **argv)
{
    for (int i = 0; i < argc;) {
        if (i + 4 < argc && strcmp(argv[i], "changed") == 0) {
            struct known_change c = {.changed_ms = now - (int64_t)number(argv[i + 3]) * 60000,
                                     .old_ttl = number(argv[i + 4])};

            if (background_add_change(b, argv[i + 1], (enum dns_kind)word(&dns_kind_names, argv[i + 2]), &c) != RC_OK)
                stop("background", "no memory");
            i += 5;
        } else if (i + 3 < argc && strcmp(argv[i], "known") == 0) {
            struct known_source k = {.status = (enum source_status)word(&source_status_names, argv[i + 3]),
                                     .ticket = "HD-1042", .owner = ""};

            if (background_add_source(b, argv[i + 1], argv[i + 2], &k) != RC_OK)
                stop("background", "no memory");
            i += 4;
        } else if (i + 3 < argc && strcmp(argv[i], "network") == 0) {
            struct ip_net net;

            if (!ip_net_parse(str_of(argv[i + 3]), &net) ||
                background_add_network(b, argv[i + 1], argv[i + 2], &net) != RC_OK)
                stop(argv[i + 3], "is no network");
            i += 4;
        } else if (i + 3 < argc && strcmp(argv[i], "gone") == 0) {
            int64_t gone_ms = now - (int64_t)number(argv[i + 3]) * DAY_MS;
            struct known_gone gone = {.last_ms = gone_ms - DAY_MS, .gone_ms = gone_ms};

            if (background_add_gone(b, argv[i + 1], (enum dns_kind)word(&dns_kind_names, argv[i + 2]), &gone) != RC_OK)
                stop("background", "no memory");
            i += 4;
        } else if (i + 5 < argc && strcmp(argv[i], "key") == 0) {
            struct known_key key = {.name = argv[i + 3], .host = argv[i + 4],
                                    .last_ms = now - (int64_t)number(argv[i + 5]) * DAY_MS};

            if (background_add_key(b, argv[i + 1], argv[i + 2], &key) != RC_OK)
                stop("background", "no memory");
            i += 6;
        } else {
            stop(argv[i], "is none of changed, known, network, gone, key");
        }
    }
}

static void feed(void *ctx, struct str piece)
{
    auth_body(ctx, piece);
}

static void evaluate(struct message *m, struct str body, const struct config *config, struct dns *dns,
                     struct given *given, struct evidence *evidence)
{
    struct auth *auth = NULL;
    struct err e = ERR_NONE;
    struct judgement j;
    const struct record *r = &j.record;

    if (auth_begin(&auth, m, config, dns, &e) != RC_OK || auth_header(auth, &e) != RC_OK)
        stop("auth_begin", e.text);
    eml_body(body, feed, auth);
    auth_finish(auth, evidence);
    if (judge(m->arena, given, &j) != RC_OK)
        stop("verdict", "no memory");
    auth_free(auth);
    (void)printf("dmarc=%s\ncause=%s\nsecondary=%s\nsource=%s\nplaybook=%s\nrisk=%s\ndetail=%s\nnext=%s\nstatus=%s\n",
                 r->dmarc, r->cause, r->secondary, r->source, r->playbook, r->risk, r->cause_detail, r->next, r->status);
}

int main(int argc, char **argv)
{
    struct conn conn = {.name = NULL};
    struct message m = {.conn = &conn, .arrival_ms = clock_wall_ms()};
    struct evidence evidence;
    struct config *config = NULL;
    struct given given = {.message = &m, .evidence = &evidence};
    struct message_bounds max = {1000, 1 << 20};
    struct err e = ERR_NONE;
    struct str body = STR_NONE;
    struct dns *dns;

    if (argc < 7)
        stop("usage", "judge MESSAGE ZONE CONFIG IP HELO FROM [BESIDE ...]");
    given.background = background_new();
    m.arena = arena_new(64 << 20);
    if (given.background == NULL || m.arena == NULL)
        stop("start", "no memory");
    if (config_load(argv[3], NULL, 0, &config, &e) != RC_OK || auth_init(&e) != RC_OK)
        stop(argv[3], e.text);
    dns = dns_open_zone(argv[2], &e);
    if (dns == NULL || eml_read(slurp(argv[1]), &m, &max, &body, &e) != RC_OK)
        stop(argv[2], e.text);
    conn.helo = argv[5];
    if (!ip_parse(str_of(argv[4]), &conn.ip))
        stop(argv[4], "is no address");
    m.mail_from = message_path(m.arena, str_of(argv[6]));
    given.config = config;
    fill((struct background *)given.background, m.arrival_ms, argc - 7, argv + 7);
    evaluate(&m, body, config, dns, &given, &evidence);
    auth_shutdown();
    dns_close(dns);
    config_free(config);
    background_release((struct background *)given.background);
    arena_free(m.arena);
    return 0;
}
