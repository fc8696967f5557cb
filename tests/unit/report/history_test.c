#include "unit.h"

#include <string.h>

#include "report/history.h"

#define HEAD "job 4ABC\nreporter mx.example\nreceived 1795500000\nipaddr 192.0.2.7\nfrom Example.COM\nmfrom B.example\n"
#define RECORD "pdomain example.com\nrua mailto:d@example.com\nrua mailto:e@example.com\npct 100\nadkim 115\naspf 114\n" \
    "p 114\nsp 113\n"

/* Feeds all lines; the records' columns as texts, one after another. */
static const char *read_all(const char *lines, char *mem, size_t size)
{
    struct strbuf b = strbuf_on(mem, size);
    struct str rest = str_of(lines);
    const struct record *r;
    struct history *h;
    struct err e = ERR_NONE;
    bool over = false;

    assert_int_equal(history_open(&h, &e), RC_OK);
    while (!over) {
        size_t end = str_find(rest, '\n');
        enum rc rc;

        over = rest.n == 0;
        rc = over ? history_end(h, &r, &e) : history_line(h, str_slice(rest, 0, end), &r, &e);
        rest = str_slice(rest, end + 1, rest.n);
        if (rc != RC_OK)
            strbuf_putf(&b, "<%s>", e.text);
        if (r == NULL)
            continue;
        strbuf_putf(&b, "(%s %lld %s %s/%s spf=%s dkim=%s %s %s:%s p=%s sp=%s %s%s rua=%d %s %d%d %s)", r->queue_id,
                    (long long)r->time_ms, r->client_ip, r->author_domain, r->mail_from_domain, r->spf, r->dkim, r->dmarc,
                    r->policy_domain, r->requested_policy, r->policy_p, r->policy_sp, r->policy_adkim, r->policy_aspf,
                    (int)r->policy_rua, r->disposition, (int)r->dkim_aligned, (int)r->spf_aligned, r->overrides);
    }
    history_free(h);
    return b.p;
}

static void reading(void **state)
{
    static const struct {
        const char *name, *lines, *want;
    } rows[] = {
        {"a pass", HEAD "spf 0\ndkim example.com s1 0\ndkim Other.example s2 7\n" RECORD
         "policy 15\nalign_dkim 4\nalign_spf 5\narc 0\narc_policy 1 json:[]\naction 2\n",
         "(4ABC 1795500000000 192.0.2.7 example.com/b.example spf=pass"
         " dkim=pass example.com s1 -; fail Other.example s2 - pass example.com:reject p=reject sp=quarantine sr rua=2"
         " none 10 )"},
        {"refused", HEAD "spf 7\n" RECORD "policy 16\nalign_dkim 5\nalign_spf 5\naction 0\n",
         "(4ABC 1795500000000 192.0.2.7 example.com/b.example spf=fail dkim= fail example.com:reject p=reject"
         " sp=quarantine sr rua=2 reject 00 )"},
        {"not done as asked", HEAD "spf 7\n" RECORD "policy 16\nalign_dkim 5\nalign_spf 5\naction 2\n",
         "(4ABC 1795500000000 192.0.2.7 example.com/b.example spf=fail dkim= fail example.com:reject p=reject"
         " sp=quarantine sr rua=2 none 00 local_policy)"},
        {"no policy", HEAD "spf -1\npdomain example.com\npolicy 14\nrua -\npct 0\nadkim 0\naspf 0\np 0\nsp 0\naction 2\n",
         "(4ABC 1795500000000 192.0.2.7 example.com/b.example spf= dkim= none : p= sp=  rua=0 none 00 )"},
        {"two messages, the first without a sender",
         "job 1\nreceived 5\nipaddr ::1\nfrom a.example\nmfrom \naction 2\njob 2\nreceived 6\n"
         "ipaddr ::ffff:192.0.2.1\nfrom b.example\naction 2\n",
         "(1 5000 ::1 a.example/ spf= dkim= none : p= sp=  rua=0 none 00 )"
         "(2 6000 192.0.2.1 b.example/ spf= dkim= none : p= sp=  rua=0 none 00 )"},
        {"before 1.4: no selector", "job 1\nreceived 5\nipaddr ::1\nfrom a.example\ndkim a.example 0\naction 2\n",
         "(1 5000 ::1 a.example/ spf= dkim=pass a.example - - none : p= sp=  rua=0 none 00 )"},
        {"lacks lines", "job 1\njob 2\nreceived 6\nipaddr ::1\nfrom b.example\naction 2\n",
         "<line 1: a message without job, received, ipaddr or from>"
         "(2 6000 ::1 b.example/ spf= dkim= none : p= sp=  rua=0 none 00 )"},
        {"lines before the first job, and unknown ones",
         "from x\nhello world\njob 2\nreceived 6\nipaddr ::1\nfuture 1\nfrom b.example\naction 2\n",
         "(2 6000 ::1 b.example/ spf= dkim= none : p= sp=  rua=0 none 00 )"},
        {"what would break a column", "job 2\nreceived 6\nipaddr ::1\nfrom b.example\ndkim a;b c 0\ndkim \xff s 0\naction 2\n",
         "(2 6000 ::1 b.example/ spf= dkim= none : p= sp=  rua=0 none 00 )"},
        {"cut off", "job 1\nreceived 5\nipaddr ::1\nfrom a.example\np 114\n",
         "<line 1: message 1 is cut off: it has no line \"action\">"},
        {"a number that is none", "job 1\nreceived 5\nipaddr ::1\nfrom a.example\np x\naction 2\n",
         "<line 5: the number of message 1 there cannot be read>"},
        {"nothing", "", ""},
    };
    char mem[4000];

    (void)state;
    FOR_ROWS(row, rows) {
        if (strcmp(read_all(row->lines, mem, sizeof mem), row->want) != 0)
            print_error("got  %s\nwant %s\n", mem, row->want);
        ASSERT_ROW(strcmp(mem, row->want) == 0, row);
    }
}

