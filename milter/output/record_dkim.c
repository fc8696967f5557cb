/* The DKIM column of a record: written once, read by reports and the desk. */

#include "output/record.h"

/* d=, s= and a= hold no blanks once they are usable; anything else is written as "-". */
static void record_dkim_put_word(struct strbuf *b, const char *word)
{
    bool plain = word[0] != '\0';

    for (const char *p = word; *p != '\0'; p++)
        plain = plain && *p > ' ' && *p < 0x7f && *p != ';';
    strbuf_putc(b, ' ');
    strbuf_puts(b, plain ? word : "-");
}

const char *record_dkim_text(struct arena *a, const struct dkim_evidence *e)
{
    struct strbuf b;

    if (e->n == 0)
        return "";
    b = strbuf_new(a, e->n * (3 * RECORD_TEXT_MAX / 4));
    for (size_t i = 0; i < e->n; i++) {
        const struct dkim_signature *s = &e->sig[i];

        strbuf_putf(&b, "%s%s", i > 0 ? "; " : "", enum_name(&dkim_result_names, (int)s->result));
        record_dkim_put_word(&b, s->domain);
        record_dkim_put_word(&b, s->selector);
        record_dkim_put_word(&b, s->algorithm);
    }
    return b.over ? NULL : b.p;
}

static struct str record_dkim_next_word(struct str *rest)
{
    size_t end = str_find(*rest, ' ');
    struct str word = str_slice(*rest, 0, end);

    *rest = str_slice(*rest, end + 1, rest->n);
    return word;
}

static bool parse_one(struct str text, struct record_dkim *out)
{
    int result;

    if (!enum_value(&dkim_result_names, record_dkim_next_word(&text), &result))
        return false;
    out->result = (enum dkim_result)result;
    out->domain = record_dkim_next_word(&text);
    out->selector = record_dkim_next_word(&text);
    out->algorithm = record_dkim_next_word(&text);
    return out->algorithm.n > 0 && text.n == 0;
}

enum rc record_dkim_parse(struct arena *a, const char *text, struct record_dkim **out, size_t *n)
{
    struct str rest = str_of(text);
    size_t cap = rest.n == 0 ? 0 : 1;

    for (size_t i = 0; i < rest.n; i++)
        cap += rest.p[i] == ';';
    *n = 0;
    *out = arena_array(a, cap, sizeof **out);
    if (*out == NULL)
        return RC_NOMEM;
    while (rest.n > 0) {
        size_t end = str_find(rest, ';');

        if (!parse_one(str_trim(str_slice(rest, 0, end)), &(*out)[(*n)++]))
            return RC_BAD;
        rest = str_trim(str_slice(rest, end + 1, rest.n));
    }
    return RC_OK;
}
