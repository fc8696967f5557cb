/* Block lists as they are written. */
#include <stdio.h>
#include <string.h>

#include "cli/domain/domain_out.h"
#include "mail/domain.h"
#include "syntax/sections.h"

enum { ZONE_MAX = 400, KEY_MAX = 200 };
enum { FIELD_KIND, FIELD_CODES, FIELD_REFUSED, FIELD_SCOPE, FIELD_SEVERITY, FIELD_KEY_FILE, FIELD_HELP, FIELDS };

static const struct section_field fields[FIELDS] = {
    {"Kind", false}, {"Codes", true}, {"Refused", true}, {"Scope", false}, {"Severity", false}, {"KeyFile", false},
    {"Help", false},
};
static const struct section_kind list_sections = {"list", "assay(1)", fields, FIELDS};

/* `zone` with `with` in the place of {key}. */
static const char *with_key(struct arena *a, const char *zone, const char *with)
{
    struct strbuf b = strbuf_new(a, ZONE_MAX);
    const char *key = strstr(zone, "{key}");

    strbuf_put(&b, str_slice(str_of(zone), 0, key == NULL ? SIZE_MAX : (size_t)(key - zone)));
    if (key != NULL) {
        strbuf_puts(&b, with);
        strbuf_puts(&b, key + 5);
    }
    return b.over ? "" : b.p;
}

enum rc domain_list_make(struct arena *a, const struct domain_list_words *words, struct health_list *out,
                         struct err *e)
{
    int kind = 0, scope = 0;

    *out = (struct health_list){.help = words->help, .advice = strcmp(words->severity, "advice") == 0};
    if (domain_normalize(a, str_of(with_key(a, words->zone, words->key)), &out->asked) != RC_OK)
        return err_set(e, RC_BAD, "the zone of a block list is not a name that DNS can hold");
    out->zone = with_key(a, words->zone, "***");
    if (words->kind[0] != '\0' && !enum_value(&health_list_kind_names, str_of(words->kind), &kind))
        return err_set(e, RC_BAD, "the kind of a block list is ip4, ip6 or domain");
    if (words->scope[0] != '\0' && !enum_value(&health_list_scope_names, str_of(words->scope), &scope))
        return err_set(e, RC_BAD, "the scope of a block list is address, range or asn");
    if (!health_codes_read(str_of(words->codes), out->code, &out->codes) ||
        !health_codes_read(str_of(words->refused), out->refused, &out->refuseds))
        return err_set(e, RC_BAD, "codes of a block list are addresses in 127.0.0.0/8, with \"-\" for a range");
    out->kind = (enum health_list_kind)kind;
    out->scope = (enum health_list_scope)scope;
    return RC_OK;
}

static const char *list_word(struct arena *a, const struct jvalue *o, const char *key)
{
    const struct jvalue *v = jvalue_member(o, key);
    struct strbuf b = strbuf_new(a, 1000);
    struct str text = STR_NONE;

    if (jvalue_text(v, &text))
        strbuf_put(&b, text);
    for (size_t i = 0; i < jvalue_length(v); i++)
        if (jvalue_text(jvalue_at(v, i), &text)) {
            strbuf_puts(&b, b.n == 0 ? "" : ",");
            strbuf_put(&b, text);
        }
    return b.p;
}

enum rc domain_known_lists(struct arena *a, const struct jvalue *list, struct health_input *in, struct err *e)
{
    size_t count = jvalue_length(list);
    struct health_list *made = arena_array(a, count, sizeof *made);
    enum rc rc = RC_OK;

    if (count > HEALTH_LISTS_MAX || made == NULL)
        return err_set(e, RC_LIMIT, "more than %d block lists", HEALTH_LISTS_MAX);
    for (size_t i = 0; i < count && rc == RC_OK; i++) {
        const struct jvalue *o = jvalue_at(list, i);
        struct domain_list_words words = {
            .zone = list_word(a, o, "zone"), .kind = list_word(a, o, "kind"), .codes = list_word(a, o, "codes"),
            .refused = list_word(a, o, "refused"), .scope = list_word(a, o, "scope"),
            .severity = list_word(a, o, "severity"), .help = list_word(a, o, "help"), .key = list_word(a, o, "key")};

        rc = domain_list_make(a, &words, &made[i], e);
    }
    in->list = made;
    in->lists = count;
    return rc;
}

/* ---- the file ---- */

/* The values of a list, commas between. */
static const char *values(struct arena *a, const struct section *s, size_t field)
{
    struct strbuf b = strbuf_new(a, 1000);

    for (size_t i = 0; i < s->value[field].n; i++)
        strbuf_putf(&b, "%s%s", i == 0 ? "" : ",", s->value[field].item[i].text);
    return b.p;
}

/* The first line of the key file; NULL when it cannot be read. */
static const char *key_read(struct arena *a, const char *path)
{
    char line[KEY_MAX];
    FILE *f = path[0] == '\0' ? NULL : fopen(path, "r");
    bool read = f != NULL && fgets(line, sizeof line, f) != NULL;

    if (f != NULL)
        (void)fclose(f);
    return read ? str_dup(a, str_trim(str_of(line))) : NULL;
}

static enum rc read_list(struct arena *a, const struct sections *f, const struct section *s, struct health_list *out,
                         struct err *e)
{
    struct err why = ERR_NONE;
    const char *path = section_text(a, s, FIELD_KEY_FILE);
    struct domain_list_words words = {
        .zone = s->title, .kind = section_text(a, s, FIELD_KIND), .codes = values(a, s, FIELD_CODES),
        .refused = values(a, s, FIELD_REFUSED), .scope = section_text(a, s, FIELD_SCOPE),
        .severity = section_text(a, s, FIELD_SEVERITY), .help = section_text(a, s, FIELD_HELP), .key = ""};

    if (path == NULL || words.kind == NULL || words.scope == NULL || words.severity == NULL || words.help == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    if (path[0] != '\0' && (words.key = key_read(a, path)) == NULL)
        return sections_bad(f, s->value[FIELD_KEY_FILE].place, e, "no key can be read from that file");
    if (domain_list_make(a, &words, out, &why) != RC_OK)
        return sections_bad(f, s->place, e, "%s", why.text);
    return RC_OK;
}

enum rc domain_read_lists(struct arena *a, const char *path, struct health_input *in, struct err *e)
{
    struct sections f;
    struct health_list *made;
    enum rc rc = path[0] == '\0' ? RC_OK : sections_read(a, path, &list_sections, &f, e);

    if (path[0] == '\0' || rc != RC_OK)
        return rc;
    made = arena_array(a, f.n + 1, sizeof *made);
    if (made == NULL || f.n > HEALTH_LISTS_MAX)
        return err_set(e, RC_LIMIT, "%s: more than %d block lists", path, HEALTH_LISTS_MAX);
    for (size_t i = 0; i < f.n && rc == RC_OK; i++)
        rc = read_list(a, &f, &f.section[i], &made[i], e);
    in->list = made;
    in->lists = f.n;
    return rc;
}
