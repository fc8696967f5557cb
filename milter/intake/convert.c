#include "intake/convert.h"

#include <string.h>

enum { LIST_MAX = 8000 /* bytes of one list of results */ };

/* A word of a list: what parts words or entries becomes "_"; "-" for none. */
static void put_word(struct strbuf *b, const char *word)
{
    if (word[0] == '\0')
        strbuf_putc(b, '-');
    for (; *word != '\0'; word++)
        strbuf_putc(b, *word == ' ' || *word == ';' ? '_' : *word);
}

static void put_entry(struct strbuf *b, const char *first, const char *second, const char *third)
{
    size_t before = b->n;

    if (b->n > 0)
        strbuf_puts(b, "; ");
    put_word(b, first);
    strbuf_putc(b, ' ');
    put_word(b, second);
    strbuf_putc(b, ' ');
    put_word(b, third);
    if (b->over) { /* only whole entries */
        b->n = before;
        b->p[before] = '\0';
    }
}

static const char *convert_keep(struct arena *a, struct strbuf *b)
{
    return b->n == 0 ? "" : str_dup(a, strbuf_str(b));
}

static const char *dkim_list(struct arena *a, const struct incoming_row *in)
{
    char mem[LIST_MAX];
    struct strbuf b = STRBUF_ON(mem);

    for (size_t i = 0; i < in->signatures && !b.over; i++)
        put_entry(&b, in->signature[i].result, in->signature[i].domain, in->signature[i].selector);
    return convert_keep(a, &b);
}

static const char *spf_list(struct arena *a, const struct incoming_row *in)
{
    char mem[LIST_MAX];
    struct strbuf b = STRBUF_ON(mem);

    if (in->spf_main >= 0)
        put_entry(&b, in->spf_result[in->spf_main].result, in->spf_result[in->spf_main].scope,
                  in->spf_result[in->spf_main].domain);
    for (size_t i = 0; i < in->spf_results; i++)
        if ((int)i != in->spf_main)
            put_entry(&b, in->spf_result[i].result, (int)i == in->spf_helo ? "helo" : in->spf_result[i].scope,
                      in->spf_result[i].domain);
    return convert_keep(a, &b);
}

static const char *reason_list(struct arena *a, const struct incoming_row *in)
{
    char mem[LIST_MAX];
    struct strbuf b = STRBUF_ON(mem);

    for (size_t i = 0; i < in->reasons; i++) {
        strbuf_puts(&b, b.n > 0 ? "; " : "");
        put_word(&b, in->reason[i].type);
        strbuf_putc(&b, ' ');
        for (const char *p = in->reason[i].comment; *p != '\0'; p++)
            strbuf_putc(&b, *p == ';' ? ',' : *p);
    }
    return convert_keep(a, &b);
}

enum rc convert_row(struct arena *a, const struct incoming_row *in, struct received_row *out)
{
    *out = (struct received_row){
        .address = in->address,
        .messages = in->count,
        .domain = "", .source = "", .detail = "", .cause = "",
        .header_from = str_dup(a, str_of(in->header_from)),
        .disposition = str_dup(a, str_of(in->disposition)),
        .passes = (in->spf ? RECEIVED_PASS_SPF : 0u) | (in->dkim ? RECEIVED_PASS_DKIM : 0u),
        .envelope = (int)in->envelope,
        .envelope_from = str_dup(a, str_of(in->envelope_domain[0] != '\0' ? in->envelope_domain : in->envelope_from)),
        .envelope_to = str_dup(a, str_of(in->envelope_to)),
        .reasons = reason_list(a, in),
        .spf = spf_list(a, in),
        .dkim = dkim_list(a, in),
        .marks = in->marks,
    };
    return arena_ran_out(a) ? RC_NOMEM : RC_OK;
}

/* ---- back ---- */

size_t convert_results(struct arena *a, const char *text, bool spf, struct convert_result *out)
{
    struct str rest = str_of(text);
    size_t n = 0;

    while (rest.n > 0 && n < CONVERT_RESULTS_MAX) {
        struct str entry = str_slice(rest, 0, str_find(rest, ';')), word[3];

        rest = str_trim(str_slice(rest, entry.n + 1, rest.n));
        for (int i = 0; i < 3; i++) {
            word[i] = str_slice(entry, 0, str_find(entry, ' '));
            entry = str_slice(entry, word[i].n + 1, entry.n);
        }
        out[n].result = str_dup(a, word[0]);
        out[n].domain = str_dup(a, word[spf ? 2 : 1]);
        out[n].other = str_dup(a, word[spf ? 1 : 2]);
        if (out[n].result == NULL || out[n].domain == NULL || out[n].other == NULL)
            break;
        n++;
    }
    return n;
}

bool convert_has_reason(const struct received_row *row, const char *type, const char *comment)
{
    struct str rest = str_of(row->reasons), want = str_of(type);

    while (rest.n > 0) {
        struct str entry = str_slice(rest, 0, str_find(rest, ';'));
        struct str word = str_slice(entry, 0, str_find(entry, ' '));

        if (str_eq(word, want)) {
            size_t n = comment == NULL ? 0 : strlen(comment);

            for (size_t i = word.n; comment != NULL && i + n <= entry.n; i++)
                if (str_eq_nocase(str_slice(entry, i, i + n), str_of(comment)))
                    return true;
            if (comment == NULL)
                return true;
        }
        rest = str_trim(str_slice(rest, entry.n + 1, rest.n));
    }
    return false;
}
