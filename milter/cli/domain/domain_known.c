/* The --known file: what is known of a domain's mail beside DNS. */
#include <string.h>

#include "cli/domain/domain_out.h"
#include "mail/domain.h"

enum kind { KIND_TEXT, KIND_NUMBER, KIND_LIST, KIND_OBJECT };

struct key {
    const char *name;
    enum kind kind;
};

static const struct key top_keys[] = {
    {"selectors", KIND_LIST}, {"reports_to", KIND_TEXT}, {"tls_reports_to", KIND_TEXT}, {"sources", KIND_LIST},
    {"memory", KIND_LIST}, {"days_of_data", KIND_NUMBER}, {"names_below", KIND_LIST}, {"other_keys", KIND_LIST},
    {"known", KIND_LIST}, {"seen_authors", KIND_LIST}, {"lists", KIND_LIST}, {"last_run", KIND_LIST},
    {"hosted_zone", KIND_TEXT}, {"org", KIND_TEXT}, {"names", KIND_LIST}, {"servers", KIND_OBJECT},
    {"public", KIND_OBJECT}, {NULL, KIND_TEXT},
};
static const struct key source_keys[] = {
    {"source", KIND_TEXT}, {"status", KIND_TEXT}, {"domain", KIND_TEXT}, {"owner", KIND_TEXT},
    {"messages", KIND_NUMBER}, {"spf", KIND_TEXT}, {"spf_domain", KIND_TEXT}, {"spf_term", KIND_TEXT},
    {"addresses", KIND_LIST}, {"selectors", KIND_LIST}, {"dkim", KIND_LIST}, {NULL, KIND_TEXT},
};
static const struct key dkim_keys[] = {
    {"d", KIND_TEXT}, {"s", KIND_TEXT}, {"result", KIND_TEXT}, {"last", KIND_NUMBER}, {NULL, KIND_TEXT},
};
static const struct key memory_keys[] = {
    {"kind", KIND_TEXT}, {"name", KIND_TEXT}, {"text", KIND_TEXT}, {"first", KIND_NUMBER}, {"last", KIND_NUMBER},
    {NULL, KIND_TEXT},
};
static const struct key other_keys[] = {
    {"name", KIND_TEXT}, {"domain", KIND_TEXT}, {"selector", KIND_TEXT}, {"text", KIND_TEXT}, {"p", KIND_TEXT},
    {NULL, KIND_TEXT},
};
static const struct key mark_keys[] = {{"id", KIND_TEXT}, {"at", KIND_TEXT}, {"severity", KIND_TEXT},
                                       {NULL, KIND_TEXT}};

static bool is_kind(const struct jvalue *v, enum kind kind)
{
    struct str text;
    int64_t number;

    if (kind == KIND_TEXT)
        return jvalue_text(v, &text);
    if (kind == KIND_OBJECT)
        return jvalue_is_object(v);
    return kind == KIND_NUMBER ? jvalue_number(v, &number) : jvalue_is_list(v);
}

/* Each member of `o` is one of `keys` and of its kind. */
static enum rc check_keys(const struct jvalue *o, const struct key *keys, const char *where, struct err *e)
{
    const char *name;

    if (!jvalue_is_object(o))
        return err_set(e, RC_BAD, "%s must be an object, { }", where);
    for (size_t i = 0; (name = jvalue_name(o, i)) != NULL; i++) {
        const struct key *k = keys;
        char mem[120];
        struct strbuf shown = STRBUF_ON(mem);

        strbuf_put_escaped(&shown, str_of(name), 25);
        while (k->name != NULL && strcmp(k->name, name) != 0)
            k++;
        if (k->name == NULL)
            return err_set(e, RC_BAD, "%s has no key \"%s\"; assay(1) lists them", where, mem);
        if (!is_kind(jvalue_member(o, name), k->kind))
            return err_set(e, RC_BAD, "\"%s\" of %s is of the wrong kind; assay(1) says which", mem, where);
    }
    return RC_OK;
}

static struct str text_in(const struct jvalue *v)
{
    struct str text = STR_NONE;

    return jvalue_text(v, &text) ? text : STR_NONE;
}

/* A copy; "" without memory, which the arena remembers. */
static const char *text_or(struct arena *a, const struct jvalue *o, const char *key, const char *otherwise)
{
    const struct jvalue *v = jvalue_member(o, key);
    const char *text = v == NULL ? otherwise : str_dup(a, text_in(v));

    return text == NULL ? "" : text;
}

static int64_t number_or(const struct jvalue *o, const char *key, int64_t otherwise)
{
    int64_t number;

    return jvalue_number(jvalue_member(o, key), &number) ? number : otherwise;
}

/* Selectors, as names in DNS can hold them. */
static enum rc selectors_read(struct arena *a, const struct jvalue *list, const char *const **out, size_t *n,
                              struct err *e)
{
    size_t count = jvalue_length(list);
    const char **made;

