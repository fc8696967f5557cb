/*
 * The mail that goes out, byte for byte, and bounces read.  After a change of the form:
 * make check TESTS=tests/unit/post/mime_test ASSAY_UPDATE=1 writes the golden files anew.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "post/mime.h"

static const struct mime_mail plain = {
    .from_name = "", .from = "dmarc@receiver.example", .to = "r@p.example",
    .subject = "Report Domain: p.example Submitter: receiver.example Report-ID: <0123456789abcdef0123456789abcdef>",
    .message_id = "0123.key@receiver.example", .boundary = "abcdefghijklmnopqrstuvwxyz", .date_s = 1795300000,
    .text = "This is a report.\n.\nFrom here on\n",
};

static char *path_of(const char *name)
{
    const char *srcdir = getenv("srcdir");
    char *path;

    assert_true(asprintf(&path, "%s/tests/unit/post/mail/%s", srcdir == NULL ? "." : srcdir, name) > 0);
    return path;
}

static struct str read_file(struct arena *a, const char *name)
{
    char *path = path_of(name), *bytes = arena_alloc(a, 1 << 20);
    FILE *f = fopen(path, "rb");
    size_t n = f == NULL ? 0 : fread(bytes, 1, 1 << 20, f);

    if (f != NULL)
        (void)fclose(f);
    free(path);
    return (struct str){bytes, n};
}

static void update(const char *name, struct str bytes)
{
    char *path = path_of(name);
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, f), bytes.n);
    assert_int_equal(fclose(f), 0);
    free(path);
}

static void assert_golden(struct arena *a, const char *name, struct str got)
{
    if (getenv("ASSAY_UPDATE") != NULL)
        update(name, got);
    if (!str_eq(got, read_file(a, name)))
        fail_msg("%s differs from:\n%.*s", name, STR_FMT(got));
}

/* SMTP's and RFC 5322's bounds hold for all that we write. */
static void assert_lines(struct str mail)
{
    while (mail.n > 0) {
        size_t end = str_find(mail, '\n');

        assert_true(end < mail.n && end > 0 && mail.p[end - 1] == '\r' && end <= 999);
        assert_true(str_is_ascii(str_slice(mail, 0, end)));
        assert_int_equal(str_find(str_slice(mail, 0, end - 1), '\r'), end - 1);
        mail = str_slice(mail, end + 1, mail.n);
    }
}

