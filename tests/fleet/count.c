/*
 * count - the rows of a day's reports and how many messages each stands for, as `assay report build` counts them.
 *
 *     count DATABASE YYYY-MM-DD [POLICY_DOMAIN]
 *
 * DATABASE is a file or the centre of a fleet.  A line for each key, its bytes that are no letters as "%xx", in their
 * order; what was read and what was left out is said on standard error.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "records/centre.h"
#include "report/collect.h"
#include "report/period.h"
#include "report/row.h"

static void print(struct str key, int64_t n)
{
    for (size_t i = 0; i < key.n; i++)
        if (char_is_alnum(key.p[i]) || key.p[i] == '.')
            (void)putchar(key.p[i]);
        else
            (void)printf("%%%02x", (unsigned)(unsigned char)key.p[i]);
    (void)printf(" %" PRId64 "\n", n);
}

int main(int argc, char **argv)
{
    static const struct config config = {.report_email = "dmarc@receiver.example", .report_sender = ""};
    struct collect_request q = {.config = &config, .policy_domain = STR("")};
    struct collected found;
    struct countfile *rows;
    struct err e = ERR_NONE;
    int64_t begin_s, n;
    bool more = true;
    unsigned errors;
    struct str key;
    enum rc rc;

    store_engine_use(centre_engine);
    if (argc < 3 || argc > 4 || !period_parse(str_of(argv[2]), &begin_s))
        return 64;
    q.from_ms = begin_s * 1000;
    q.to_ms = (begin_s + PERIOD_DAY_S) * 1000;
    if (argc == 4)
        q.policy_domain = str_of(argv[3]);
    rc = countfile_open(&rows, &e);
    if (rc == RC_OK)
        rc = report_collect(argv[1], &q, rows, &found, &e);
    while (rc == RC_OK && (rc = countfile_next(rows, &key, &n, &more, &e)) == RC_OK && more)
        print(key, row_read_errors(key, &errors) ? 0 : n); /* they are noted once, or a few times */
    countfile_close(rows);
    if (rc != RC_OK)
        (void)fprintf(stderr, "count: %s\n", e.text);
    else
        (void)fprintf(stderr, "%" PRIu64 " records, %" PRIu64 " of our own\n", found.records, found.excluded);
    return rc == RC_OK ? 0 : 1;
}
