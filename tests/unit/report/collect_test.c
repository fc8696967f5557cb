#include "unit.h"

#include <string.h>

#include "formats/archive.h"
#include "report/build.h"
#include "report/collect.h"
#include "samples.h"
#include "outbox/reports.h"
#include "records/messages.h"
#include "records/schema.h"

static void own_traffic(void **state)
{
    static const struct {
        const char *name, *mail_from, *rcpt;
        bool want;
    } rows[] = {
        {"a stranger's mail", "a@b.example", "user@receiver.example", false},
        {"to us", "a@b.example", "dmarc@receiver.example", true},
        {"to us among others", "", "x@receiver.example DMARC@Receiver.example", true},
        {"from us", "dmarc@receiver.example", "x@y.example", true},
        {"from a return path of ours", "dmarc+k2m4@receiver.example", "x@y.example", true},
        {"a bounce to one", "", "dmarc+k2m4@receiver.example", true},
        {"from ReportSender's extension", "bounces+k2m4@receiver.example", "x@y.example", true},
        {"to a mailbox of our rua", "noreply@peer.example", "rua@acme.example", true},
        {"from there", "rua@acme.example", "x@y.example", true},
        {"a longer name", "dmarcus@receiver.example", "xdmarc@receiver.example", false},
        {"another host", "dmarc@receiver.example.org", "dmarc@notreceiver.example", false},
        {"nothing", "", "", false},
    };
    const char *intake[] = {"other@acme.example", "rua@acme.example"};
    struct config c = {.report_email = "dmarc@receiver.example", .report_sender = "bounces@receiver.example",
                       .reports_to = {intake, 2}};
    struct config none = {.report_email = "", .report_sender = ""};

    (void)state;
    FOR_ROWS(row, rows) {
        struct record r;

        record_blank(&r);
        r.mail_from = row->mail_from;
        r.rcpt = row->rcpt;
        ASSERT_ROW(report_is_own_traffic(&c, &r) == row->want, row);
        ASSERT_ROW(!report_is_own_traffic(&none, &r), row);
    }
}

/* ---- a day, from records to the store ---- */

static const char *policy_text = "";

static void keep(struct db *d, const char *domain, const char *p, const char *rcpt, int64_t time_ms)
{
    struct record r;
    const struct record *row = &r;
    struct err e = ERR_NONE;

    record_blank(&r);
    r.time_ms = time_ms;
    r.policy_domain = r.author_domain = r.org_domain = domain;
    r.policy_p = r.requested_policy = r.policy = p;
    r.policy_adkim = r.policy_aspf = "r";
    r.policy_fo = "0";
    r.policy_testing = "n";
    r.policy_rua = 1;
    r.client_ip = "192.0.2.1";
    r.dmarc = "fail";
    r.disposition = p;
    r.rcpt = rcpt;
    r.policy_record = policy_text;
    if (messages_insert(d, &row, 1, &e) != RC_OK)
        fail_msg("%s", e.text);
}

static struct build_summary build(struct db *d, const char *domain)
{
    static const struct config c = {.report_email = "dmarc@receiver.example", .report_sender = "", .report_org = "",
                                    .report_contact = "", .report_format = FEEDBACK_RFC7489};
    struct build_request q = {.config = &c, .begin_s = 86400, .policy_domain = str_of(domain)};
    struct build_summary sum;
    struct err e = ERR_NONE;

    if (build_day(d, &q, &sum, &e) != RC_OK)
        fail_msg("%s", e.text);
    return sum;
}

static void a_day(void **state)
{
    struct scratch at = scratch_make();
    struct err e = ERR_NONE;
    struct build_summary s;
    struct db *d;

    (void)state;
    assert_int_equal(db_open_write(at.db, &records_schema, false, &d, &e), RC_OK);
    keep(d, "a.example", "none", "", 86400000);
    keep(d, "a.example", "none", "", 86400001);
    keep(d, "a.example", "reject", "", 172799999); /* its policy changed */
    keep(d, "a.example", "reject", "", 172800000); /* the next day */
    keep(d, "b.example", "none", "", 100000000);
    keep(d, "b.example", "none", "dmarc@receiver.example", 100000000);
    s = build(d, "b.example");
    assert_true(s.built == 1 && s.messages == 1 && s.excluded == 1 && s.records == 2 && s.domains == 1);
    s = build(d, "");
    assert_true(s.built == 2 && s.present == 1 && s.messages == 3 && s.rows == 2 && s.domains == 2 && s.late == 0);
    keep(d, "b.example", "none", "", 110000000);
    s = build(d, "");
    assert_true(s.built == 0 && s.present == 3 && s.late == 1 && s.refused == 0);
    db_close(d);
    scratch_remove(&at);
}

/* ---- what was wrong with the policy record ---- */

static enum rc collect_xml(void *arg, struct str bytes, struct err *e)
{
    (void)e;
    strbuf_put(arg, bytes);
    return RC_OK;
}

/* What the report about a domain says in its element error; "" without one. */
static const char *error_of(struct db *d, struct arena *a, const char *domain)
{
    struct reports_wanted w = {.policy_domain = str_of(domain)};
    struct strbuf xml = strbuf_new(a, 10000), said = strbuf_new(a, 300);
    struct err e = ERR_NONE;
    struct report *found;
    const char *from, *to;
    struct str body;
    size_t n = 0;

    assert_int_equal(reports_list(d, a, &w, 0, 2, &found, &n, &e), RC_OK);
    assert_int_equal(n, 1);
    assert_int_equal(reports_body(d, a, found[0].id, &body, &e), RC_OK);
    assert_int_equal(archive_unpack(body, 10000, collect_xml, &xml, &e), RC_OK);
    from = strstr(xml.p, "<error>");
    to = strstr(xml.p, "</error>");
    if (from != NULL && to != NULL)
        strbuf_put(&said, (struct str){from + 7, (size_t)(to - from - 7)});
    return said.p;
}

static void errors_of_records(void **state)
{
    struct scratch at = scratch_make();
    struct arena *a = arena_new(1 << 20);
    struct err e = ERR_NONE;
    struct db *d;

    (void)state;
    assert_int_equal(db_open_write(at.db, &records_schema, false, &d, &e), RC_OK);
    policy_text = "v=DMARC1; p=none";
    keep(d, "well.example", "none", "", 86400000);
    policy_text = "v=DMARC1; p=none; adkim=x";
    keep(d, "bad.example", "none", "", 86400000);
    keep(d, "bad.example", "none", "", 86400001);
    policy_text = "v=DMARC1; p=none; aspf=x"; /* later that day, under the same configuration */
    keep(d, "bad.example", "none", "", 172799999);
    policy_text = "v=DMARC1; p=none; adkim=x; fo=y"; /* of mail that no report is about */
    keep(d, "well.example", "none", "dmarc@receiver.example", 86400000);
    policy_text = "";
    keep(d, "zzz.example", "none", "", 86400000);
    (void)build(d, "");
    assert_string_equal(error_of(d, a, "well.example"), "");
    assert_string_equal(error_of(d, a, "bad.example"), "DMARC record at _dmarc.bad.example: not usable: adkim, aspf");
    assert_string_equal(error_of(d, a, "zzz.example"), "");
    db_close(d);
    arena_free(a);
    scratch_remove(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(own_traffic), cmocka_unit_test(a_day),
                                       cmocka_unit_test(errors_of_records)};

    return cmocka_run_group_tests_name("collect", tests, NULL, NULL);
}
