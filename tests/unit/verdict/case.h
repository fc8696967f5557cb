/* One invented message with its evidence, which the tests of this folder vary. */
#ifndef ASSAY_TESTS_VERDICT_CASE_H
#define ASSAY_TESTS_VERDICT_CASE_H

#include "unit.h"

#include "policy/judge.h"

struct verdict_case {
    struct conn conn;
    struct message m;
    struct evidence e;
    struct verdict v;
    struct config c;
    struct given g;
    struct dmarc_record record;
    struct dkim_signature sig[2];
};

static inline void case_header(struct verdict_case *k, const char *name, const char *value)
{
    const struct message_bounds max = {1000, 1 << 20};

    assert_int_equal(message_add_header(&k->m, str_of(name), str_of(value), &max), RC_OK);
}

static inline void case_begin(struct verdict_case *k)
{
    *k = (struct verdict_case){
        .conn = {.helo = "mail.esp.example", .name = "mail7.esp.example"},
        .c = {.authserv_id = "mx.receiver.example"},
        .record = {.p = {DMARC_TAG_VALID, DMARC_P_REJECT}, .fo = "0", .rua_count = 1},
    };
    k->m = (struct message){.arena = arena_new(1 << 20), .conn = &k->conn, .queue_id = "4XyZ1q2Rz7",
                            .arrival_ms = 1795300000000, .mail_from = STR("b@bounces.esp.example")};
    assert_non_null(k->m.arena);
    assert_true(ip_parse(STR("198.51.100.7"), &k->conn.ip));
    assert_int_equal(message_add_rcpt(&k->m, STR("<desk@receiver.example>")), RC_OK);
    case_header(k, "From", " A <a@example.com>");
    case_header(k, "Message-ID", " <1@example.com>");
    k->sig[0] = (struct dkim_signature){.result = DKIM_PASS, .reason = "", .checked = true, .domain = "esp.example",
        .identity = "@esp.example", .selector = "k1", .algorithm = "rsa-sha256", .b = "abcdEFGHijklMNOP", .key_bits = 2048};
    k->sig[1] = (struct dkim_signature){.result = DKIM_FAIL, .reason = "body hash did not verify", .checked = true,
        .domain = "example.com", .identity = "x@example.com", .selector = "s1", .algorithm = "ed25519-sha256",
        .b = "abcdEFGHijXX", .key_bits = 256, .testing = true};
    k->e = (struct evidence){
        .spf = {.checked = true, .result = SPF_PASS, .domain = "bounces.esp.example", .mechanism = "ip4:198.51.100.0/24",
                .mechanism_domain = "bounces.esp.example", .explanation = "", .problem = "", .trouble_domain = "", .record = ""},
        .dkim = {.n = 2, .sig = k->sig},
        .arc = {.reason = "", .oldest_pass = -1},
        .iprev = {.result = IPREV_PASS, .name = "mail7.esp.example"},
        .dns_questions = 7, .dns_ms = 3,
    };
    k->g = (struct given){.message = &k->m, .evidence = &k->e, .config = &k->c};
    k->v = (struct verdict){.ref = "K7Q2M4ZD", .rule = "", .relay = {.by = ""}, .source = {.name = "unknown", .detail = ""},
                            .finding = {.detail = "", .next = ""}};
    k->v.dmarc = (struct dmarc_verdict){.result = DMARC_FAIL, .author_domain = "example.com", .org_domain = "example.com",
        .policy_domain = "example.com", .record_text = "v=DMARC1; p=reject; rua=mailto:d@example.com",
        .record = &k->record, .source = DMARC_SOURCE_AUTHOR, .tag = DMARC_TAG_P, .requested = DMARC_P_REJECT,
        .policy = DMARC_P_REJECT, .why = "no identifier that passed is aligned with example.com"};
}

/* What DNS holds for the invented message: the author's record as `tags` say, at example.com itself. */
static inline void case_publish(struct verdict_case *k, const char *tags)
{
    struct dmarc_walk *w = &k->e.dmarc.author[0].walk;
    char mem[200];
    struct strbuf b = STRBUF_ON(mem);

    strbuf_putf(&b, "v=DMARC1; %s", tags);
    assert_int_equal(dmarc_record_parse(k->m.arena, strbuf_str(&b), &k->record), RC_OK);
    k->e.dmarc = (struct dmarc_evidence){.author_count = 1, .author[0].domain = "example.com"};
    *w = (struct dmarc_walk){.start = "example.com", .complete = true, .n = 2};
    w->step[0] = (struct dmarc_step){.domain = "example.com", .record = &k->record, .text = "", .why = ""};
    w->step[1] = (struct dmarc_step){.domain = "com", .text = "", .why = ""};
}

/* Judges it; `v` gets the verdict.  All lives as long as the case. */
static inline struct judgement *case_judge(struct verdict_case *k)
{
    struct judgement *j = arena_alloc(k->m.arena, sizeof *j);

    assert_non_null(j);
    assert_int_equal(judge(k->m.arena, &k->g, j), RC_OK);
    k->v = j->verdict;
    return j;
}

static inline void case_end(struct verdict_case *k)
{
    arena_free(k->m.arena);
}

#endif
