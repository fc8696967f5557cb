/* A resolver that answers from text, and one evaluation over it. */
#ifndef ASSAY_TESTS_AUTH_SPF_ZONE_H
#define ASSAY_TESTS_AUTH_SPF_ZONE_H

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spf/spf.h"

static inline struct dns *zone_open(const char *text)
{
    char path[] = "/tmp/spf_test.XXXXXX";
    int fd = mkstemp(path);
    struct err e = ERR_NONE;
    struct dns *d;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
    d = dns_open_zone(path, &e);
    if (d == NULL)
        print_error("%s\n", e.text);
    assert_non_null(d);
    assert_int_equal(unlink(path), 0);
    return d;
}

static inline struct spf_request request_of(const char *ip, const char *helo, const char *from)
{
    struct spf_request req = {.helo = str_of(helo), .mail_from = str_of(from), .receiver = "mx.receiver.example",
                              .now = 1700000000};

    assert_true(ip_parse(str_of(ip), &req.ip));
    return req;
}

/* Text of the answer lives in `a`; returns how many questions DNS was asked. */
static inline unsigned evaluated(struct arena *a, struct dns *d, const char *ip, const char *from,
                                 struct spf_evidence *out)
{
    struct spf_request req = request_of(ip, "helo.example", from);
    struct dns_scope *scope = dns_scope_new(d, 5000);
    unsigned asked;

    assert_non_null(scope);
    spf_evaluate(a, &req, scope, out);
    asked = dns_scope_questions(scope);
    dns_scope_free(scope);
    return asked;
}

#endif
