#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/archive.h"
#include "incoming/incoming.h"
#include "incoming/sandbox.h"

#define HEAD "<feedback><report_metadata><org_name>R</org_name><report_id>1</report_id><date_range><begin>1700000000</begin>" \
    "<end>1700086399</end></date_range></report_metadata><policy_published><domain>acme.example</domain><p>none</p>" \
    "</policy_published>"
#define ROW "<record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><dkim>pass</dkim><spf>fail</spf>" \
    "</policy_evaluated></row><identifiers><header_from>acme.example</header_from></identifiers></record>"
#define END "</feedback>"

struct pile {
    char *p;
    size_t n;
};

static enum rc pile_up(void *arg, struct str bytes, struct err *e)
{
    struct pile *b = arg;

    (void)e;
    b->p = realloc(b->p, b->n + bytes.n);
    assert_non_null(b->p);
    memcpy(b->p + b->n, bytes.p, bytes.n);
    b->n += bytes.n;
    return RC_OK;
}

static struct pile packed(size_t rows)
{
    struct pile p = {NULL, 0};
    struct gzip *z;

    assert_int_equal(gzip_open(pile_up, &p, &z, NULL), RC_OK);
    assert_int_equal(gzip_write(z, STR(HEAD), NULL), RC_OK);
    for (size_t i = 0; i < rows; i++)
        assert_int_equal(gzip_write(z, STR(ROW), NULL), RC_OK);
    assert_int_equal(gzip_write(z, STR(END), NULL), RC_OK);
    assert_int_equal(gzip_close(z, NULL), RC_OK);
    return p;
}

struct seen {
    size_t begun, ended, rows, stop_at;
    enum incoming_wish wish;
    enum incoming_outcome outcome;
    bool whole;
    char reason[200];
    uint8_t content[16];
};

static enum incoming_wish on_begin(void *arg, const struct incoming_report *r)
{
    struct strbuf b;
    struct seen *s = arg;

    b = STRBUF_ON(s->reason);
    strbuf_puts(&b, r->reason);
    s->begun++;
    s->outcome = r->outcome;
    if (r->aggregate != NULL)
        memcpy(s->content, r->aggregate->content, sizeof s->content);
    return s->wish;
}

static enum incoming_wish on_row(void *arg, const struct incoming_row *row)
{
    struct seen *s = arg;

    (void)row;
    return ++s->rows == s->stop_at ? INCOMING_STOP : INCOMING_GO_ON;
}

static enum incoming_wish on_end(void *arg, bool whole, const char *why)
{
    struct seen *s = arg;

    (void)why;
    s->ended++;
    s->whole = whole;
    return INCOMING_GO_ON;
}

static struct incoming_reader *reader; /* NULL: a process off this one */

static void read_it(struct str bytes, unsigned cpu_seconds, struct seen *s)
{
    static const struct incoming_taker taker = {.begin = on_begin, .row = on_row, .end = on_end};
    struct incoming_request request = {.bytes = bytes, .name = "", .arrival_s = 1800000000, .cpu_seconds = cpu_seconds,
                                       .reader = reader};

    assert_int_equal(incoming_read(&request, &taker, s, NULL), RC_OK);
}

static void wishes(void **state)
{
    struct pile p = packed(1000);
    struct seen go = {0}, skip = {.wish = INCOMING_SKIP}, stop = {.wish = INCOMING_STOP}, later = {.stop_at = 10};
    struct str bytes = {p.p, p.n};

    (void)state;
    read_it(bytes, 0, &go);
    assert_true(go.begun == 1 && go.ended == 1 && go.rows == 1000 && go.whole);
    read_it(bytes, 0, &skip);
    assert_true(skip.begun == 1 && skip.ended == 1 && skip.rows == 0);
    read_it(bytes, 0, &stop);
    assert_true(stop.begun == 1 && stop.ended == 0 && stop.rows == 0);
    read_it(bytes, 0, &later);
    assert_true(later.rows == 10 && later.ended == 0);
    free(p.p);
}

/* What takes too long is told of once, and the program that asked lives on, and its reader. */
static void too_slow(void **state)
{
    struct pile p = packed(900000);
    struct seen s = {0}, next = {0};

    (void)state;
    reader = incoming_reader_new();
    assert_non_null(reader);
    read_it((struct str){p.p, p.n}, 1, &s);
    assert_int_equal(s.begun, 1);
    assert_int_equal(s.ended, 1);
    assert_true(s.outcome == INCOMING_LIMITED || !s.whole); /* whichever reading it was in */
    read_it(STR(HEAD ROW END), 0, &next);
    assert_true(next.begun == 1 && next.ended == 1 && next.rows == 1 && next.whole);
    incoming_reader_free(reader);
    reader = NULL;
    free(p.p);
}

