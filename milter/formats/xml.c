#include "formats/xml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include "formats/xml_guard.h"

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

static enum rc xml_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for XML");
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

static void xml_complain(void *context, xmlError *error)
{
    struct complaint *c = context;
    char text[300];
    struct strbuf b = STRBUF_ON(text);

    if (c->rc != RC_OK || error->level < XML_ERR_ERROR)
        return;
    strbuf_put_clean(&b, str_trim(str_of(error->message)), 250);
    c->rc = error->code == XML_ERR_NO_MEMORY ? xml_no_memory(&c->err)
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
        return xml_no_memory(e);
    xmlSchemaSetParserStructuredErrors(context, (xmlStructuredErrorFunc)xml_complain, &c);
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
    bool leaf; /* no element began since the last one that did */
    struct xml_guard guard;
    struct strbuf text; /* of the leaf that is open; leading blanks left out */
    char text_mem[XML_READ_TEXT_MAX + 1];
};

static void xml_stop(struct xml_in *x, enum rc rc, const char *why)
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
    xml_stop(context, RC_BAD, "has a DOCTYPE, which no report needs");
}

static void xml_on_open(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces,
                        const xmlChar **namespace_list, int attributes, int defaulted, const xmlChar **attribute_list)
{
    struct xml_in *x = context;

    (void)prefix;
    (void)namespaces;
    (void)namespace_list;
    (void)defaulted;
    if (x->depth == XML_DEPTH_MAX) {
        xml_stop(x, RC_LIMIT, "elements are nested too deep");
        return;
    }
    x->depth++;
    x->leaf = true;
    x->text.n = 0;
    x->handler->open(x->arg, (const char *)name, uri == NULL ? "" : (const char *)uri);
    for (int i = 0; i < attributes && x->handler->attribute != NULL; i++) { /* name, prefix, URI, value, its end */
        const xmlChar **one = attribute_list + (size_t)i * 5;

        x->handler->attribute(x->arg, (const char *)one[0],
                              (struct str){(const char *)one[3], (size_t)(one[4] - one[3])});
    }
}

static void xml_on_close(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xml_in *x = context;

    (void)prefix;
    (void)uri;
    if (x->complaint.rc != RC_OK || x->depth == 0)
        return;
    x->depth--;
    x->handler->close(x->arg, (const char *)name, x->leaf ? strbuf_str(&x->text) : STR_NONE);
    x->leaf = false;
    x->text.n = 0;
}

static void on_text(void *context, const xmlChar *text, int n)
{
    struct xml_in *x = context;
    struct str more = {(const char *)text, n < 0 ? 0 : (size_t)n};

    if (!x->leaf)
        return;
    while (x->text.n == 0 && more.n > 0 && char_is_fws(more.p[0]))
        more = str_slice(more, 1, more.n);
    strbuf_put(&x->text, more);
}

/* A prefix that is declared nowhere makes no difference to who goes by local names. */
static void xml_on_error(void *context, xmlError *error)
{
    if (error->domain == XML_FROM_NAMESPACE)
        return;
    xml_complain(&((struct xml_in *)context)->complaint, error);
}

static void set_handlers(struct xml_in *x)
{
    x->sax = (xmlSAXHandler){.initialized = XML_SAX2_MAGIC, .internalSubset = on_doctype};
    x->sax.serror = (xmlStructuredErrorFunc)xml_on_error;
    if (x->handler == NULL)
        return;
    x->sax.startElementNs = xml_on_open;
    x->sax.endElementNs = xml_on_close;
    x->sax.characters = on_text;
    x->sax.cdataBlock = on_text;
}

static bool plug_schema(struct xml_in *x, struct xml_schema *schema)
{
    x->valid = xmlSchemaNewValidCtxt(schema_of(schema));
    if (x->valid == NULL)
        return false;
    xmlSchemaSetValidStructuredErrors(x->valid, (xmlStructuredErrorFunc)xml_complain, &x->complaint);
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
        return xml_no_memory(e);
    x->handler = h;
    x->arg = arg;
    x->text = STRBUF_ON(x->text_mem);
    set_handlers(x);
    x->parser = xmlCreatePushParserCtxt(&x->sax, x, NULL, 0, NULL);
    if (x->parser != NULL)
        (void)xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    if (x->parser == NULL || (schema != NULL && !plug_schema(x, schema))) {
        xml_in_abandon(x);
        return xml_no_memory(e);
    }
    *out = x;
    return RC_OK;
}

static enum rc xml_result(struct xml_in *x, bool broken, struct err *e)
{
    if (x->complaint.rc == RC_OK && broken)
        xml_stop(x, RC_BAD, "is not XML");
    if (x->complaint.rc != RC_OK)
        (void)err_set(e, x->complaint.rc, "%s", x->complaint.err.text);
    return x->complaint.rc;
}

void xml_in_stop(struct xml_in *x, enum rc rc, const char *why)
{
    xml_stop(x, rc, why);
}

int xml_in_line(const struct xml_in *x)
{
    return xmlSAX2GetLineNumber(x->parser);
}

enum rc xml_in_push(struct xml_in *x, struct str bytes, struct err *e)
{
    enum { PIECE = 16 * 1024 };
    bool broken = false;

    for (size_t at = 0; at < bytes.n && !broken && x->complaint.rc == RC_OK; at += PIECE) {
        struct str piece = str_slice(bytes, at, at + PIECE);

        if (xml_guard_look(&x->guard, piece, &x->complaint.err) != RC_OK)
            x->complaint.rc = RC_LIMIT;
        else
            broken = xmlParseChunk(x->parser, piece.p, (int)piece.n, 0) != 0 && !x->parser->wellFormed;
    }
    return xml_result(x, broken, e);
}

enum rc xml_in_close(struct xml_in *x, struct err *e)
{
    enum rc rc;

    if (x->complaint.rc == RC_OK)
        (void)xmlParseChunk(x->parser, NULL, 0, 1);
    rc = xml_result(x, !x->parser->wellFormed, e);

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
