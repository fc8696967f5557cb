/* One invented message with its evidence, which the tests of this folder vary. */
#ifndef ASSAY_TESTS_VERDICT_CASE_H
#define ASSAY_TESTS_VERDICT_CASE_H

#include "unit.h"

#include "verdict/record.h"

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
    k->v = (struct verdict){.ref = "K7Q2M4ZD", .source = {.name = "unknown", .detail = ""},
                            .finding = {.detail = "", .next = ""}};
    k->v.dmarc = (struct dmarc_verdict){.result = DMARC_FAIL, .author_domain = "example.com", .org_domain = "example.com",
        .policy_domain = "example.com", .record_text = "v=DMARC1; p=reject; rua=mailto:d@example.com",
        .record = &k->record, .source = DMARC_SOURCE_AUTHOR, .tag = DMARC_TAG_P, .requested = DMARC_P_REJECT,
        .policy = DMARC_P_REJECT, .why = "no identifier that passed is aligned with example.com"};
}

static inline void case_end(struct verdict_case *k)
{
    arena_free(k->m.arena);
}

#endif
