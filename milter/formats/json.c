#include "formats/json.h"
#include "formats/json_read.h"

#include <jansson.h>
#include <stdlib.h>
#include <sysexits.h>
#include <time.h>

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

static void json_set(struct jnode *object, const char *key, json_t *value)
{
    if (json_object_set_new(in(object), key, value) != 0)
        (void)need(NULL);
}

void jnode_text(struct jnode *object, const char *key, const char *text)
{
    json_set(object, key, text == NULL ? json_null() : text_node(str_of(text)));
}

void jnode_str(struct jnode *object, const char *key, struct str text)
{
    json_set(object, key, text_node(text));
}

void jnode_int(struct jnode *object, const char *key, int64_t value)
{
    json_set(object, key, need(json_integer(value)));
}

void jnode_bool(struct jnode *object, const char *key, bool value)
{
    json_set(object, key, json_boolean(value));
}

void jnode_time(struct jnode *object, const char *key, int64_t time_ms)
{
    time_t seconds = (time_t)(time_ms / 1000);
    char text[40];
    struct tm tm;

    if (time_ms == 0 || gmtime_r(&seconds, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        jnode_text(object, key, NULL);
    else
        jnode_text(object, key, text);
}

void jnode_put(struct jnode *object, const char *key, struct jnode *child)
{
    json_set(object, key, in(child));
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

/* The library leaves DEL as it is. */
static int json_put_plain(const char *bytes, size_t n, void *to)
{
    for (size_t i = 0; i < n; i++)
        if ((bytes[i] == 0x7f ? fputs("\\u007f", to) : putc(bytes[i], to)) == EOF)
            return -1;
    return 0;
}

void jnode_print(struct jnode *root, FILE *to)
{
    (void)json_dump_callback(in(root), json_put_plain, to, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
    (void)fputc('\n', to);
    json_decref(in(root));
}

/* ---- reading ---- */

static const json_t *inside(const struct jvalue *v)
{
    return (const json_t *)(const void *)v;
}

static const struct jvalue *json_part(const json_t *j)
{
    return (const struct jvalue *)(const void *)j;
}

/* How deep it goes, strings left out; the library's own limit is far higher. */
static bool too_deep(struct str text)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '[' || c == '{') && ++depth > JSON_READ_DEPTH)
            return true;
        else if (!quoted && (c == ']' || c == '}') && depth > 0)
            depth--;
    }
    return false;
}

enum rc jvalue_read(struct str text, struct jvalue **root, struct err *e)
{
    json_error_t error;
    json_t *j;

    *root = NULL;
    if (text.n > JSON_READ_MAX)
        return err_set(e, RC_LIMIT, "is JSON of more than %d bytes", JSON_READ_MAX);
    if (too_deep(text))
        return err_set(e, RC_LIMIT, "is JSON nested deeper than %d", JSON_READ_DEPTH);
    j = json_loadb(text.p, text.n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    if (j == NULL) {
        char shown[JSON_ERROR_TEXT_LENGTH];
        struct strbuf b = STRBUF_ON(shown);

        strbuf_put_clean(&b, str_of(error.text), 120);
        return err_set(e, json_error_code(&error) == json_error_out_of_memory ? RC_NOMEM : RC_BAD, "line %d: %s",
                       error.line, b.p);
    }
    *root = (struct jvalue *)(void *)j;
    return RC_OK;
}

void jvalue_free(struct jvalue *root)
{
    json_decref((json_t *)(void *)root);
}

const struct jvalue *jvalue_member(const struct jvalue *v, const char *key)
{
    const json_t *j = json_object_get(inside(v), key);

    return json_is_null(j) ? NULL : json_part(j);
}

const char *jvalue_name(const struct jvalue *v, size_t i)
{
    json_t *object = (json_t *)(uintptr_t)(const void *)v; /* the library walks only what it may change */
    void *at = json_object_iter(object);

    while (at != NULL && i-- > 0)
        at = json_object_iter_next(object, at);
    return at == NULL ? NULL : json_object_iter_key(at);
}

size_t jvalue_length(const struct jvalue *v)
{
    return json_array_size(inside(v));
}

const struct jvalue *jvalue_at(const struct jvalue *v, size_t i)
{
    return json_part(json_array_get(inside(v), i));
}

bool jvalue_is_object(const struct jvalue *v)
{
    return json_is_object(inside(v));
}

bool jvalue_is_list(const struct jvalue *v)
{
    return json_is_array(inside(v));
}

bool jvalue_text(const struct jvalue *v, struct str *out)
{
    if (!json_is_string(inside(v)))
        return false;
    *out = (struct str){json_string_value(inside(v)), json_string_length(inside(v))};
    return true;
}

bool jvalue_number(const struct jvalue *v, int64_t *out)
{
    const json_t *j = inside(v);
    double real;

    if (json_is_integer(j)) {
        *out = json_integer_value(j);
        return true;
    }
    if (!json_is_real(j))
        return false;
    real = json_real_value(j);
    if (!(real > -1e15 && real < 1e15))
        return false;
    *out = (int64_t)real;
    return true;
}
