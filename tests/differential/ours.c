/*
 * ours FOLDER - what we say of the cases named on standard input.
 *
 * A case is a line, tabs between: number, client address, HELO argument, MAIL
 * FROM; its message is FOLDER/NUMBER.eml, its DNS FOLDER/NUMBER.zone.  Answers
 * a line for each thing found, tabs between: number, what, and its columns.
 * One process for all of them, for speed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "mail/eml.h"
#include "verdict/verdict.h"

enum { FILE_MAX = 4 * 1024 * 1024, LINE_BYTES = 8192, COLUMNS = 4, ARENA_MAX = 32 * 1024 * 1024 };

struct bench {
    const char *folder;
    struct config *config;
    char *buf; /* FILE_MAX bytes: the message */
};

struct found {
    struct evidence evidence;
    struct verdict verdict;
};

/* ---- printing ---- */

/* Text that others chose; bytes beyond printable ASCII become "?" */
static void put(const char *text)
{
    (void)putchar('\t');
    for (; *text != '\0'; text++)
        (void)putchar(*text >= ' ' && *text <= '~' ? *text : '?');
}

static void put_row(const char *id, const char *what, const char *const *column, size_t n)
{
    (void)fputs(id, stdout);
    put(what);
    for (size_t i = 0; i < n; i++)
        put(column[i]);
    (void)putchar('\n');
}

#define PUT_ROW(id, what, ...) \
    put_row(id, what, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void print_found(const char *id, const struct found *f)
{
    const struct spf_evidence *spf = &f->evidence.spf;
    const struct dkim_evidence *dkim = &f->evidence.dkim;
    const struct dmarc_verdict *dmarc = &f->verdict.dmarc;

    PUT_ROW(id, "spf", spf->checked ? enum_name(&spf_result_names, (int)spf->result) : "unchecked", spf->explanation,
            spf->problem);
    for (size_t i = 0; i < dkim->n; i++)
        PUT_ROW(id, "dkim", enum_name(&dkim_result_names, (int)dkim->sig[i].result), dkim->sig[i].domain,
                dkim->sig[i].selector, dkim->sig[i].reason);
    PUT_ROW(id, "arc", enum_name(&arc_result_names, (int)f->evidence.arc.result), f->evidence.arc.reason);
    PUT_ROW(id, "dmarc", enum_name(&dmarc_result_names, (int)dmarc->result), dmarc->author_domain, dmarc->org_domain,
            dmarc->policy_domain, dmarc->record == NULL ? "" : enum_name(&dmarc_policy_names, (int)dmarc->policy),
            dmarc->spf_aligned ? "yes" : "no", dmarc->dkim_aligned ? "yes" : "no", dmarc->why);
}

/* ---- one case ---- */

static void feed(void *ctx, struct str piece)
{
    auth_body(ctx, piece);
}

static bool evaluate(struct message *m, struct str body, const struct bench *b, struct dns *dns, struct found *out)
{
    struct given given = {.message = m, .evidence = &out->evidence, .config = b->config};
    struct auth *auth = NULL;
    struct err e = ERR_NONE;

    if (auth_begin(&auth, m, b->config, dns, &e) != RC_OK || auth_header(auth, &e) != RC_OK) {
        auth_free(auth);
        return false;
    }
    eml_body(body, feed, auth);
    m->body_bytes = body.n;
    auth_finish(auth, &out->evidence);
    auth_free(auth);
    return verdict_decide(m->arena, &given, &out->verdict) == RC_OK;
}

/* "FOLDER/ID.end" */
static const char *path_of(const struct bench *b, const char *id, const char *end, char *buf, size_t size)
{
    (void)snprintf(buf, size, "%s/%s.%s", b->folder, id, end);
    return buf;
}

static struct str read_message(const struct bench *b, const char *id)
{
    char path[LINE_BYTES];
    FILE *f = fopen(path_of(b, id, "eml", path, sizeof path), "rb");
    size_t n = f == NULL ? 0 : fread(b->buf, 1, FILE_MAX, f);

    if (f != NULL)
        (void)fclose(f);
    return (struct str){b->buf, n};
}

static const char *run_case(const struct bench *b, const char *const *column, struct dns *dns)
{
    struct conn conn = {.helo = column[2]};
    struct message m = {.arena = arena_new(ARENA_MAX), .conn = &conn, .arrival_ms = clock_wall_ms()};
    struct message_bounds max = {b->config->max_headers, b->config->max_header_bytes};
    struct err e = ERR_NONE;
    struct found found;
    struct str body;
    const char *wrong = NULL;

    m.mail_from = message_path(m.arena, str_of(column[3]));
    if (!ip_parse(str_of(column[1]), &conn.ip))
        wrong = "no address";
    else if (eml_read(read_message(b, column[0]), &m, &max, &body, &e) != RC_OK)
        wrong = e.text;
    else if (!evaluate(&m, body, b, dns, &found))
        wrong = "out of memory";
    if (wrong == NULL)
        print_found(column[0], &found);
    else
        PUT_ROW(column[0], "error", wrong);
    arena_free(m.arena);
    return wrong;
}

/* The four columns of `line`, cut in place. */
static bool split(char *line, const char **column)
{
    size_t n = 0;

    line[strcspn(line, "\n")] = '\0';
    for (char *p = line; p != NULL && n < COLUMNS; n++) {
        char *end = strchr(p, '\t');

        if (end != NULL)
            *end = '\0';
        column[n] = p;
        p = end == NULL ? NULL : end + 1;
    }
    return n == COLUMNS;
}

static bool run_line(const struct bench *b, char *line)
{
    const char *column[COLUMNS];
    char path[LINE_BYTES];
    struct err e = ERR_NONE;
    struct dns *dns;
    bool ok;

    if (!split(line, column))
        return false;
    dns = dns_open_zone(path_of(b, column[0], "zone", path, sizeof path), &e);
    if (dns == NULL) {
        PUT_ROW(column[0], "error", e.text);
        return false;
    }
    ok = run_case(b, column, dns) == NULL;
    dns_close(dns);
    return ok;
}

int main(int argc, char **argv)
{
    static const char *const settings[] = {"AuthservID=mx.receiver.example", "IPRev=no", "Database=", "MaxSignatures=20"};
    struct bench b = {.folder = argc > 1 ? argv[1] : ".", .buf = malloc(FILE_MAX)};
    char *line = malloc(LINE_BYTES);
    struct err e = ERR_NONE;
    bool ok = true;

    if (line == NULL || b.buf == NULL || config_load(NULL, settings, 4, &b.config, &e) != RC_OK ||
        auth_init(&e) != RC_OK) {
        (void)fprintf(stderr, "ours: %s\n", e.text);
        return 1;
    }
    while (fgets(line, LINE_BYTES, stdin) != NULL)
        ok = run_line(&b, line) && ok;
    auth_shutdown();
    config_free(b.config);
    free(b.buf);
    free(line);
    return ok ? 0 : 1;
}