static void aggregate(void **state)
{
    static const char bytes[] = "\x1f\x8b\0\0gzip\xff\xfe.\r\n.\n";
    static const char long_name[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
        "bbbbbbbbbbbbbbbb.receiver.example!cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.p.example"
        "!1795219200!1795305599.xml.gz";
    struct arena *a = arena_new(1 << 24);
    struct mime_mail mail = plain;
    struct err e = ERR_NONE;
    struct str got;

    (void)state;
    assert_int_equal(mime_aggregate(a, &mail, "receiver.example!p.example!1795219200!1795305599.xml.gz",
                                    (struct str){bytes, sizeof bytes - 1}, &got, &e), RC_OK);
    assert_lines(got);
    assert_golden(a, "aggregate.eml", got);
    mail.from_name = "B\xc3\xbc" "cher, \"Rein\" & S\xc3\xb6hne";
    mail.text = "F\xc3\xbcr B\xc3\xbc" "cher.\n";
    mail.subject = "Report Domain: "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.p.example"
        " Submitter: cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.receiver.example Report-ID: <0123>";
    assert_int_equal(mime_aggregate(a, &mail, long_name, STR("<feedback/>"), &got, &e), RC_OK);
    assert_lines(got);
    assert_golden(a, "aggregate-long.eml", got);
    assert_int_equal(mime_aggregate(a, &plain, "r!p!1!2.xml", STR("<feedback/>\n"), &got, &e), RC_OK);
    assert_lines(got);
    assert_golden(a, "aggregate-xml.eml", got);
    arena_free(a);
}

static void failure(void **state)
{
    struct arena *a = arena_new(1 << 24);
    struct mime_mail mail = plain;
    struct err e = ERR_NONE;
    struct str got;

    (void)state;
    mail.subject = "DMARC failure report for p.example";
    assert_int_equal(mime_failure(a, &mail, "Feedback-Type: auth-failure\nVersion: 1\n",
                                  "From: k3v9q2xa@p.example\nSubject: invoice\n --abcdefghijklmnopqrstuvwxy\n", &got, &e),
                     RC_OK);
    assert_lines(got);
    assert_golden(a, "failure.eml", got);
    arena_free(a);
}

/* "dsn failed status | diagnostic | recipients" */
static const char *read_back(struct arena *a, struct str message)
{
    struct strbuf b = strbuf_new(a, 4000);
    struct err e = ERR_NONE;
    struct mime_bounce m;

    if (mime_read_bounce(a, message, &m, &e) != RC_OK)
        return e.text[0] == '\0' ? "error" : "limit";
    strbuf_putf(&b, "%s %s %s | %s |", m.dsn ? "dsn" : "-", m.failed ? "failed" : "-", m.status, m.diagnostic);
    for (size_t i = 0; i < m.recipients; i++)
        strbuf_putf(&b, " %s", m.recipient[i]);
    return b.p;
}

#define HEAD "To: <b+k@r.example>\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
#define STATUS(fields) HEAD "--x\n\nsorry\n--x\nContent-Type: message/delivery-status\n\n" fields "\n--x--\n"
#define MTA "Reporting-MTA: dns; mx.example\n\n"

static void bounces(void **state)
{
    static const struct { const char *name, *message, *want; } rows[] = {
        {"failed", STATUS(MTA "Final-Recipient: rfc822; r@p.example\nAction: failed\nStatus: 5.1.1\n"
                          "Diagnostic-Code: smtp; 550 5.1.1 no\n such user\n"),
         "dsn failed 5.1.1 | smtp; 550 5.1.1 no\\x0a such user | b+k@r.example"},
        {"delayed", STATUS(MTA "Action: delayed\nStatus: 4.4.1\n"), "dsn - 4.4.1 |  | b+k@r.example"},
        {"delivered", STATUS(MTA "Action: delivered\nStatus: 2.0.0\n"), "dsn - 2.0.0 |  | b+k@r.example"},
        {"the second of two failed", STATUS(MTA "Action: delayed\nStatus: 4.4.1\n\nAction: failed\nStatus: 5.2.1\n"),
         "dsn failed 5.2.1 |  | b+k@r.example"},
        {"any case, odd spacing", STATUS(MTA "ACTION :  FAILED (really)\nstatus:5.0.0 (x)\n"),
         "dsn failed 5.0.0 (x) |  | b+k@r.example"},
        {"no status part", HEAD "--x\n\nsorry\n--x--\n", "- -  |  | b+k@r.example"},
        {"no report-type", "To: b+k@r.example\nContent-Type: multipart/report; boundary=x\n\n--x\n"
                           "Content-Type: message/delivery-status\n\nAction: failed\n--x--\n", "- -  |  | b+k@r.example"},
        {"a holiday", "To: b+k@r.example\nSubject: away\n\nAction: failed\nStatus: 5.1.1\n", "- -  |  | b+k@r.example"},
        {"three fields name recipients", "X-Original-To: a@x\nDelivered-To: b@x\nTo: C D <c@x>, g: d@x, e@x;, f@x\n\n",
         "- -  |  | a@x b@x c@x f@x"},
        {"nothing", "", "- -  |  |"},
        {"not a message", "\x01\x02\xff", "- -  |  |"},
        {"control bytes in a diagnostic", STATUS("Action: failed\nStatus: 5.1.1\nDiagnostic-Code: a\x1b[2J\xff\n"),
         "dsn failed 5.1.1 | a\\x1b[2J\\xff | b+k@r.example"},
    };

    (void)state;
    FOR_ROWS(row, rows) {
        struct arena *a = arena_new(1 << 22);
        const char *got = read_back(a, str_of(row->message));

        if (strcmp(got, row->want) != 0)
            print_error("row \"%s\": %s\n", row->name, got);
        assert_string_equal(got, row->want);
        arena_free(a);
    }
}

static void large(void **state)
{
    struct arena *a = arena_new(1 << 22);
    char *bytes = calloc(1, MIME_BOUNCE_MAX + 1);

    (void)state;
    memset(bytes, 'a', MIME_BOUNCE_MAX + 1);
    assert_string_equal(read_back(a, (struct str){bytes, MIME_BOUNCE_MAX + 1}), "limit");
    assert_string_equal(read_back(a, (struct str){bytes, MIME_BOUNCE_MAX}), "- -  |  |");
    free(bytes);
    arena_free(a);
}

static int set_up(void **state)
{
    (void)state;
    mime_init();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aggregate), cmocka_unit_test(failure), cmocka_unit_test(bounces), cmocka_unit_test(large),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
