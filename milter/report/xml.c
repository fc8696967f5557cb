#include "report/xml.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlwriter.h>

static void say_nothing(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

/* Some complaints of the library go to standard error, past every handler of ours. */
static void begin_quietly(void)
{
    xmlInitParser();
    xmlSetGenericErrorFunc(NULL, say_nothing);
}

static enum rc no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for XML");
}

/* ---- writing ---- */

struct xml_out {
    xmlTextWriter *writer;
    xml_sink *sink;
    void *arg;
    enum rc rc; /* the first failure */
    struct err err;
    char clean[XML_WRITE_TEXT_MAX + 1];
};

static void note(struct xml_out *x, int answer)
{
    if (answer < 0 && x->rc == RC_OK)
        x->rc = no_memory(&x->err);
}

static int write_to_sink(void *context, const char *bytes, int n)
{
    struct xml_out *x = context;

    if (x->rc == RC_OK)
        x->rc = x->sink(x->arg, (struct str){bytes, (size_t)n}, &x->err);
    return x->rc == RC_OK ? n : -1;
}

enum rc xml_out_open(xml_sink *sink, void *arg, struct xml_out **out, struct err *e)
{
    struct xml_out *x = calloc(1, sizeof *x);
    xmlOutputBuffer *buffer = x == NULL ? NULL : xmlOutputBufferCreateIO(write_to_sink, NULL, x, NULL);

    begin_quietly();
    *out = NULL;
    if (x == NULL)
        return no_memory(e);
    x->writer = buffer == NULL ? NULL : xmlNewTextWriter(buffer);
    if (x->writer == NULL) {
        if (buffer != NULL)
            (void)xmlOutputBufferClose(buffer);
        free(x);
        return no_memory(e);
    }
    x->sink = sink;
    x->arg = arg;
    note(x, xmlTextWriterSetIndent(x->writer, 1));
    note(x, xmlTextWriterSetIndentString(x->writer, BAD_CAST ""));
    note(x, xmlTextWriterStartDocument(x->writer, "1.0", "UTF-8", NULL));
    *out = x;
    return RC_OK;
}

void xml_begin(struct xml_out *x, const char *name)
{
    note(x, xmlTextWriterStartElement(x->writer, BAD_CAST name));
}

void xml_attribute(struct xml_out *x, const char *name, const char *value)
{
    note(x, xmlTextWriterWriteAttribute(x->writer, BAD_CAST name, BAD_CAST value));
}

void xml_end(struct xml_out *x)
{
    note(x, xmlTextWriterEndElement(x->writer));
}

/* Of a well-formed sequence of `n` bytes: whether it may stand, and as what. */
static bool allowed(const unsigned char *p, size_t n)
{
    if (n == 1)
        return p[0] >= 0x20 && p[0] != 0x7f;
    if (n == 2)
        return p[0] != 0xc2 || p[1] >= 0xa0; /* C1 controls */
    return n != 3 || p[0] != 0xef || p[1] != 0xbf || p[2] < 0xbe; /* U+FFFE, U+FFFF */
}

static const char *clean(struct xml_out *x, struct str text)
{
    struct strbuf b = STRBUF_ON(x->clean);

    while (text.n > 0) {
        size_t n = str_utf8_length(text);

        if (n == 1 && char_is_fws(text.p[0])) {
            strbuf_putc(&b, ' ');
        } else if (n > 0 && allowed((const unsigned char *)text.p, n)) {
            if (b.n + n > b.max)
                break;
            strbuf_put(&b, str_slice(text, 0, n));
        }
        text = str_slice(text, n == 0 ? 1 : n, text.n);
    }
    return b.p;
}

void xml_leaf(struct xml_out *x, const char *name, struct str text)
{
    note(x, xmlTextWriterWriteElement(x->writer, BAD_CAST name, BAD_CAST clean(x, text)));
}

void xml_leaf_int(struct xml_out *x, const char *name, int64_t value)
{
    note(x, xmlTextWriterWriteFormatElement(x->writer, BAD_CAST name, "%lld", (long long)value));
}

