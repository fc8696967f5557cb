/* Master files: a sentence that names the file, or names whose answers keep the contract of dns.h. */
#include <string.h>

#include "dns/zone.h"
#include "fuzz.h"

static void ask(const struct zonetree *z, const char *name)
{
    static const enum dns_type types[] = {DNS_A, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct question q;
        struct answer *a;

        if (!question_make(&q, 0, name, types[i]))
            return;
        a = zonetree_answer(z, &q);
        HOLDS(a != NULL);
        HOLDS((a->pub.status == DNS_NOERROR) == (a->pub.count > 0));
        HOLDS((a->pub.status == DNS_TEMPFAIL) == (a->pub.why[0] != '\0'));
        HOLDS(a->pub.count <= DNS_RR_MAX);
        for (size_t k = 0; k < a->pub.count; k++)
            HOLDS((a->pub.rr[k].name != NULL) == (types[i] == DNS_MX || types[i] == DNS_PTR));
        answer_unref(a);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = fuzz_str(data, size);
    struct err e = ERR_NONE;
    struct zonetree *z = zone_parse("F", text, &e);

    if (z != NULL) {
        while (text.n > 0) { /* every line's first word may be a name of it */
            struct str line = fuzz_take(&text, '\n'), word = fuzz_take(&line, ' ');
            struct arena *a = arena_new(FUZZ_ARENA_MAX);

            ask(z, str_dup(a, word));
            arena_free(a);
        }
        ask(z, "x.y.z.example");
    } else {
        HOLDS(e.text[0] == 'F' && strchr(e.text, '\n') == NULL);
    }
    zonetree_free(z);
    return 0;
}
