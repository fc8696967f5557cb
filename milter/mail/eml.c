#include "mail/eml.h"

#include <string.h>

/* Where the reading of the header stands. */
struct reader {
    struct str text;
    size_t at;     /* start of the next line */
    unsigned line; /* number of the line read last, from 1 */
};

/* The next line without its line end; false at the end of the text. */
static bool eml_next_line(struct reader *r, struct str *line)
{
    size_t n;

    if (r->at >= r->text.n)
        return false;
    *line = str_slice(r->text, r->at, r->text.n);
    n = str_find(*line, '\n');
    r->at += n + 1;
    line->n = n;
    if (n > 0 && line->p[n - 1] == '\r')
        line->n--;
    r->line++;
    return true;
}

static bool continues(const struct reader *r)
{
    return r->at < r->text.n && char_is_wsp(r->text.p[r->at]);
}

/* field-name = 1*ftext ; ftext = %d33-57 / %d59-126 ; blanks before the colon are obsolete syntax (section 4.5) */
static bool eml_name_valid(struct str name)
{
    while (name.n > 0 && char_is_wsp(name.p[name.n - 1]))
        name.n--;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~')
            return false;
    return name.n > 0;
}

/* The line that an mbox file puts above a message: "From sender date", as against the obsolete "From : …". */
static bool is_mbox_line(struct str line)
{
    while (line.n > 0 && line.p[0] == '>') /* quoted by a program that took it for text */
        line = str_slice(line, 1, line.n);
    return str_eq(str_slice(line, 0, 5), STR("From ")) && !eml_name_valid(str_slice(line, 0, str_find(line, ':')));
}

static enum rc line_check(const struct reader *r, struct str line, struct err *e)
{
    if (line.n > 0 && memchr(line.p, '\0', line.n) != NULL)
        return err_set(e, RC_BAD, "line %u: NUL byte in the header; this is not a mail message", r->line);
    if (line.n > EML_LINE_MAX)
        return err_set(e, RC_LIMIT, "line %u: longer than %d bytes; this is not a mail message", r->line, EML_LINE_MAX);
    return RC_OK;
}

/* One field: `line` and the folded lines after it, whose line ends message_add_header makes CRLF. */
static enum rc eml_field(struct reader *r, struct str line, struct message *m, const struct message_bounds *max,
                         struct err *e)
{
    size_t colon = str_find(line, ':');
    struct str value = str_slice(line, colon + 1, line.n);
    enum rc rc = line_check(r, line, e);

    if (rc != RC_OK)
        return rc;
    while (continues(r)) {
        struct str fold;

        eml_next_line(r, &fold);
        rc = line_check(r, fold, e);
        if (rc != RC_OK)
            return rc;
        value.p = line.p + colon + 1;
        value.n = (size_t)(fold.p + fold.n - value.p);
    }
    rc = message_add_header(m, str_slice(line, 0, colon), value, max);
    return rc == RC_LIMIT ? RC_OK : rc;
}

/* What is no field ends the header, and is where the body begins: as an MTA takes it. */
static bool is_field(struct str line)
{
    size_t colon = str_find(line, ':');

    return colon < line.n && eml_name_valid(str_slice(line, 0, colon));
}

/* Control characters that stand in no text: this is a program or a picture. */
static enum rc eml_check_text(struct str text, struct err *e)
{
    for (size_t i = 0; i < text.n && i < EML_LOOK_MAX; i++)
        if (text.p[i] == '\0' || text.p[i] == 0x7f || (text.p[i] > 0 && text.p[i] < 7))
            return err_set(e, RC_BAD, "binary data; this is not a mail message");
    return RC_OK;
}

enum rc eml_read(struct str text, struct message *m, const struct message_bounds *max, struct str *body,
                 struct err *e)
{
    struct reader r = {.text = text};
    struct str line;
    unsigned fields = 0;
    size_t begin;
    enum rc rc;

    if (str_starts_nocase(text, STR("\xef\xbb\xbf"))) /* an editor's byte order mark */
        r.text = text = str_slice(text, 3, text.n);
    for (begin = 0; eml_next_line(&r, &line) && line.n > 0; begin = r.at) {
        if (r.line == 1 && is_mbox_line(line))
            continue;
        rc = line_check(&r, line, e);
        if (rc == RC_OK && !is_field(line)) {
            r.at = begin;
            break;
        }
        if (rc == RC_OK)
            rc = eml_field(&r, line, m, max, e);
        if (rc != RC_OK)
            return rc;
        fields++;
    }
    *body = str_slice(text, r.at, text.n);
    if (text.n == 0)
        return err_set(e, RC_BAD, "empty; this is not a mail message");
    return fields == 0 ? eml_check_text(*body, e) : RC_OK;
}

void eml_body(struct str body, void (*sink)(void *ctx, struct str piece), void *ctx)
{
    size_t from = 0, i = 0;

    while (i < body.n) {
        char c = body.p[i];
        bool pair = c == '\r' && i + 1 < body.n && body.p[i + 1] == '\n';

        if (pair || (c != '\r' && c != '\n')) {
            i += pair ? 2 : 1;
            continue;
        }
        if (i > from)
            sink(ctx, str_slice(body, from, i));
        sink(ctx, c == '\n' ? STR("\r\n") : STR(" "));
        from = ++i;
    }
    if (body.n > from)
        sink(ctx, str_slice(body, from, body.n));
    if (body.n > 0 && body.p[body.n - 1] != '\n')
        sink(ctx, STR("\r\n"));
}
