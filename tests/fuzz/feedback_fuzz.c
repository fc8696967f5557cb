/* Aggregate reports of strangers, plain or packed: rows in order and in bounds, errors with a reason. */
#include "fuzz.h"
#include "report/feedback.h"

struct seen {
    int heads;
    uint64_t rows;
};

static void on_head(void *arg, const struct feedback_head *head, enum feedback_format format)
{
    struct seen *s = arg;

    s->heads++;
    HOLDS(s->rows == 0);
    HOLDS(head->org_name != NULL && head->domain != NULL && head->pct != NULL);
    HOLDS(format == FEEDBACK_RFC9990 || format == FEEDBACK_RFC7489);
}

static void on_row(void *arg, const struct feedback_row *row)
{
    struct seen *s = arg;

    s->rows++;
    HOLDS(s->heads == 1);
    HOLDS(row->count >= 0 && row->reasons <= FEEDBACK_REASONS_MAX && row->signatures <= FEEDBACK_DKIM_MAX);
    for (size_t i = 0; i < row->signatures; i++)
        HOLDS(str_of(row->signature[i].selector).n <= XML_READ_TEXT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct feedback_taker taker = {on_head, on_row};
    struct seen seen = {0, 0};
    struct err e = ERR_NONE;

    if (feedback_read(fuzz_str(data, size), &taker, &seen, &e) == RC_OK)
        HOLDS(seen.heads == 1);
    else
        HOLDS(e.text[0] != '\0');
    return 0;
}