static struct record passed(void)
{
    struct record r;

    record_blank(&r);
    r.queue_id = "4ABC";
    r.time_ms = 1795500000123;
    r.client_ip = "192.0.2.7";
    r.author_domain = r.policy_domain = "example.com";
    r.mail_from_domain = r.spf_domain = "b.example";
    r.spf = "softfail";
    r.dkim = "pass example.com s1 rsa-sha256; fail a.example s2 -";
    r.dkim_aligned = 1;
    r.dmarc = "pass";
    r.policy_p = r.policy = "reject";
    r.policy_sp = "none";
    r.policy_adkim = "s";
    r.policy_aspf = "r";
    r.policy_record = "v=DMARC1; p=reject; sp=none; adkim=s; rua=mailto:d@example.com";
    r.disposition = "none";
    r.arc = "none";
    return r;
}

static void writing(void **state)
{
    static const char want[] =
        "job 4ABC\nreporter mx.example\nreceived 1795500000\nipaddr 192.0.2.7\nfrom example.com\nmfrom b.example\n"
        "spf 2\ndkim example.com s1 0\ndkim a.example s2 7\npdomain example.com\npolicy 15\nrua mailto:d@example.com\n"
        "pct 100\nadkim 115\naspf 114\np 114\nsp 110\nalign_dkim 4\nalign_spf 5\narc 0\narc_policy 1 json:[]\naction 2\n";
    char mem[4000], small[20];
    struct strbuf b = STRBUF_ON(mem), tiny = STRBUF_ON(small);
    struct arena *a = arena_new(1 << 20);
    struct record r = passed();

    (void)state;
    assert_int_equal(history_write(a, &r, "mx.example", &b), RC_OK);
    assert_string_equal(mem, want);
    assert_int_equal(history_write(a, &r, "mx.example", &tiny), RC_LIMIT);
    assert_int_equal(tiny.n, 0);
    arena_free(a);
}

/* A record's text cannot add lines of its own; what OpenDMARC would not write is not written. */
static void writing_odd_ones(void **state)
{
    char mem[4000];
    struct arena *a = arena_new(1 << 20);

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct strbuf b = STRBUF_ON(mem);
        struct record r = passed();

        if (i == 0)
            r.dmarc = "temperror";
        else if (i == 1)
            r.policy_domain = "";
        else
            r.mail_from_domain = "x\nfrom evil.example";
        assert_int_equal(history_write(a, &r, "mx.example", &b), RC_OK);
        if (i < 2)
            assert_string_equal(mem, "");
        else
            assert_non_null(strstr(mem, "\nmfrom -\n"));
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading), cmocka_unit_test(writing), cmocka_unit_test(writing_odd_ones),
    };

    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
