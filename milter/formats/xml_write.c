/* Writes XML: element by element, into a buffer that the sink gets when it is full. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "formats/xml.h"

enum { BUFFER = 8 * 1024 };

struct xml_out {
    xml_sink *sink;
    void *arg;
    enum rc rc; /* the first failure */
    struct err err;
    const char *open[XML_DEPTH_MAX]; /* elements, from the outermost */
    size_t depth;
    bool in_tag; /* the tag of the innermost is not closed: nothing is in it yet */
    size_t n;
    char buffer[BUFFER];
};

static void xml_write_flush(struct xml_out *x)
{
    if (x->rc == RC_OK && x->n > 0)
        x->rc = x->sink(x->arg, (struct str){x->buffer, x->n}, &x->err);
    x->n = 0;
}

static void xml_write_put(struct xml_out *x, struct str bytes)
{
    while (bytes.n > 0) {
        size_t n = bytes.n < BUFFER - x->n ? bytes.n : BUFFER - x->n;

        memcpy(x->buffer + x->n, bytes.p, n);
        x->n += n;
        bytes = str_slice(bytes, n, bytes.n);
        if (x->n == BUFFER)
            xml_write_flush(x);
    }
}

enum rc xml_out_open(xml_sink *sink, void *arg, struct xml_out **out, struct err *e)
{
    struct xml_out *x = malloc(sizeof *x);

    *out = x;
    if (x == NULL)
        return err_set(e, RC_NOMEM, "no memory for XML");
    x->sink = sink;
    x->arg = arg;
    x->rc = RC_OK;
    x->err = ERR_NONE;
    x->depth = x->n = 0;
    x->in_tag = false;
    xml_write_put(x, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"));
    return RC_OK;
}

/* ---- text ---- */

/* What stands as it is: one byte, neither a control nor markup. */
static bool xml_write_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"';
}

static struct str markup(char c)
{
    return c == '&' ? STR("&amp;") : c == '<' ? STR("&lt;") : c == '>' ? STR("&gt;") : STR("&quot;");
}

/* Of a well-formed sequence of `n` bytes: whether it may stand. */
static bool allowed(const unsigned char *p, size_t n)
{
    if (n == 1)
        return p[0] >= 0x20 && p[0] != 0x7f;
    if (n == 2)
        return p[0] != 0xc2 || p[1] >= 0xa0; /* C1 controls */
    return n != 3 || p[0] != 0xef || p[1] != 0xbf || p[2] < 0xbe; /* U+FFFE, U+FFFF */
}

/* One character at the beginning of `text`, at most `room` bytes of it; how many were taken, *written of them kept. */
static size_t put_character(struct xml_out *x, struct str text, size_t room, size_t *written)
{
    size_t n = str_utf8_length(text);

    *written = 0;
    if (n == 0 || (!allowed((const unsigned char *)text.p, n) && !(n == 1 && char_is_fws(text.p[0]))))
        return n == 0 ? 1 : n;
    *written = n;
    if (n > room)
        return text.n; /* the rest is cut */
    if (n > 1)
        xml_write_put(x, str_slice(text, 0, n));
    else
        xml_write_put(x, char_is_fws(text.p[0]) ? STR(" ") : markup(text.p[0]));
    return n;
}

static void xml_put_text(struct xml_out *x, struct str text)
{
    size_t room = XML_WRITE_TEXT_MAX;

    while (text.n > 0 && room > 0) {
        size_t n = 0, written;

        while (n < text.n && n < room && xml_write_plain((unsigned char)text.p[n]))
            n++;
        written = n;
        if (n > 0)
            xml_write_put(x, str_slice(text, 0, n));
        else
            n = put_character(x, text, room, &written);
        room -= written < room ? written : room;
        text = str_slice(text, n, text.n);
    }
}

/* ---- elements ---- */

/* Ends the tag that is open, before what its element holds; with a line end before elements. */
static void end_tag(struct xml_out *x)
{
    if (x->in_tag)
        xml_write_put(x, STR(">\n"));
    x->in_tag = false;
}

static void xml_write_tag(struct xml_out *x, struct str before, const char *name, struct str after)
{
    xml_write_put(x, before);
    xml_write_put(x, str_of(name));
    xml_write_put(x, after);
}

void xml_begin(struct xml_out *x, const char *name)
{
    MUST(x->depth < XML_DEPTH_MAX);
    end_tag(x);
    xml_write_tag(x, STR("<"), name, STR(""));
    x->open[x->depth++] = name;
    x->in_tag = true;
}

void xml_attribute(struct xml_out *x, const char *name, const char *value)
{
    MUST(x->in_tag);
    xml_write_tag(x, STR(" "), name, STR("=\""));
    xml_put_text(x, str_of(value));
    xml_write_put(x, STR("\""));
}

void xml_end(struct xml_out *x)
{
    MUST(x->depth > 0);
    x->depth--;
    if (x->in_tag)
        xml_write_put(x, STR("/>\n"));
    else
        xml_write_tag(x, STR("</"), x->open[x->depth], STR(">\n"));
    x->in_tag = false;
}

void xml_leaf(struct xml_out *x, const char *name, struct str text)
{
    end_tag(x);
    xml_write_tag(x, STR("<"), name, STR(">"));
    xml_put_text(x, text);
    xml_write_tag(x, STR("</"), name, STR(">\n"));
}

void xml_leaf_int(struct xml_out *x, const char *name, int64_t value)
{
    char text[24];
    struct strbuf b = STRBUF_ON(text);

    strbuf_putf(&b, "%" PRId64, value);
    xml_leaf(x, name, strbuf_str(&b));
}

enum rc xml_out_close(struct xml_out *x, struct err *e)
{
    enum rc rc;

    while (x->depth > 0)
        xml_end(x);
    xml_write_flush(x);
    rc = x->rc;
    if (rc != RC_OK)
        (void)err_set(e, rc, "%s", x->err.text);
    free(x);
    return rc;
}
