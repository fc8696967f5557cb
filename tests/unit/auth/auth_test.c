#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/auth.h"
#include "base/clock.h"
#include "mail/eml.h"
#include "peer.h"
#include "policy/judge.h"

/*
 * One message, relayed by a list, from the first header field to the log
 * line: whole/relayed.eml over whole/relayed.zone, where SPF, DKIM, ARC, iprev
 * and DMARC all pass.
 */

enum { TEXT_MAX = 16 * 1024, AMPLE = 4 << 20 };

static struct dns *dns;
static char text[TEXT_MAX];
static size_t text_size;

static const char *fixture(const char *name, char path[static 1024])
{
    const char *srcdir = getenv("srcdir");
    struct strbuf b = strbuf_on(path, 1024);

    strbuf_putf(&b, "%s/tests/unit/auth/whole/%s", srcdir == NULL ? "." : srcdir, name);
    return path;
}

static int start(void **state)
{
    struct err e = ERR_NONE;
    char path[1024];
    FILE *f = fopen(fixture("relayed.eml", path), "rb");

    (void)state;
    if (f == NULL || auth_init(&e) != RC_OK)
        return -1;
    text_size = fread(text, 1, sizeof text, f);
    (void)fclose(f);
    dns = dns_open_zone(fixture("relayed.zone", path), &e);
    return dns == NULL ? -1 : 0;
}

static int stop(void **state)
{
    (void)state;
    auth_shutdown();
    dns_close(dns);
    return 0;
}

/* A message and all that is made of it. */
struct way {
    struct conn conn;
    struct message m;
    struct auth *auth;
    struct evidence evidence;
    struct verdict verdict;
    bool decided; /* that stands, whatever memory was left for the rest */
    struct judgement judgement;
    char line[1001];
};

static const struct config usual = {
    .authserv_id = "mx.receiver.example", .dns_timeout = 5, .max_signatures = 10, .min_key_bits = 1024,
    .max_author_domains = 1, .iprev = true, .reject_malformed_from = true,
};

static void feed(void *ctx, struct str piece)
{
    auth_body(ctx, piece);
}

/* What the daemon does between MAIL and the end of the header, in an arena of `limit` bytes. */
static struct str receive(struct way *w, size_t limit, struct str from)
{
    static const struct message_bounds bounds = {1000, 1 << 20};
    struct str body = STR_NONE;
    struct err e = ERR_NONE;

    *w = (struct way){.conn = {.helo = "mail.list.example", .name = "mail.list.example"}};
    assert_true(ip_parse(STR("198.51.100.7"), &w->conn.ip));
    w->m = (struct message){.arena = arena_new(limit), .conn = &w->conn, .arrival_ms = INT64_C(1700000100000)};
    assert_non_null(w->m.arena);
    w->m.mail_from = message_path(w->m.arena, from);
    (void)message_add_rcpt(&w->m, STR("<desk@receiver.example>"));
    assert_int_equal(eml_read((struct str){text, text_size}, &w->m, &bounds, &body, &e), RC_OK);
    return body;
}

/* RC_OK when a verdict came of it. */
static enum rc walk(struct way *w, struct str body, const struct config *c)
{
    struct given given = {.message = &w->m, .evidence = &w->evidence, .config = c};
    struct strbuf line = STRBUF_ON(w->line);
    struct err e = ERR_NONE;
    enum rc rc = auth_begin(&w->auth, &w->m, c, dns, &e);

    assert_int_equal(rc == RC_OK, w->auth != NULL);
    if (rc == RC_OK)
        rc = auth_header(w->auth, &e);
    if (rc != RC_OK) {
        assert_true(e.text[0] != '\0');
        return rc;
    }
    eml_body(body, feed, w->auth);
    auth_finish(w->auth, &w->evidence);
    rc = verdict_decide(w->m.arena, &given, &w->verdict);
    w->decided = rc == RC_OK;
    if (rc == RC_OK)
        rc = judge(w->m.arena, &given, &w->judgement);
    if (rc == RC_OK) {
        judge_done(&w->judgement, &w->judgement.actions, 1);
        logline_make(w->m.arena, &w->judgement.record, &line);
    }
    return rc;
}

