/* What people paste: bounces of ours and of others, log lines, headers. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desk/pasted_story.h"

/* What is found to search by: kind and text of each. */
static void keys(void **state)
{
    static const struct { const char *name, *text, *want; } rows[] = {
        {"our own bounce", "550 5.7.22 acme.example's DMARC policy rejects it: sent through SendGrid, which does not sign for "
         "acme.example; reference K7Q2M4ZD; see https://help.example/", "ref=K7Q2M4ZD "},
        {"read out", "he says reference: k7q2m4zd", "ref=k7q2m4zd "},
        {"a log line", "Nov 22 10:30:00 mx assay-milter[12]: 4XyZ1q2Rz7: dmarc=fail from=a.example ref=K7Q2M4ZD",
         "ref=K7Q2M4ZD queue-id=4XyZ1q2Rz7 "},
        {"torn by quoted-printable", "...; reference K7Q2=\r\nM4ZD; see", "ref=K7Q2M4ZD "},
        {"quoted and in HTML", "> <b>reference</b> <i>K7Q2M4ZD</i>.", "ref=K7Q2M4ZD "},
        {"the sure one first", "ERRATA22 X8X8X8X8 reference K7Q2M4ZD", "ref=K7Q2M4ZD ref=ERRATA22 ref=X8X8X8X8 "},
        {"what the MTA said", "250 2.0.0 Ok: queued as 4XyZ1q2Rz7", "queue-id=4XyZ1q2Rz7 "},
        {"a header", "From: Ann <ann@A.example>\nMessage-ID:\n <x1@a.example>\nSubject: hello\n",
         "message-id=<x1@a.example> message-id=ann@A.example "}, /* an address looks alike */
        {"nothing", "the mail did not arrive, please help", ""},
        {"words of eight letters", "Please received mountain", ""},
        {"queue ids by their looks", "4cFy6b1q2Rz7: client=x, then 0A1B2C3D4E: removed",
         "queue-id=4cFy6b1q2Rz7 queue-id=0A1B2C3D4E "},
        {"in angle brackets", "it was <9f3a@x> and again Message-ID <9f3a@x>", "message-id=9f3a@x "},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct pasted p;
        char got[400];
        struct strbuf b = STRBUF_ON(got);

        assert_int_equal(pasted_read(a, str_of(row->text), &p), RC_OK);
        for (size_t i = 0; i < p.key_count; i++)
            strbuf_putf(&b, "%s=%s ", enum_name(&store_key_names, (int)p.key[i].kind), p.key[i].text);
        if (strcmp(got, row->want) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", row->name, got, row->want);
        arena_free(a);
    }
}

/* Addresses, hosts and domains, by which many may be found, in that order, each once. */
static void names(void **state)
{
    static const struct { const char *name, *want; } rows[] = {
        {"Nov 24 mx postfix/smtpd[1]: 4cFy6b1q2Rz7: client=mail198.mcsv.net[198.51.100.57]",
         "ip=198.51.100.57 domain=mail198.mcsv.net "},
        {"<ann@Acme.example>: host mx.other.example[2001:db8::1] said: 550 5.7.26 unauthenticated; for ann@acme.example",
         "address=ann@acme.example ip=2001:db8::1 domain=mx.other.example "},
        {"550-5.7.515 Access denied, sending domain ACME.EXAMPLE", "domain=acme.example "},
        {"nothing here, really.", ""}, {"192.0.2.999 1.2.3", ""}, {"<script>alert(1)</script>", ""},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct pasted p;
        char got[400];
        struct strbuf b = STRBUF_ON(got);

        assert_int_equal(pasted_read(a, str_of(row->name), &p), RC_OK);
        for (size_t i = 0; i < p.name_count; i++)
            strbuf_putf(&b, "%s=%s ", enum_name(&store_key_names, (int)p.name[i].kind), p.name[i].text);
        if (strcmp(got, row->want) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", row->name, got, row->want);
        arena_free(a);
    }
}

/* No more names than there is room for. */
static void many_names(void **state)
{
    struct arena *a = arena_new(1 << 20);
    char text[20000];
    struct pasted p;
    size_t at = 0;

    (void)state;
    for (int i = 0; at + 20 < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "d%d.example ", i);
    assert_int_equal(pasted_read(a, (struct str){text, at}, &p), RC_OK);
    assert_int_equal(p.name_count, PASTED_NAMES_MAX);
    arena_free(a);
}

/* Refusals of others lead to receiver, codes, domain, cause and playbook. */
static void bounces(void **state)
{
    static const struct { const char *text, *receiver, *code, *domain; enum cause cause; enum playbook playbook; } rows[] = {
        {"550 5.7.515 Access denied, sending domain ACME.EXAMPLE does not meet the required authentication level. The "
         "sender's domain in the 5322.From address doesn't meet the authentication requirements defined for the sender. "
         "Spf= Fail , Dkim= Pass , DMARC= Fail [x.prod.outlook.com]",
         "Microsoft (Outlook.com, Hotmail)", "550 5.7.515", "acme.example", CAUSE_DKIM_UNALIGNED, PLAYBOOK_MISALIGN},
        {"550 5.7.515 Access denied, sending domain acme.example does not meet the required authentication level. "
         "Spf= Pass , Dkim= Fail , DMARC= Fail", "Microsoft (Outlook.com, Hotmail)", "550 5.7.515", "acme.example",
         CAUSE_DKIM_ABSENT, PLAYBOOK_DKIM_FAIL},
        {"550 5.7.509 Access denied, sending domain [acme.example] does not pass DMARC verification and has a DMARC policy of "
         "reject.", "Microsoft 365", "550 5.7.509", "acme.example", CAUSE_DKIM_UNALIGNED, PLAYBOOK_MISALIGN},
        {"550-5.7.26 Unauthenticated email from acme.example is not accepted due to domain's\n550-5.7.26 DMARC policy. Please "
         "contact the administrator of acme.example domain if\n550 5.7.26 this was a legitimate mail. gsmtp",
         "Google", "550 5.7.26", "acme.example", CAUSE_DKIM_UNALIGNED, PLAYBOOK_MISALIGN},
        {"550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n550-5.7.26 Gmail requires all senders "
         "to authenticate with either SPF or DKIM.\n550-5.7.26 Authentication results:\n550-5.7.26 DKIM = did not pass\n"
         "550-5.7.26 SPF [acme.example] with ip: [192.0.2.1] = did not pass\n550 5.7.26 gsmtp",
         "Google", "550 5.7.26", "", CAUSE_DKIM_ABSENT, PLAYBOOK_DKIM_FAIL},
        {"421-4.7.32 Your email has been rate limited because the From: header (RFC5322) in this message isn't aligned with "
         "either the authenticated SPF or DKIM organizational domain. gsmtp",
         "Google", "421 4.7.32", "", CAUSE_DKIM_UNALIGNED, PLAYBOOK_MISALIGN},
        {"550-5.7.27 Your email has been blocked because SPF did not pass. gsmtp", "Google", "550 5.7.27", "",
         CAUSE_SPF_NO_INCLUDE, PLAYBOOK_SPF_FAIL},
        {"554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes",
         "Yahoo", "554 5.7.9", "", CAUSE_DKIM_UNALIGNED, PLAYBOOK_MISALIGN},
        {"550 5.7.23 The message was rejected because of Sender Policy Framework violation", "Microsoft 365", "550 5.7.23", "",
         CAUSE_SPF_NO_INCLUDE, PLAYBOOK_SPF_FAIL},
        {"554 5.7.1 Your message was rejected due to acme.example's DMARC policy. See icloud.com",
         "Apple (iCloud)", "554 5.7.1", "acme.example", CAUSE_DKIM_UNALIGNED, PLAYBOOK_MISALIGN},
        {"said: 550 5.7.1 Email rejected per DMARC policy for acme.example (in reply to end of DATA command)",
         "the receiver", "550 5.7.1", "acme.example", CAUSE_DKIM_UNALIGNED, PLAYBOOK_MISALIGN},
        {"550 5.1.1 <x@b.example>: Recipient address rejected: User unknown", "the receiver", "550 5.1.1", "", CAUSE_NONE,
         PLAYBOOK_NONE},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct pasted p;
        const struct bounce_text *b = &p.bounce;

        assert_int_equal(pasted_read(a, str_of(row->text), &p), RC_OK);
        if (b->receiver == NULL || strcmp(b->receiver, row->receiver) != 0 || strcmp(b->code, row->code) != 0)
            fail_msg("%s: %s, %s", row->text, b->receiver, b->code);
        if (row->domain[0] != '\0' && strcmp(b->domain, row->domain) != 0)
            fail_msg("%s: domain %s", row->text, b->domain);
        if (b->cause != row->cause || b->playbook != row->playbook)
            fail_msg("%s: cause %s", row->text, enum_name(&cause_names, (int)b->cause));
        arena_free(a);
    }
}

/* No bounce: there is no code, or what looks like one is part of something else. */
static void no_bounces(void **state)
{
    static const char *const rows[] = {"", "acme.example", "version 10.5.7.26.1", "call 555 1234 about DMARC", "5.7", "5.7.26a",
                                       "x5.7.26", "the 550th message", "I paid 550 dollars"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *a = arena_new(1 << 20);
        struct pasted p;

        assert_int_equal(pasted_read(a, str_of(rows[i]), &p), RC_OK);
        if (p.bounce.receiver != NULL)
            fail_msg("%s: %s", rows[i], p.bounce.code);
        arena_free(a);
    }
}

static void headers(void **state)
{
    static const struct { const char *text, *author; size_t said; enum cause cause; } rows[] = {
        {"Authentication-Results: mx.google.com;\r\n       dkim=pass header.i=@esp.example header.s=k1 header.b=abc;\r\n"
         "       spf=pass (google.com: domain of b@esp.example designates 192.0.2.1) smtp.mailfrom=b@esp.example;\r\n"
         "       dmarc=fail (p=REJECT sp=REJECT dis=NONE) header.from=acme.example\r\nFrom: A <a@acme.example>\r\n\r\n",
         "acme.example", 1, CAUSE_DKIM_UNALIGNED},
        {"Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=x.example; dkim=fail (body hash did not "
         "verify) header.d=acme.example;dmarc=fail action=none header.from=acme.example;compauth=fail reason=001",
         "acme.example", 1, CAUSE_DKIM_BROKEN},
        {"> ARC-Authentication-Results: i=1; mx.b.example; dmarc=pass header.from=acme.example\n", "acme.example", 1, CAUSE_NONE},
        {"Authentication-Results: mx.b.example; spf=fail smtp.mailfrom=acme.example; dkim=none;\ndmarc=fail "
         "header.from=acme.example\nSubject: broken anew by a mail program\n", "acme.example", 1, CAUSE_UNAUTHORIZED},
        {"Authentication-Results: mx.b.example; none\n", "", 0, CAUSE_NONE},
        {"Authentication-Results: ;;;;\n", "", 0, CAUSE_NONE},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 20);
        struct pasted p;

        assert_int_equal(pasted_read(a, str_of(row->text), &p), RC_OK);
        if (p.said_count != row->said || strcmp(p.author, row->author) != 0 || p.cause != row->cause)
            fail_msg("%s: %zu, %s, %s", row->text, p.said_count, p.author, enum_name(&cause_names, (int)p.cause));
        arena_free(a);
    }
}

/* Whatever is pasted: no escape reaches the terminal, and it takes no longer than its length. */
static void hostile(void **state)
{
    enum { N = 1024 * 1024 };
    char *text = malloc(N + 1), *shown = NULL;
    static const char *const bits[] = {"spf=", "reference ", "\x1b[2J\nAuthentication-Results: a;dkim=pass header.d=\x1b[31m;\n",
                                       "550 5.7.26 dmarc domain \x1b]0;x\x07 ", "=\n", "a=", "5.7.", "From: @@@@"};

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
        struct arena *a = arena_new(64 << 20);
        const struct pasted_around around = {.authserv_id = "mx.example"};
        struct pasted p;
        size_t n = strlen(bits[i]), size = 0;
        FILE *f = open_memstream(&shown, &size);

        for (size_t j = 0; j < N; j++)
            text[j] = bits[i][j % n];
        assert_int_equal(pasted_read(a, (struct str){text, N}, &p), RC_OK);
        pasted_print(&(struct sheet){.a = a, .to = f}, &p, &around);
        assert_int_equal(fclose(f), 0);
        assert_null(memchr(shown, '\x1b', size));
        free(shown);
        arena_free(a);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys), cmocka_unit_test(names), cmocka_unit_test(many_names),
                                       cmocka_unit_test(bounces), cmocka_unit_test(no_bounces),
                                       cmocka_unit_test(headers), cmocka_unit_test(hostile)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