    if (count > HEALTH_SELECTORS_MAX)
        return err_set(e, RC_LIMIT, "more than %d selectors", HEALTH_SELECTORS_MAX);
    made = arena_array(a, count, sizeof *made);
    if (made == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        if (domain_normalize(a, text_in(jvalue_at(list, i)), &made[i]) != RC_OK)
            return err_set(e, RC_BAD, "selector %zu is not a name that DNS can hold", i + 1);
    *out = made;
    *n = count;
    return RC_OK;
}

static enum rc signatures_read(struct arena *a, const struct jvalue *list, const char *domain, struct health_source *s,
                               struct err *e)
{
    size_t count = jvalue_length(list);
    struct health_signature *made;

    if (count > HEALTH_SELECTORS_MAX)
        return err_set(e, RC_LIMIT, "more than %d signatures of a source", HEALTH_SELECTORS_MAX);
    made = arena_array(a, count, sizeof *made);
    if (made == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        const struct jvalue *o = jvalue_at(list, i);
        enum rc rc = check_keys(o, dkim_keys, "a signature", e);

        if (rc != RC_OK)
            return rc;
        if (domain_normalize(a, str_of(text_or(a, o, "d", domain)), &made[i].domain) != RC_OK ||
            domain_normalize(a, str_of(text_or(a, o, "s", "")), &made[i].selector) != RC_OK)
            return err_set(e, RC_BAD, "\"d\" or \"s\" of a signature is not a name that DNS can hold");
        made[i].pass = strcmp(text_or(a, o, "result", "pass"), "pass") == 0;
        made[i].days = number_or(o, "last", 1);
    }
    s->signature = made;
    s->signatures = count;
    return RC_OK;
}

static enum rc addresses_read(struct arena *a, const struct jvalue *list, struct health_source *s, struct err *e)
{
    size_t count = jvalue_length(list);
    struct ip *made = arena_array(a, count, sizeof *made);

    if (count > 1000)
        return err_set(e, RC_LIMIT, "more than 1000 addresses of a source");
    if (made == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        if (!ip_parse(text_in(jvalue_at(list, i)), &made[i]))
            return err_set(e, RC_BAD, "address %zu of a source is not an IP address", i + 1);
    s->address = made;
    s->addresses = count;
    return RC_OK;
}

static enum rc source_read(struct arena *a, const struct jvalue *o, const char *domain, struct health_source *s,
                           struct err *e)
{
    enum rc rc = check_keys(o, source_keys, "a source", e);

    if (rc != RC_OK)
        return rc;
    *s = (struct health_source){.name = text_or(a, o, "source", "unknown"),
                                .status = text_or(a, o, "status", "unknown"),
                                .owner = text_or(a, o, "owner", ""), .spf = text_or(a, o, "spf", ""),
                                .spf_term = text_or(a, o, "spf_term", ""),
                                .messages = number_or(o, "messages", 0)};
    if (domain_normalize(a, str_of(text_or(a, o, "domain", domain)), &s->domain) != RC_OK ||
        domain_normalize(a, str_of(text_or(a, o, "spf_domain", domain)), &s->spf_domain) != RC_OK)
        return err_set(e, RC_BAD, "\"domain\" or \"spf_domain\" of a source is not a name that DNS can hold");
    rc = addresses_read(a, jvalue_member(o, "addresses"), s, e);
    if (rc != RC_OK)
        return rc;
    rc = selectors_read(a, jvalue_member(o, "selectors"), &s->selector, &s->selectors, e);
    return rc == RC_OK ? signatures_read(a, jvalue_member(o, "dkim"), domain, s, e) : rc;
}

/* ---- what else is known ---- */

/* A list of names, as they stand. */
static enum rc names_read(struct arena *a, const struct jvalue *list, const char *const **out, size_t *n, struct err *e)
{
    size_t count = jvalue_length(list);
    const char **made = arena_array(a, count, sizeof *made);

    if (count > DOMAIN_SOURCES_MAX)
        return err_set(e, RC_LIMIT, "more than %d names", DOMAIN_SOURCES_MAX);
    if (made == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        if (domain_normalize(a, text_in(jvalue_at(list, i)), &made[i]) != RC_OK)
            return err_set(e, RC_BAD, "name %zu of a list is not a name that DNS can hold", i + 1);
    *out = made;
    *n = count;
    return RC_OK;
}

static enum rc memory_read(struct arena *a, const struct jvalue *list, struct health_input *in, struct err *e)
{
    size_t count = jvalue_length(list);
    struct health_memory *made = arena_array(a, count, sizeof *made);
    enum rc rc = RC_OK;