static void leave(struct way *w)
{
    auth_free(w->auth);
    arena_free(w->m.arena);
}

static void all_passes(void **state)
{
    struct way w;

    (void)state;
    assert_int_equal(walk(&w, receive(&w, AMPLE, STR("<ada@author.example>")), &usual), RC_OK);
    assert_int_equal(w.evidence.spf.result, SPF_PASS);
    assert_string_equal(w.evidence.spf.leaf, "ip4:198.51.100.7");
    assert_int_equal(w.evidence.dkim.n, 1);
    assert_int_equal(w.evidence.dkim.sig[0].result, DKIM_PASS);
    assert_int_equal(w.evidence.arc.result, ARC_PASS);
    assert_int_equal(w.evidence.iprev.result, IPREV_PASS);
    assert_string_equal(w.evidence.iprev.name, "mail.list.example");
    assert_int_equal(w.judgement.verdict.dmarc.result, DMARC_PASS);
    assert_true(w.judgement.verdict.dmarc.spf_aligned && w.judgement.verdict.dmarc.dkim_aligned);
    assert_int_equal(w.m.limits, 0);
    assert_int_equal(w.judgement.record.forged_headers, 1);
    assert_true(str_starts_nocase(str_of(w.line), STR("dmarc=pass from=news.author.example policy=reject")));
    leave(&w);
}

static void client_unknown_or_iprev_off(void **state)
{
    struct config quiet = usual;
    struct str body;
    struct way w;

    (void)state;
    quiet.iprev = false;
    assert_int_equal(walk(&w, receive(&w, AMPLE, STR("<ada@author.example>")), &quiet), RC_OK);
    assert_int_equal(w.evidence.iprev.result, IPREV_NONE);
    leave(&w);
    body = receive(&w, AMPLE, STR("<ada@author.example>"));
    w.conn.ip.family = IP_NONE;
    assert_int_equal(walk(&w, body, &usual), RC_OK);
    assert_false(w.evidence.spf.checked);
    assert_int_equal(w.evidence.iprev.result, IPREV_NONE);
    assert_int_equal(w.evidence.dkim.sig[0].result, DKIM_PASS);
    assert_int_equal(w.judgement.verdict.dmarc.result, DMARC_PASS);
    leave(&w);
}

/* No memory is a trouble of ours: it must never look like a fault of the sender's. */
static void judge_starved(const struct way *w, enum rc rc, size_t limit)
{
    const struct evidence *e = &w->evidence;
    bool good = rc == RC_OK || rc == RC_NOMEM || rc == RC_LIMIT;

    if (rc == RC_OK)
        good = w->judgement.actions.n > 0 && w->line[0] != '\0';
    if (w->decided) {
        good = good && (w->verdict.dmarc.result == DMARC_PASS || w->verdict.dmarc.result == DMARC_TEMPERROR);
        good = good && (rc != RC_OK || w->judgement.verdict.disposition == DISPOSITION_NONE);
        good = good && (e->spf.result == SPF_PASS || e->spf.result == SPF_TEMPERROR);
        for (size_t i = 0; i < e->dkim.n; i++)
            good = good && e->dkim.sig[i].result != DKIM_FAIL && e->dkim.sig[i].result != DKIM_PERMERROR;
    }
    if (!good)
        print_error("arena of %zu bytes, rc %d: dmarc=%s, %s; %s\n", limit, (int)rc,
                    enum_name(&dmarc_result_names, (int)w->verdict.dmarc.result), w->verdict.dmarc.why, w->line);
    assert_true(good);
}

