/* OpenDMARC's history files: what is read can be made a row of a report, and written again and read alike. */
#include <string.h>

#include "fuzz.h"
#include "report/history.h"
#include "report/row.h"

static void read_again(const struct record *r, const char *lines)
{
    struct str rest = str_of(lines);
    const struct record *back;
    struct history *h;

    HOLDS(history_open(&h, NULL) == RC_OK);
    while (rest.n > 0) {
        HOLDS(history_line(h, fuzz_take(&rest, '\n'), &back, NULL) == RC_OK);
        HOLDS(back == NULL);
    }
    HOLDS(history_end(h, &back, NULL) == RC_OK && back != NULL);
    HOLDS(back->time_ms == r->time_ms && strcmp(back->dmarc, r->dmarc) == 0);
    HOLDS(strcmp(back->policy_p, r->policy_p) == 0 && back->spf_aligned == r->spf_aligned);
    history_free(h);
}

static void use(const struct record *r)
{
    static char mem[HISTORY_ENTRY_MAX + 1], key[ROW_KEY_MAX];
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct strbuf lines = STRBUF_ON(mem), k = STRBUF_ON(key);
    struct feedback_row row;

    HOLDS(r->queue_id[0] != '\0' && r->author_domain[0] != '\0');
    HOLDS(row_key(a, r, true, &k) == RC_OK);
    HOLDS(row_read(strbuf_str(&k), &row) == RC_OK);
    if (history_write(a, r, "mx.example", &lines) == RC_OK && lines.n > 0)
        read_again(r, lines.p);
    arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = fuzz_str(data, size);
    const struct record *done;
    struct err e = ERR_NONE;
    struct history *h;

    HOLDS(history_open(&h, &e) == RC_OK);
    while (rest.n > 0) {
        enum rc rc = history_line(h, fuzz_take(&rest, '\n'), &done, &e);

        HOLDS(rc == RC_OK || (rc == RC_BAD && done == NULL && e.text[0] != '\0'));
        if (done != NULL)
            use(done);
    }
    if (history_end(h, &done, &e) == RC_OK && done != NULL)
        use(done);
    history_free(h);
    return 0;
}