enum rc xml_out_close(struct xml_out *x, struct err *e)
{
    enum rc rc;

    note(x, xmlTextWriterEndDocument(x->writer));
    note(x, xmlTextWriterFlush(x->writer));
    xmlFreeTextWriter(x->writer);
    rc = x->rc;
    if (rc != RC_OK)
        (void)err_set(e, rc, "%s", x->err.text);
    free(x);
    return rc;
}

/* ---- schemas ---- */

/* A type of its own keeps the library's name out of the header. */
static xmlSchema *schema_of(struct xml_schema *s)
{
    return (xmlSchema *)(void *)s;
}

/* libxml2 reports more than once; the first tells most.  Its texts end in a line end. */
struct complaint {
    enum rc rc;
    struct err err;
};

static void complain(void *context, xmlError *error)
{
    struct complaint *c = context;
    char text[300];
    struct strbuf b = STRBUF_ON(text);

    if (c->rc != RC_OK || error->level < XML_ERR_ERROR)
        return;
    strbuf_put_clean(&b, str_trim(str_of(error->message)), 250);
    c->rc = error->code == XML_ERR_NO_MEMORY ? no_memory(&c->err)
                                             : err_set(&c->err, RC_BAD, "line %d: %s", error->line, b.p);
}

enum rc xml_schema_load(const char *path, struct xml_schema **out, struct err *e)
{
    struct complaint c = {.rc = RC_OK};
    xmlSchemaParserCtxt *context;
    xmlSchema *schema;

    begin_quietly();
    *out = NULL;
    if (access(path, R_OK) != 0)
        return err_errno(e, RC_IO, errno, "%s: the schema that reports are checked against cannot be read", path);
    context = xmlSchemaNewParserCtxt(path);
    if (context == NULL)
        return no_memory(e);
    xmlSchemaSetParserStructuredErrors(context, (xmlStructuredErrorFunc)complain, &c);
    schema = xmlSchemaParse(context);
    xmlSchemaFreeParserCtxt(context);
    if (schema == NULL)
        return err_set(e, RC_BAD, "%s: is no schema: %s; install it again", path, c.err.text);
    *out = (struct xml_schema *)(void *)schema;
    return RC_OK;
}

void xml_schema_free(struct xml_schema *s)
{
    xmlSchemaFree(schema_of(s));
}

/* ---- reading ---- */

struct xml_in {
    xmlParserCtxt *parser;
    xmlSAXHandler sax;
    const struct xml_handler *handler; /* NULL: checked against a schema */
    void *arg;
    xmlSchemaValidCtxt *valid;
    xmlSchemaSAXPlugStruct *plug;
    struct complaint complaint;
    size_t depth;
    size_t start[XML_DEPTH_MAX]; /* where in `text` that of each open element begins */
    struct strbuf text;
    char text_mem[XML_READ_TEXT_MAX + 1];
};

static void stop(struct xml_in *x, enum rc rc, const char *why)
{
    if (x->complaint.rc == RC_OK)
        x->complaint.rc = err_set(&x->complaint.err, rc, "line %d: %s", xmlSAX2GetLineNumber(x->parser), why);
    xmlStopParser(x->parser);
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    stop(context, RC_BAD, "has a DOCTYPE, which no report needs");
}

static void on_open(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
                    const xmlChar **namespace_list, int attributes, int defaulted, const xmlChar **attribute_list)
{
    struct xml_in *x = context;

    (void)prefix;
    (void)namespaces;
    (void)namespace_list;
    (void)attributes;
    (void)defaulted;
    (void)attribute_list;
    if (x->depth == XML_DEPTH_MAX) {
        stop(x, RC_LIMIT, "elements are nested too deep");
        return;
    }
    x->start[x->depth++] = x->text.n;
    x->handler->open(x->arg, (const char *)name, uri == NULL ? "" : (const char *)uri);
}

