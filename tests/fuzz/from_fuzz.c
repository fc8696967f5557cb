/* From fields: domains told are normal and distinct, and blanks and comments around the body change nothing. */
#include <string.h>

#include "fuzz.h"
#include "mail/domain.h"
#include "mail/from.h"

static void check(struct arena *a, const struct from_domains *out)
{
    HOLDS(enum_name(&from_problem_names, (int)out->problem)[0] != '\0');
    HOLDS((out->problem == FROM_OK) == (out->n > 0));
    HOLDS(out->n <= FROM_DOMAINS_MAX && out->n <= out->mailboxes);
    for (size_t i = 0; i < out->n; i++) {
        const char *again = NULL;

        HOLDS(domain_normalize(a, str_of(out->domain[i]), &again) == RC_OK && strcmp(again, out->domain[i]) == 0);
        for (size_t k = 0; k < i; k++)
            HOLDS(strcmp(out->domain[k], out->domain[i]) != 0);
    }
}

static void check_same(struct arena *a, struct str body, const struct from_domains *before)
{
    struct strbuf b = strbuf_new(a, body.n + 32);
    struct from_domains out;
    struct str again;

    strbuf_puts(&b, "\r\n (a \\( <x@y>)");
    strbuf_put(&b, body);
    strbuf_puts(&b, "\r\n\t(b)");
    again = strbuf_str(&b);
    HOLDS(from_read(a, &again, 1, &out) == RC_OK);
    if (before->problem != FROM_OK || again.n > FROM_BYTES_MAX)
        return;
    HOLDS(out.problem == FROM_OK && out.n == before->n && out.mailboxes == before->mailboxes);
    for (size_t i = 0; i < out.n; i++)
        HOLDS(strcmp(out.domain[i], before->domain[i]) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = fuzz_str(data, size), two[2] = {body, body};
    struct arena *a = arena_new(FUZZ_ARENA_MAX);
    struct from_domains out;

    HOLDS(from_read(a, &body, 1, &out) == RC_OK);
    check(a, &out);
    check_same(a, body, &out);
    HOLDS(from_read(a, two, 2, &out) == RC_OK && out.problem == FROM_SEVERAL_FIELDS && out.n == 0);
    arena_free(a);
    return 0;
}
