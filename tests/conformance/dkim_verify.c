/*
 * dkim_verify ZONE CHUNK [AUTHOR [alone]] - verifies the messages named on standard
 * input, one path a line, in one process, keys from ZONE.  The body is fed
 * in pieces of CHUNK bytes (0: as it comes).  One line a signature, tabs
 * between: path, result, reason, domain, selector, key bits, testing,
 * From signed, unsigned bytes, checked, what sigverify, which shares no
 * canonicalization and no cryptography with it, says of the same signature
 * ("pass" or its reason), and how many signatures of the message libopendkim
 * did not pass and sigverify did.  `alone`: nothing but the verification and
 * its result, for whoever measures it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dkim/dkim.h"
#include "dkim/sigverify.h"
#include "mail/eml.h"

enum { FILE_MAX = 32 * 1024 * 1024 };

struct feed {
    struct dkimv *v;
    size_t chunk;
};

static void feed_body(void *ctx, struct str piece)
{
    struct feed *f = ctx;

    while (piece.n > 0) {
        size_t n = f->chunk > 0 && f->chunk < piece.n ? f->chunk : piece.n;

        dkimv_body(f->v, str_slice(piece, 0, n));
        piece = str_slice(piece, n, piece.n);
    }
}

static struct str read_file(const char *path, char *buf)
{
    FILE *f = fopen(path, "rb");
    size_t n = f == NULL ? 0 : fread(buf, 1, FILE_MAX, f);

    if (f != NULL)
        (void)fclose(f);
    return (struct str){buf, n};
}

/* ---- the second opinion ---- */

enum { SECOND_MAX = 256 }; /* signatures looked at a second time */

struct second {
    struct sigverify *v;
    size_t n;
    struct dkim_sig sig[SECOND_MAX];
    const struct header *field[SECOND_MAX];
};

static bool second_begin(struct second *s, struct message *m, struct dns_scope *dns)
{
    s->n = 0;
    if (sigverify_new(&s->v, m, dns, 1024) != RC_OK)
        return false;
    for (size_t i = 0; i < m->header_count && s->n < SECOND_MAX; i++) {
        struct dkim_sig *sig = &s->sig[s->n];

        if (!str_eq_nocase(m->headers[i].name, STR("DKIM-Signature")))
            continue;
        s->field[s->n++] = &m->headers[i];
        if (dkim_sig_parse(m->arena, m->headers[i].value, DKIM_SIG_MESSAGE, sig) != RC_OK ||
            (sig->fault == DKIM_SIG_OK && sigverify_want(s->v, sig) != RC_OK))
            return false;
    }
    return true;
}

static void second_feed(void *ctx, struct str piece)
{
    sigverify_body(ctx, piece);
}

static const char *second_word(struct second *s, size_t i, int64_t now)
{
    struct sigverify_outcome outcome;

    if (i >= s->n)
        return "not looked at";
    if (s->sig[i].fault != DKIM_SIG_OK)
        return s->sig[i].why;
    if (s->sig[i].has_expiry && (uint64_t)now > s->sig[i].expiry)
        return "signature expired";
    sigverify_message(s->v, &s->sig[i], s->field[i], &outcome);
    return outcome.result == SIGVERIFY_PASS ? "pass" : outcome.reason;
}

/* ---- running ---- */

static void print_evidence(const char *path, const struct dkim_evidence *ev, struct second *second, int64_t now,
                           uint64_t differ)
{
    if (ev->n == 0)
        printf("%s\tnone\n", path);
    for (size_t i = 0; i < ev->n; i++) {
        const struct dkim_signature *s = &ev->sig[i];

        printf("%s\t%s\t%s\t%s\t%s\t%u\t%d\t%d\t%llu\t%d\t%s\t%d\n", path, enum_name(&dkim_result_names, (int)s->result),
               s->reason, s->domain, s->selector, s->key_bits, s->testing, s->from_signed,
               (unsigned long long)s->unsigned_bytes, s->checked, second == NULL ? "" : second_word(second, i, now), (int)differ);
    }
}

static bool verify(const char *path, struct str text, struct dns *dns, size_t chunk, const char *author,
                   bool alone)
{
    const struct message_bounds bounds = {.headers = 100000, .header_bytes = 8 << 20};
    const struct dkimv_limits limits = {.signatures = 10, .min_key_bits = 1024, .author = author};
    struct message m = {.arena = arena_new(64 << 20), .arrival_ms = clock_wall_ms()};
    struct dns_scope *scope = dns_scope_new(dns, 5000);
    struct err e = ERR_NONE;
    struct feed f = {.chunk = chunk};
    struct dkim_evidence ev = {.n = 0};
    struct second *second = alone ? NULL : arena_alloc(m.arena, sizeof *second);
    uint64_t differ = dkimv_counts().differ;
    struct str body;
    bool ok = eml_read(text, &m, &bounds, &body, &e) == RC_OK &&
              dkimv_begin(&f.v, &m, &limits, scope, &e) == RC_OK &&
              (second == NULL || second_begin(second, &m, scope));

    if (ok && f.v != NULL) {
        if (dkimv_wants_body(f.v))
            eml_body(body, feed_body, &f);
        dkimv_finish(f.v, &ev);
    }
    if (ok && f.v != NULL && second != NULL) {
        eml_body(body, second_feed, second->v);
        sigverify_body_end(second->v);
    }
    if (ok)
        print_evidence(path, &ev, second, m.arrival_ms / 1000, dkimv_counts().differ - differ);
    else
        fprintf(stderr, "dkim_verify: %s: %s\n", path, e.text);
    if (second != NULL)
        sigverify_free(second->v);
    dkimv_free(f.v);
    dns_scope_free(scope);
    arena_free(m.arena);
    return ok;
}

int main(int argc, char **argv)
{
    struct err e = ERR_NONE;
    char path[4096], *buf = malloc(FILE_MAX);
    struct dns *dns = argc < 3 ? NULL : dns_open_zone(argv[1], &e);
    bool ok = true;

    if (dns == NULL || buf == NULL || dkimv_init(&e) != RC_OK) {
        fprintf(stderr, "dkim_verify: %s\n", argc < 3 ? "usage: dkim_verify ZONE CHUNK [AUTHOR [alone]]" : e.text);
        return 1;
    }
    while (fgets(path, sizeof path, stdin) != NULL) {
        path[strcspn(path, "\n")] = '\0';
        ok = verify(path, read_file(path, buf), dns, (size_t)strtoul(argv[2], NULL, 10),
                    argc > 3 ? argv[3] : NULL, argc > 4) && ok;
    }
    dkimv_shutdown();
    dns_close(dns);
    free(buf);
    return ok ? 0 : 1;
}