static void every_size_of_arena(void **state)
{
    size_t lines = 0, unknown = 0, enough;
    struct way w;

    (void)state;
    assert_int_equal(walk(&w, receive(&w, AMPLE, STR("<ada@author.example>")), &usual), RC_OK);
    enough = arena_used(w.m.arena);
    leave(&w);
    for (size_t limit = 0; limit < enough + 64; limit += 48) {
        enum rc rc = walk(&w, receive(&w, limit, STR("<ada@author.example>")), &usual);

        judge_starved(&w, rc, limit);
        lines += rc == RC_OK;
        unknown += w.decided && w.verdict.dmarc.result == DMARC_TEMPERROR;
        leave(&w);
    }
    assert_true(lines > 0 && unknown > 0);
}

/* Questions that reached the name server, once as many as `want` had time to. */
static unsigned asked(struct late *l, unsigned want)
{
    for (int i = 0; i < 100 && late_queries(l) < want; i++)
        (void)usleep(10 * 1000);
    (void)usleep(20 * 1000);
    return late_queries(l);
}

/* Each question is asked when what raises it is known, and nobody waits before the end. */
static void asks_early(void **state)
{
    static const struct {
        const char *name, *client;
        bool iprev;
        unsigned at_mail;
    } rows[] = {
        {"reverse name and SPF record", "198.51.100.7", true, 2},
        {"no iprev", "198.51.100.7", false, 1},
        {"no client", NULL, true, 0},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        char address[PEER_ADDRESS_MAX];
        struct late *server = late_start(250, address);
        const char *servers[] = {address};
        struct dns_settings settings = {.nameservers = servers, .nameserver_count = 1};
        struct err e = ERR_NONE;
        struct dns *slow = dns_open(&settings, &e);
        struct config c = usual;
        int64_t began = clock_mono_ms();
        struct way w;
        struct str body = receive(&w, AMPLE, STR("<ada@author.example>"));

        c.iprev = row->iprev;
        if (row->client == NULL)
            w.conn.ip = (struct ip){.family = IP_NONE};
        assert_int_equal(auth_begin(&w.auth, &w.m, &c, slow, &e), RC_OK);
        ASSERT_ROW(asked(server, row->at_mail) == row->at_mail, row);
        assert_int_equal(auth_header(w.auth, &e), RC_OK); /* three keys, _dmarc and _dmarc above it */
        ASSERT_ROW(asked(server, row->at_mail + 5) == row->at_mail + 5, row);
        eml_body(body, feed, w.auth);
        ASSERT_ROW(clock_mono_ms() - began < 250, row);
        auth_finish(w.auth, &w.evidence);
        ASSERT_ROW(w.evidence.dns_questions == row->at_mail + 5, row);
        ASSERT_ROW(w.evidence.dns_ms < 400, row);
        leave(&w);
        dns_close(slow);
        late_stop(server);
    }
}

/* A message that ends after MAIL has cost its questions, and nobody's time. */
static void forgets_at_once(void **state)
{
    char address[PEER_ADDRESS_MAX];
    struct late *server = late_start(-1, address);
    const char *servers[] = {address};
    struct dns_settings settings = {.nameservers = servers, .nameserver_count = 1};
    struct err e = ERR_NONE;
    struct dns *dead = dns_open(&settings, &e);
    int64_t began = clock_mono_ms();
    struct way w;

    (void)state;
    (void)receive(&w, AMPLE, STR("<ada@author.example>"));
    assert_int_equal(auth_begin(&w.auth, &w.m, &usual, dead, &e), RC_OK);
    leave(&w);
    assert_true(clock_mono_ms() - began < 200);
    assert_int_equal(dns_counts(dead).questions, 2);
    dns_close(dead);
    late_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_passes),
        cmocka_unit_test(client_unknown_or_iprev_off),
        cmocka_unit_test(every_size_of_arena),
        cmocka_unit_test(asks_early),
        cmocka_unit_test(forgets_at_once),
    };

    return cmocka_run_group_tests_name("auth", tests, start, stop);
}
