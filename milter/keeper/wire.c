#include "keeper/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const wire_why_words[] = {"signed-out", "forbidden", "refused", "changed", "busy", "failed"};
const struct enum_names wire_why_names = ENUM_NAMES(wire_why_words);

enum rc wire_read(char *bytes, size_t n, struct wire *out, struct err *e)
{
    *out = (struct wire){.verb = ""};
    if (n == 0 || bytes[n - 1] != '\0')
        return err_set(e, RC_BAD, "a message that does not end in NUL");
    out->verb = bytes;
    for (size_t at = strlen(bytes) + 1; at < n; at += strlen(bytes + at) + 1) {
        struct wire_field *f = &out->field[out->n];
        char *equals = strchr(bytes + at, '=');

        if (equals == NULL)
            return err_set(e, RC_BAD, "a field without =");
        if (out->n == WIRE_FIELDS_MAX)
            return err_set(e, RC_LIMIT, "more than %d fields", WIRE_FIELDS_MAX);
        *equals = '\0';
        *f = (struct wire_field){.name = bytes + at, .value = equals + 1};
        out->n++;
        at += strlen(bytes + at) + 1; /* the value is next */
    }
    return RC_OK;
}

const char *wire_get(const struct wire *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->field[i].name, name) == 0)
            return w->field[i].value;
    return "";
}

long long wire_int(const struct wire *w, const char *name, long long otherwise)
{
    const char *text = wire_get(w, name);
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    return text[0] == '\0' || *end != '\0' || errno != 0 ? otherwise : value;
}

void wire_begin(struct strbuf *b, const char *verb)
{
    strbuf_puts(b, verb);
    strbuf_putc(b, '\0');
}

void wire_put(struct strbuf *b, const char *name, const char *value)
{
    strbuf_puts(b, name);
    strbuf_putc(b, '=');
    strbuf_puts(b, value == NULL ? "" : value);
    strbuf_putc(b, '\0');
}

void wire_put_int(struct strbuf *b, const char *name, long long value)
{
    strbuf_putf(b, "%s=%lld", name, value);
    strbuf_putc(b, '\0');
}

void wire_no(struct strbuf *b, enum wire_why why, const char *text)
{
    b->n = 0;
    b->over = false;
    wire_begin(b, "no");
    wire_put(b, "why", enum_name(&wire_why_names, (int)why));
    wire_put(b, "text", text);
}
