/* A reading process that cannot be had, or that dies between: nothing is lost, counted twice, or laid on the file. */
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "incoming/incoming.h"

#define REPORT "<feedback><report_metadata><org_name>R</org_name><report_id>1</report_id><date_range><begin>1700000000</begin>" \
    "<end>1700086399</end></date_range></report_metadata><policy_published><domain>acme.example</domain><p>none</p>" \
    "</policy_published><record><row><source_ip>192.0.2.1</source_ip><count>1</count><policy_evaluated><dkim>pass</dkim>" \
    "<spf>fail</spf></policy_evaluated></row><identifiers><header_from>acme.example</header_from></identifiers></record>" \
    "</feedback>\n"
#define REPORT_5 REPORT REPORT REPORT REPORT REPORT
#define REPORT_19 REPORT_5 REPORT_5 REPORT_5 REPORT REPORT REPORT REPORT
#define MAIL "From: a@reporter.example\nSubject: r\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
#define PART(type) "--b\nContent-Type: " type "\n\n"

/* Of this process and all that it forks. */
static struct {
    pid_t parent;
    int forks_failing, forks_failing_below; /* how many fail yet: of the first process, of those below it */
    int looks, dies_at;                     /* things that any process began to look at; it dies at that one */
} *shared;

pid_t __real_fork(void);
pid_t __wrap_fork(void);
void __real_sandbox_cpu(unsigned seconds);
void __wrap_sandbox_cpu(unsigned seconds);

pid_t __wrap_fork(void)
{
    int *failing = getpid() == shared->parent ? &shared->forks_failing : &shared->forks_failing_below;

    if (*failing == 0)
        return __real_fork();
    (*failing)--;
    errno = EAGAIN;
    return -1;
}

/* Called before each thing. */
void __wrap_sandbox_cpu(unsigned seconds)
{
    __real_sandbox_cpu(seconds);
    if (++shared->looks == shared->dies_at)
        (void)raise(SIGKILL);
}

struct heard {
    size_t reports, rows, of[INCOMING_LIMITED + 1];
    char said[4000]; /* the reasons, a line each */
};

static enum incoming_wish take_report(void *arg, const struct incoming_report *r)
{
    struct heard *h = arg;

    h->reports++;
    h->of[r->outcome]++;
    if (r->reason[0] != '\0')
        (void)snprintf(h->said + strlen(h->said), sizeof h->said - strlen(h->said), "%s: %s\n", r->name, r->reason);
    return INCOMING_GO_ON;
}

static enum incoming_wish take_row(void *arg, const struct incoming_row *row)
{
    (void)row;
    ((struct heard *)arg)->rows++;
    return INCOMING_GO_ON;
}

static enum rc hear_all(struct str bytes, struct incoming_reader *reader, struct heard *h, struct err *e)
{
    static const struct incoming_taker taker = {.begin = take_report, .row = take_row};
    const struct incoming_request request = {.bytes = bytes, .name = "f", .arrival_s = 1800000000, .reader = reader};

    memset(h, 0, sizeof *h);
    return incoming_read(&request, &taker, h, e);
}

/* The template has no process to give: one is forked off the caller, and the file is read all the same. */
static void a_template_that_cannot_fork(void **state)
{
    struct incoming_reader *reader = incoming_reader_new();
    struct err e = ERR_NONE;
    struct heard h;

    (void)state;
    assert_non_null(reader);
    shared->forks_failing_below = 1;
    assert_int_equal(hear_all(STR(REPORT), reader, &h, &e), RC_OK);
    assert_true(h.reports == 1 && h.rows == 1 && h.of[INCOMING_READ] == 1);
    assert_int_equal(hear_all(STR(REPORT), reader, &h, &e), RC_OK); /* and the next by the template again */
    assert_true(h.reports == 1 && h.rows == 1 && h.of[INCOMING_READ] == 1);
    incoming_reader_free(reader);
}

/* Nobody can fork: nothing is said of the file, and the caller tries again later. */
static void nobody_can_fork(void **state)
{
    struct incoming_reader *reader = incoming_reader_new();
    struct err e = ERR_NONE;
    struct heard h;

    (void)state;
    assert_non_null(reader);
    shared->forks_failing_below = shared->forks_failing = 1;
    assert_int_equal(hear_all(STR(REPORT), reader, &h, &e), RC_TEMP);
    assert_int_equal(h.reports, 0);
    assert_non_null(strstr(e.text, "no process to read reports in"));
    shared->forks_failing_below = shared->forks_failing = 0;
    assert_int_equal(hear_all(STR(REPORT), reader, &h, &e), RC_OK);
    assert_true(h.reports == 1 && h.rows == 1);
    incoming_reader_free(reader);
}

/* A process dies at the sixth document of a mail; the next counts what was told before it, and no further. */
static void as_many_as_one_mail_may_have(void **state)
{
    static const char part[] = PART("text/xml") REPORT_19;
    static char mail[sizeof MAIL + 15 * sizeof part];
    struct strbuf b = STRBUF_ON(mail);
    struct err e = ERR_NONE;
    struct heard h;

    (void)state;
    strbuf_puts(&b, MAIL);
    for (int i = 0; i < 15; i++)
        strbuf_puts(&b, part);
    shared->looks = 0;
    shared->dies_at = 7; /* one is when it begins */
    assert_int_equal(hear_all(strbuf_str(&b), NULL, &h, &e), RC_OK);
    shared->dies_at = 0;
    assert_true(h.reports <= INCOMING_REPORTS_MAX);
    assert_null(strstr(h.said, "said what cannot be"));
    assert_non_null(strstr(h.said, "killed"));
    assert_non_null(strstr(h.said, "more reports than are read at once"));
    assert_int_equal(h.of[INCOMING_LIMITED], 2);
    assert_int_equal(h.of[INCOMING_READ] + h.of[INCOMING_REPAIRED], h.rows); /* several in one document is mended */
    assert_int_equal(h.reports, h.rows + 2);
}

/* What was told before it died, in parts that are no document, is told once. */
static void told_once(void **state)
{
    static const char mail[] =
        MAIL PART("application/gzip") "\x1f\x8b\x08 damaged\n" PART("text/plain") "Dear postmaster\n"
        PART("text/xml") REPORT PART("text/xml") REPORT PART("text/xml") REPORT REPORT "--b--\n";
    struct err e = ERR_NONE;
    struct heard h;

    (void)state;
    for (int at = 2; at <= 5; at++) { /* the text, the first, the second, the third document */
        static const size_t rows[] = {4, 3, 3, 2};

        shared->looks = 0;
        shared->dies_at = at;
        assert_int_equal(hear_all(STR(mail), NULL, &h, &e), RC_OK);
        assert_int_equal(h.of[INCOMING_UNREADABLE], 1); /* the damaged one */
        assert_int_equal(h.of[INCOMING_LIMITED], 1);    /* its death */
        assert_int_equal(h.rows, rows[at - 2]);
        assert_int_equal(h.reports, 2 + h.rows);
    }
    shared->dies_at = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_template_that_cannot_fork), cmocka_unit_test(nobody_can_fork),
        cmocka_unit_test(as_many_as_one_mail_may_have), cmocka_unit_test(told_once),
    };

    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    shared->parent = getpid();
    return cmocka_run_group_tests_name("death", tests, NULL, NULL);
}
