#include "run.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "base/log.h"
#include "mta/collect.h"
#include "service/evaluate.h"
#include "service/statistics.h"

/* ---- measuring ---- */

/* A line of /proc/self/status, in kB; -1 where there is none. */
static long status_kb(const char *key)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[200];
    long kb = -1;

    while (f != NULL && kb < 0 && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            kb = strtol(line + strlen(key), NULL, 10);
    if (f != NULL)
        (void)fclose(f);
    return kb;
}

/* Gives back what preparing freed, and lets the high-water mark begin here. */
static void mark_memory(void)
{
    FILE *f = fopen("/proc/self/clear_refs", "w");

    (void)malloc_trim(0);
    if (f == NULL)
        return;
    (void)fputs("5", f);
    (void)fclose(f);
}

static double cpu_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- the daemon's way ---- */

static void take_envelope(struct message *m, struct letter *l)
{
    char rcpt[] = "<desk@receiver.example>", *mail[] = {l->mail_from, NULL}, *to[] = {rcpt, NULL};

    collect_mail(m, mail);
    for (unsigned i = 0; i < l->rcpts; i++)
        collect_rcpt(m, to);
}

static void take_body(struct evaluation *v, struct message *m, const struct letter *l)
{
    for (size_t i = 0; i < l->pieces; i++) {
        m->body_bytes += l->piece.n;
        evaluation_body(v, l->piece);
    }
}

static void tell_stamp(const struct actions *a, struct ran *out)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->item[i].kind == ACTION_INSERT_HEADER)
            (void)snprintf(out->stamp, sizeof out->stamp, "%s", a->item[i].text);
}

static void take(struct letter *l, struct dns *dns, const struct config *c, struct ran *out)
{
    struct conn conn = {.name = l->name, .helo = l->helo};
    struct message_bounds bounds = {c->max_headers, c->max_header_bytes};
    struct arena *a = arena_new(MESSAGE_MEMORY);
    struct message *m = arena_alloc(a, sizeof *m);
    struct statistics *statistics = statistics_new();
    struct evaluator *ev = evaluator_new(dns, NULL, statistics, NULL);
    struct evaluation *v = NULL;
    const struct actions *todo;
    struct err e = ERR_NONE;

    MUST(m != NULL && statistics != NULL && ev != NULL && ip_parse(str_of(l->ip), &conn.ip));
    *m = (struct message){.arena = a, .conn = &conn, .arrival_ms = clock_wall_ms(), .queue_id = "4XyZ1q2Rz7"};
    take_envelope(m, l);
    MUST(evaluation_begin(ev, m, c, NULL, &v, &e) == RC_OK);
    for (size_t i = 0; i < l->count; i++)
        collect_header(m, l->field[i].name, l->field[i].value, true, &bounds);
    MUST(evaluation_header(v, &e) == RC_OK);
    take_body(v, m, l);
    MUST(evaluation_decide(v, &todo, &e) == RC_OK);
    tell_stamp(todo, out);
    MUST(evaluation_keep(v, todo, 0) == RC_OK);
    evaluation_free(v);
    evaluator_free(ev);
    statistics_free(statistics);
    arena_free(a);
}

/* ---- a process for each ---- */

static struct dns *open_zone(struct letter *l)
{
    int fd = memfd_create("zone", 0);
    char path[64];
    struct err e = ERR_NONE;
    struct dns *dns;

    (void)fclose(l->zone);
    l->zone = NULL;
    MUST(fd >= 0 && write(fd, l->zone_text, l->zone_size) == (ssize_t)l->zone_size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    dns = dns_open_zone(path, &e);
    if (dns == NULL)
        fprintf(stderr, "%s\n", e.text);
    MUST(dns != NULL);
    (void)close(fd);
    return dns;
}

static void measure(struct letter *l, struct ran *out)
{
    static const char *const settings[] = {"AuthservID=mx.receiver.example", "Database="};
    struct config *c = NULL;
    struct err e = ERR_NONE;
    struct dns *dns = open_zone(l);
    double cpu;
    long before;

    MUST(auth_init(&e) == RC_OK && config_load(NULL, settings, 2, &c, &e) == RC_OK);
    log_open("hostile", false, STR("mail"), LOG_LEVEL_INFO);
    mark_memory();
    before = status_kb("VmRSS:");
    cpu = cpu_ms();
    take(l, dns, c, out);
    out->cost.cpu_ms = cpu_ms() - cpu;
    out->cost.mem_mb = (double)(status_kb("VmHWM:") - before) / 1024;
    auth_shutdown();
    dns_close(dns);
    config_free(c);
}

/* All that the child wrote to its standard error. */
static void read_log(int fd, char *line, size_t size)
{
    ssize_t n = pread(fd, line, size - 1, 0);

    line[n < 0 ? 0 : n] = '\0';
}

bool run_letter(struct letter *l, struct ran *out)
{
    struct ran *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int log = memfd_create("log", 0), status = 0;
    pid_t child;
    bool good;

    MUST(shared != MAP_FAILED && log >= 0);
    (void)fflush(NULL);
    child = fork();
    MUST(child >= 0);
    if (child == 0) {
        (void)dup2(log, STDERR_FILENO);
        measure(l, shared);
        _exit(0);
    }
    good = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    *out = *shared;
    read_log(log, out->line, sizeof out->line);
    if (!good)
        fprintf(stderr, "%s\n", out->line);
    (void)munmap(shared, sizeof *shared);
    (void)close(log);
    return good;
}
