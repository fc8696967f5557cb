#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "dns/dns.h"
#include "shown.h"

static struct dns *a_zone(void)
{
    static const char text[] = "a.example TXT one\nslow.example TIMEOUT\n* A 192.0.2.1\n";
    char path[] = "/tmp/scope_test.XXXXXX";
    int fd = mkstemp(path);
    struct dns *d;

    assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
    d = dns_open_zone(path, NULL);
    (void)close(fd);
    (void)unlink(path);
    assert_non_null(d);
    return d;
}

static void same_question_same_answer(void **state)
{
    struct dns *d = a_zone();
    struct dns_scope *s = dns_scope_new(d, 1000), *other = dns_scope_new(d, 1000);
    const struct dns_answer *a = dns_ask(s, "a.example", DNS_TXT);

    (void)state;
    assert_ptr_equal(dns_ask(s, "A.EXAMPLE", DNS_TXT), a);
    assert_int_equal(dns_scope_questions(s), 1);
    assert_int_equal(dns_counts(d).questions, 1);
    dns_prefetch(other, "a.example", DNS_TXT);
    assert_int_equal(dns_scope_questions(other), 1);
    assert_ptr_equal(dns_ask(other, "a.example", DNS_TXT), a);
    assert_int_equal(dns_counts(d).questions, 2);
    assert_int_equal(dns_counts(d).hits, 1);
    assert_int_equal(dns_counts(d).entries, 1);
    dns_scope_free(s);
    assert_string_equal(a->rr[0].txt.p, "one"); /* the other scope keeps it */
    dns_scope_free(other);
    dns_close(d);
}

static void failures_are_counted(void **state)
{
    struct dns *d = a_zone();
    struct dns_scope *s = dns_scope_new(d, 0); /* no time at all: a zone needs none */

    (void)state;
    assert_int_equal(dns_ask(s, "a.example", DNS_TXT)->status, DNS_NOERROR);
    assert_int_equal(dns_ask(s, "slow.example", DNS_TXT)->status, DNS_TEMPFAIL);
    assert_int_equal(dns_ask(s, "slow.example", DNS_TXT)->status, DNS_TEMPFAIL);
    assert_int_equal(dns_counts(d).failures, 1);
    dns_scope_free(s);
    dns_close(d);
}

static void impossible_names_are_not_asked(void **state)
{
    struct dns *d = a_zone();
    struct dns_scope *s = dns_scope_new(d, 1000);

    (void)state;
    dns_prefetch(s, "a..b", DNS_TXT);
    assert_int_equal(dns_ask(s, "a..b", DNS_TXT)->status, DNS_NXDOMAIN);
    assert_int_equal(dns_ask(s, "a.example.", DNS_TXT)->status, DNS_NXDOMAIN);
    assert_int_equal(dns_scope_questions(s), 0);
    dns_scope_free(s);
    dns_close(d);
}

static void questions_are_limited(void **state)
{
    struct dns *d = a_zone();
    struct dns_scope *s = dns_scope_new(d, 1000);
    char name[16];

    (void)state;
    for (int i = 0; i < DNS_SCOPE_QUESTIONS_MAX; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(dns_ask(s, name, DNS_A)->status, DNS_NOERROR);
    }
    assert_string_equal(dns_ask(s, "more", DNS_A)->why, "too many questions");
    dns_prefetch(s, "more", DNS_A);
    assert_int_equal(dns_scope_questions(s), DNS_SCOPE_QUESTIONS_MAX);
    assert_int_equal(dns_ask(s, "n0", DNS_A)->status, DNS_NOERROR);
    dns_scope_free(s);
    dns_close(d);
}

static void *ask_many(void *arg)
{
    for (int i = 0; i < 200; i++) {
        struct dns_scope *s = dns_scope_new(arg, 1000);
        char name[16];

        for (int k = 0; k < 20; k++) {
            (void)snprintf(name, sizeof name, "n%d", (i + k) % 50);
            if (k % 2 == 0)
                dns_prefetch(s, name, DNS_A);
            if (dns_ask(s, name, DNS_A)->status != DNS_NOERROR)
                return arg;
        }
        dns_scope_free(s);
    }
    return NULL;
}

static void scopes_of_many_threads(void **state)
{
    struct dns *d = a_zone();
    pthread_t thread[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, ask_many, d), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed;

        assert_int_equal(pthread_join(thread[i], &failed), 0);
        assert_null(failed);
    }
    assert_int_equal(dns_counts(d).questions, 4 * 200 * 20);
    assert_int_equal(dns_counts(d).entries, 50);
    dns_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_question_same_answer), cmocka_unit_test(failures_are_counted),
        cmocka_unit_test(impossible_names_are_not_asked), cmocka_unit_test(questions_are_limited),
        cmocka_unit_test(scopes_of_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