/* Many in one mail that take too long each: no more than four are begun, and what is behind them is said to be unread. */
static void too_slow_together(void **state)
{
    static const char part[] = "--b\nContent-Type: application/gzip\nContent-Transfer-Encoding: binary\n\n";
    struct pile p = packed(900000), mail = {NULL, 0};
    struct seen s = {0};

    (void)state;
    (void)pile_up(&mail, STR("From: r@r.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"), NULL);
    for (int i = 0; i < 20; i++) {
        (void)pile_up(&mail, STR(part), NULL);
        (void)pile_up(&mail, (struct str){p.p, p.n}, NULL);
        (void)pile_up(&mail, STR("\n"), NULL);
    }
    (void)pile_up(&mail, STR("--b--\n"), NULL);
    read_it((struct str){mail.p, mail.n}, 1, &s);
    assert_in_range(s.begun, 3, 6);
    assert_int_equal(s.ended, s.begun);
    assert_int_equal(s.outcome, INCOMING_LIMITED);
    assert_non_null(strstr(s.reason, "what stands behind it was not read"));
    free(mail.p);
    free(p.p);
}

/* One reader for many files, whatever becomes of each. */
static void many_by_one(void **state)
{
    struct pile p = packed(1000);

    (void)state;
    reader = incoming_reader_new();
    assert_non_null(reader);
    for (int i = 0; i < 20; i++) {
        struct seen good = {0}, stopped = {.stop_at = 10}, skipped = {.wish = INCOMING_SKIP}, none = {0};

        read_it((struct str){p.p, p.n}, 0, &good);
        assert_true(good.rows == 1000 && good.whole && good.outcome == INCOMING_READ);
        read_it(STR("no report"), 0, &none);
        assert_true(none.begun == 1 && none.outcome == INCOMING_NOT_A_REPORT);
        read_it((struct str){p.p, p.n}, 0, &skipped);
        assert_true(skipped.rows == 0 && skipped.ended == 1);
        if (i % 5 == 0) {
            read_it((struct str){p.p, p.n}, 0, &stopped); /* which costs the reader its template */
            assert_true(stopped.rows == 10 && stopped.ended == 0);
        }
    }
    incoming_reader_free(reader);
    reader = NULL;
    free(p.p);
}

/* The same rows in another order are the same content, one more is not. */
static void content(void **state)
{
    struct seen one = {0}, other = {0}, more = {0};

    (void)state;
    read_it(str_of(HEAD ROW "<record><row><count>2</count></row></record>" END), 0, &one);
    read_it(str_of(HEAD "<record><row><count>2</count></row></record>" ROW END), 0, &other);
    read_it(str_of(HEAD ROW ROW "<record><row><count>2</count></row></record>" END), 0, &more);
    assert_memory_equal(one.content, other.content, 16);
    assert_memory_not_equal(one.content, more.content, 16);
}

/* Tags that cost a parser the square of their length, and names without end: refused before they cost anything. */
static void squares(void **state)
{
    static char bytes[16 * 1024 * 1024];
    struct strbuf b = STRBUF_ON(bytes);
    struct seen s = {0};

    (void)state;
    strbuf_puts(&b, "<feedback><r ");
    for (int i = 0; i < 200000; i++)
        strbuf_putf(&b, "a%x=\"\" ", (unsigned)i);
    strbuf_puts(&b, "/>" END);
    read_it(strbuf_str(&b), 1, &s);
    assert_int_equal(s.outcome, INCOMING_LIMITED);
    assert_non_null(strstr(s.reason, "attributes"));
    b = STRBUF_ON(bytes);
    strbuf_puts(&b, "<feedback>");
    for (int i = 0; i < 1500000; i++)
        strbuf_putf(&b, "<e%x/>", (unsigned)i);
    strbuf_puts(&b, END);
    assert_false(b.over);
    read_it(strbuf_str(&b), 1, &s);
    assert_int_equal(s.outcome, INCOMING_LIMITED);
    assert_non_null(strstr(s.reason, "elements"));
}

/* Nothing can be opened, connected or run from inside. */
static void shut_in(void **state)
{
    int ends[2], status = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int bad = 0;

        sandbox_enter(ends[1], 10);
        bad |= open("/etc/passwd", O_RDONLY) >= 0 ? 1 : 0;
        bad |= open("/tmp/assay-sandbox-test", O_WRONLY | O_CREAT, 0600) >= 0 ? 2 : 0;
        bad |= socket(AF_INET, SOCK_STREAM, 0) >= 0 ? 4 : 0;
        bad |= write(ends[1], "x", 1) == 1 ? 0 : 8;
        bad |= write(ends[0], "x", 1) == 1 ? 16 : 0;
        bad |= malloc(1000) != NULL ? 0 : 32;
        _exit(bad);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wishes), cmocka_unit_test(too_slow), cmocka_unit_test(too_slow_together),
        cmocka_unit_test(content), cmocka_unit_test(squares),
        cmocka_unit_test(shut_in), cmocka_unit_test(many_by_one),
    };

    return cmocka_run_group_tests_name("incoming", tests, NULL, NULL);
}
