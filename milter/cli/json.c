#include "cli/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <sysexits.h>

/* A jnode is a json_t; the type only keeps the library's name out of the header. */
static json_t *in(struct jnode *n)
{
    return (json_t *)(void *)n;
}

static json_t *need(json_t *made)
{
    if (made == NULL) {
        (void)fputs("assay: out of memory\n", stderr);
        exit(EX_OSERR);
    }
    return made;
}

static struct jnode *out(json_t *made)
{
    return (struct jnode *)(void *)need(made);
}

struct jnode *jnode_object(void)
{
    return out(json_object());
}

struct jnode *jnode_array(void)
{
    return out(json_array());
}

/* For text that is not UTF-8: what is stays, the other bytes are shown. */
static json_t *escaped(struct str s)
{
    size_t size = 4 * s.n + 1;
    char *mem = malloc(size);
    struct strbuf buf;
    json_t *made;

    if (mem == NULL)
        return NULL;
    buf = strbuf_on(mem, size);
    strbuf_put_clean(&buf, s, 4 * s.n);
    made = json_stringn(buf.p, buf.n);
    free(mem);
    return made;
}

static json_t *text_node(struct str s)
{
    json_t *made = json_stringn(s.n == 0 ? "" : s.p, s.n);

    return need(made != NULL ? made : escaped(s));
}

static void set(struct jnode *object, const char *key, json_t *value)
{
    if (json_object_set_new(in(object), key, value) != 0)
        (void)need(NULL);
}

void jnode_text(struct jnode *object, const char *key, const char *text)
{
    set(object, key, text == NULL ? json_null() : text_node(str_of(text)));
}

void jnode_str(struct jnode *object, const char *key, struct str text)
{
    set(object, key, text_node(text));
}

void jnode_int(struct jnode *object, const char *key, int64_t value)
{
    set(object, key, need(json_integer(value)));
}

void jnode_bool(struct jnode *object, const char *key, bool value)
{
    set(object, key, json_boolean(value));
}

void jnode_put(struct jnode *object, const char *key, struct jnode *child)
{
    set(object, key, in(child));
}

void jnode_append(struct jnode *array, struct jnode *child)
{
    if (json_array_append_new(in(array), in(child)) != 0)
        (void)need(NULL);
}

void jnode_append_text(struct jnode *array, const char *text)
{
    if (json_array_append_new(in(array), text_node(str_of(text))) != 0)
        (void)need(NULL);
}

void jnode_print(struct jnode *root, FILE *to)
{
    (void)json_dumpf(in(root), to, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    (void)fputc('\n', to);
    json_decref(in(root));
}