static void on_close(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xml_in *x = context;
    size_t start;

    (void)prefix;
    (void)uri;
    if (x->complaint.rc != RC_OK || x->depth == 0)
        return;
    start = x->start[--x->depth];
    x->handler->close(x->arg, (const char *)name, str_slice(strbuf_str(&x->text), start, x->text.n));
    x->text.n = start;
}

static void on_text(void *context, const xmlChar *text, int n)
{
    struct xml_in *x = context;

    strbuf_put(&x->text, (struct str){(const char *)text, n < 0 ? 0 : (size_t)n});
}

static void on_error(void *context, xmlError *error)
{
    complain(&((struct xml_in *)context)->complaint, error);
}

static void set_handlers(struct xml_in *x)
{
    x->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC, .internalSubset = on_doctype};
    x->sax.serror = (xmlStructuredErrorFunc)on_error;
    if (x->handler == NULL)
        return;
    x->sax.startElementNs = on_open;
    x->sax.endElementNs = on_close;
    x->sax.characters = on_text;
    x->sax.cdataBlock = on_text;
}

static bool plug_schema(struct xml_in *x, struct xml_schema *schema)
{
    x->valid = xmlSchemaNewValidCtxt(schema_of(schema));
    if (x->valid == NULL)
        return false;
    xmlSchemaSetValidStructuredErrors(x->valid, (xmlStructuredErrorFunc)complain, &x->complaint);
    x->plug = xmlSchemaSAXPlug(x->valid, &x->parser->sax, &x->parser->userData);
    return x->plug != NULL;
}

enum rc xml_in_open(const struct xml_handler *h, void *arg, struct xml_schema *schema, struct xml_in **out,
                    struct err *e)
{
    struct xml_in *x = calloc(1, sizeof *x);

    begin_quietly();
    *out = NULL;
    if (x == NULL)
        return no_memory(e);
    x->handler = h;
    x->arg = arg;
    x->text = STRBUF_ON(x->text_mem);
    set_handlers(x);
    x->parser = xmlCreatePushParserCtxt(&x->sax, x, NULL, 0, NULL);
    if (x->parser != NULL)
        (void)xmlCtxtUseOptions(x->parser, XML_PARSE_NONET);
    if (x->parser == NULL || (schema != NULL && !plug_schema(x, schema))) {
        xml_in_abandon(x);
        return no_memory(e);
    }
    *out = x;
    return RC_OK;
}

static enum rc answer(struct xml_in *x, bool broken, struct err *e)
{
    if (x->complaint.rc == RC_OK && broken)
        stop(x, RC_BAD, "is not XML");
    if (x->complaint.rc != RC_OK)
        (void)err_set(e, x->complaint.rc, "%s", x->complaint.err.text);
    return x->complaint.rc;
}

enum rc xml_in_push(struct xml_in *x, struct str bytes, struct err *e)
{
    int code = 0;

    for (size_t at = 0; at < bytes.n && code == 0 && x->complaint.rc == RC_OK; at += INT_MAX / 2)
        code = xmlParseChunk(x->parser, bytes.p + at, (int)str_slice(bytes, at, at + INT_MAX / 2).n, 0);
    return answer(x, code != 0, e);
}

enum rc xml_in_close(struct xml_in *x, struct err *e)
{
    int code = x->complaint.rc == RC_OK ? xmlParseChunk(x->parser, NULL, 0, 1) : 0;
    enum rc rc = answer(x, code != 0 || !x->parser->wellFormed, e);

    if (rc == RC_OK && x->valid != NULL && xmlSchemaIsValid(x->valid) != 1)
        rc = err_set(e, RC_BAD, "is not valid by the schema");
    xml_in_abandon(x);
    return rc;
}

void xml_in_abandon(struct xml_in *x)
{
    if (x == NULL)
        return;
    if (x->plug != NULL)
        (void)xmlSchemaSAXUnplug(x->plug);
    xmlSchemaFreeValidCtxt(x->valid);
    if (x->parser != NULL)
        xmlFreeParserCtxt(x->parser);
    free(x);
}
