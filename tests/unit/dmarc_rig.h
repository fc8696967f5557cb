/* A zone and identifiers out of text, for tests of DMARC over the real resolver code. */
#ifndef ASSAY_TESTS_DMARC_RIG_H
#define ASSAY_TESTS_DMARC_RIG_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/evidence.h"
#include "dns/dns.h"

/* Opens master-file text; the file is gone again when this returns. */
static inline struct dns *rig_zone(const char *text)
{
    char path[] = "dmarc_rig.XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    struct err e = ERR_NONE;
    struct dns *dns;

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0 && fclose(f) == 0);
    dns = dns_open_zone(path, &e);
    (void)unlink(path);
    if (dns == NULL)
        print_error("%s\n", e.text);
    assert_non_null(dns);
    return dns;
}

/* "s+name" SPF pass, "d+name" DKIM pass, "s-" and "d-" temperror; separated by single blanks. */
static inline size_t rig_ids(struct arena *a, const char *text, struct dmarc_identifier *ids, size_t max)
{
    struct str rest = str_of(text);
    size_t n = 0;

    while (rest.n > 0) {
        size_t end = str_find(rest, ' ');
        struct str word = str_slice(rest, 0, end);

        assert_true(n < max);
        ids[n++] = (struct dmarc_identifier){.domain = str_dup(a, str_slice(word, 2, word.n)),
                                             .dkim = word.p[0] == 'd', .pass = word.p[1] == '+'};
        rest = str_slice(rest, end + 1, rest.n);
    }
    return n;
}

#endif