    if (count > 10 * DOMAIN_SOURCES_MAX)
        return err_set(e, RC_LIMIT, "more than %d texts in memory", 10 * DOMAIN_SOURCES_MAX);
    if (made == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        const struct jvalue *o = jvalue_at(list, i);

        rc = check_keys(o, memory_keys, "a text in memory", e);
        made[i] = (struct health_memory){.kind = text_or(a, o, "kind", ""), .name = text_or(a, o, "name", ""),
                                         .text = text_or(a, o, "text", ""), .first = number_or(o, "first", 0),
                                         .last = number_or(o, "last", 0)};
    }
    in->memory = made;
    in->memories = count;
    return rc;
}

/* p= of a key record, or the text itself. */
static const char *key_of(struct arena *a, const char *text)
{
    const char *p = strstr(text, "p=");
    struct str value = str_of(p == NULL ? text : p + 2);
    const char *made = str_dup(a, str_trim(str_slice(value, 0, str_find(value, ';'))));

    return made == NULL ? "" : made;
}

static enum rc keys_read(struct arena *a, const struct jvalue *list, struct health_input *in, struct err *e)
{
    size_t count = jvalue_length(list);
    struct health_key *made = arena_array(a, count, sizeof *made);
    enum rc rc = RC_OK;

    if (count > 10 * DOMAIN_SOURCES_MAX)
        return err_set(e, RC_LIMIT, "more than %d keys of others", 10 * DOMAIN_SOURCES_MAX);
    if (made == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        const struct jvalue *o = jvalue_at(list, i);
        struct str text;

        if (jvalue_text(o, &text)) {
            const char *copy = str_dup(a, text);

            made[i] = (struct health_key){"another client's domain", key_of(a, copy == NULL ? "" : copy)};
            continue;
        }
        rc = check_keys(o, other_keys, "a key of others", e);
        made[i] = (struct health_key){text_or(a, o, "name", text_or(a, o, "domain", "another client's domain")),
                                      key_of(a, text_or(a, o, "p", text_or(a, o, "text", "")))};
    }
    in->other_key = made;
    in->other_keys = count;
    return rc;
}

static enum rc marks_read(struct arena *a, const struct jvalue *list, struct health_input *in, struct err *e)
{
    size_t count = jvalue_length(list);
    struct health_mark *made = arena_array(a, count + 1, sizeof *made);
    enum rc rc = RC_OK;

    if (list == NULL)
        return RC_OK;
    if (count > HEALTH_FINDINGS_MAX || made == NULL)
        return err_set(e, RC_LIMIT, "more than %d findings of the last run", HEALTH_FINDINGS_MAX);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        rc = check_keys(jvalue_at(list, i), mark_keys, "a finding of the last run", e);
        made[i] = (struct health_mark){text_or(a, jvalue_at(list, i), "id", ""),
                                       text_or(a, jvalue_at(list, i), "at", "")};
    }
    in->last = made;
    in->lasts = count;
    return rc;
}

static enum rc sources_read(struct arena *a, const struct jvalue *list, struct health_input *in, struct err *e)
{
    size_t count = jvalue_length(list);
    struct health_source *made;
    enum rc rc = RC_OK;

    if (count > DOMAIN_SOURCES_MAX)
        return err_set(e, RC_LIMIT, "more than %d sources", DOMAIN_SOURCES_MAX);
    made = arena_array(a, count, sizeof *made);
    if (made == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    for (size_t i = 0; i < count && rc == RC_OK; i++)
        rc = source_read(a, jvalue_at(list, i), in->domain, &made[i], e);
    in->source = made;
    in->sources = count;
    return rc;
}

enum rc domain_known(struct arena *a, const struct jvalue *root, struct health_input *in, struct err *e)
{
    enum rc rc = check_keys(root, top_keys, "the file", e);

    if (rc == RC_OK)
        rc = selectors_read(a, jvalue_member(root, "selectors"), &in->selector, &in->selectors, e);
    if (rc == RC_OK)
        rc = sources_read(a, jvalue_member(root, "sources"), in, e);
    if (rc == RC_OK)
        rc = memory_read(a, jvalue_member(root, "memory"), in, e);
    if (rc == RC_OK)
        rc = keys_read(a, jvalue_member(root, "other_keys"), in, e);
    if (rc == RC_OK)
        rc = marks_read(a, jvalue_member(root, "last_run"), in, e);
    if (rc == RC_OK)
        rc = names_read(a, jvalue_member(root, "names_below"), &in->below, &in->belows, e);
    if (rc == RC_OK)
        rc = names_read(a, jvalue_member(root, "known"), &in->known, &in->knowns, e);
    if (rc == RC_OK)
        rc = names_read(a, jvalue_member(root, "seen_authors"), &in->author, &in->authors, e);
    if (rc == RC_OK && jvalue_member(root, "lists") != NULL)
        rc = domain_known_lists(a, jvalue_member(root, "lists"), in, e);
    in->reports_to = text_or(a, root, "reports_to", in->reports_to);
    in->tls_reports_to = text_or(a, root, "tls_reports_to", in->tls_reports_to);
    in->hosted_zone = text_or(a, root, "hosted_zone", in->hosted_zone);
    in->organization = text_or(a, root, "org", in->organization);
    in->days_of_data = number_or(root, "days_of_data", in->days_of_data);
    return rc;
}
