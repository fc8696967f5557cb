#include "catalogue/sender_entry.h"

#include <string.h>

#include "syntax/nearest.h"

static const char *const kinds[] = {
    "mailbox", "marketing", "transactional", "crm", "ticketing", "billing", "hr", "survey", "commerce", "gateway",
    "list", "forwarding", "hosting", "collaboration", "education", "events", "social", "developer"
};
const struct enum_names sender_kind_names = ENUM_NAMES(kinds);

static const char *const marks[] = {"DKIM", "SPF", "Networks", "PTR", "ReturnPath", "KeyCNAME", "Selectors"};
const struct enum_names sender_mark_names = ENUM_NAMES(marks);

/* The fields of an entry; those of enum sender_mark come first, in its order. */
enum {
    FIELD_TITLE = SENDER_MARK_COUNT, FIELD_KIND, FIELD_INCLUDE, FIELD_SETUP_WORDS, FIELD_SETUP, FIELD_DOCUMENT,
    FIELD_DOCUMENT_DATE, FIELD_UNCONFIRMED, FIELD_NOTE, FIELD_COUNT
};

static const struct section_field fields[FIELD_COUNT] = {
    [SENDER_BY_DKIM] = {"DKIM", true}, [SENDER_BY_SPF] = {"SPF", true}, [SENDER_BY_NETWORK] = {"Networks", true},
    [SENDER_BY_PTR] = {"PTR", true}, [SENDER_BY_RETURN_PATH] = {"ReturnPath", true},
    [SENDER_BY_KEY_CNAME] = {"KeyCNAME", true}, [SENDER_BY_SELECTOR] = {"Selectors", true},
    [FIELD_TITLE] = {"Title", false}, [FIELD_KIND] = {"Kind", false}, [FIELD_INCLUDE] = {"Include", false},
    [FIELD_SETUP_WORDS] = {"SetupWords", false}, [FIELD_SETUP] = {"Setup", false},
    [FIELD_DOCUMENT] = {"Document", false}, [FIELD_DOCUMENT_DATE] = {"DocumentDate", false},
    [FIELD_UNCONFIRMED] = {"Unconfirmed", true}, [FIELD_NOTE] = {"Note", false},
};

const struct section_kind sender_sections = {"sender", "senders.conf(5)", fields, FIELD_COUNT};

static enum rc sender_entry_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for the catalogue of senders");
}

static enum rc sender_entry_check_name(const struct sections *f, const struct section *s, struct err *e)
{
    size_t n = strlen(s->title);
    bool good = n > 0 && n <= SENDER_NAME_MAX && char_is_alnum(s->title[0]);

    for (size_t i = 0; i < n; i++)
        if (!char_is_digit(s->title[i]) && !(s->title[i] >= 'a' && s->title[i] <= 'z') && s->title[i] != '-')
            good = false;
    if (!good || strcmp(s->title, "unknown") == 0)
        return sections_bad(f, s->place, e, "this is no name for a sender; write at most %d small letters, digits "
                            "and hyphens, and not \"unknown\"", SENDER_NAME_MAX);
    return RC_OK;
}

static enum rc read_kind(const struct sections *f, const struct section *s, struct sender *out, struct err *e)
{
    const struct section_value *v = &s->value[FIELD_KIND];
    struct nearest n;
    int kind;

    if (v->n == 0)
        return sections_bad(f, s->place, e, "%s has no Kind; say what it does, as Kind = marketing", s->title);
    if (enum_value(&sender_kind_names, str_of(v->item[0].text), &kind)) {
        out->kind = (enum sender_kind)kind;
        return RC_OK;
    }
    n = nearest_to(str_of(v->item[0].text));
    for (int i = 0; i < sender_kind_names.count; i++)
        nearest_offer(&n, enum_name(&sender_kind_names, i));
    if (n.best != NULL)
        return sections_bad(f, v->place, e, "Kind: there is no such kind; did you mean %s?", n.best);
    return sections_bad(f, v->place, e, "Kind: there is no such kind; senders.conf(5) lists them all");
}

/* Any field may be called unconfirmed; what tells a service then weighs less. */
static enum rc read_unconfirmed(const struct sections *f, const struct section *s, struct sender *out, struct err *e)
{
    const struct section_value *v = &s->value[FIELD_UNCONFIRMED];

    for (size_t i = 0; i < v->n; i++) {
        struct nearest n = nearest_to(str_of(v->item[i].text));
        bool known = false;
        int mark;

        for (size_t j = 0; j < FIELD_COUNT; j++) {
            known = known || str_eq_nocase(n.name, str_of(fields[j].name));
            nearest_offer(&n, fields[j].name);
        }
        if (enum_value(&sender_mark_names, n.name, &mark))
            out->unconfirmed |= 1u << mark;
        if (!known)
            return sections_bad(f, v->item[i].place, e, "Unconfirmed: there is no such field; %s%s%s",
                                n.best == NULL ? "senders.conf(5) lists them all" : "did you mean ",
                                n.best == NULL ? "" : n.best, n.best == NULL ? "" : "?");
    }
    return RC_OK;
}

static enum rc sender_entry_read_texts(struct arena *a, const struct section *s, struct sender *out, struct err *e)
{
    const struct { size_t field; const char **to; } texts[] = {
        {FIELD_TITLE, &out->title}, {FIELD_INCLUDE, &out->include}, {FIELD_SETUP, &out->setup},
        {FIELD_SETUP_WORDS, &out->setup_words}, {FIELD_DOCUMENT, &out->document},
        {FIELD_DOCUMENT_DATE, &out->document_date}, {FIELD_NOTE, &out->note},
    };

    out->name = str_dup(a, str_of(s->title));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        *texts[i].to = section_text(a, s, texts[i].field);
        if (*texts[i].to == NULL)
            return sender_entry_no_memory(e);
    }
    if (out->title[0] == '\0')
        out->title = out->name;
    return out->name == NULL ? sender_entry_no_memory(e) : RC_OK;
}

static enum rc read_marks(struct arena *a, const struct sections *f, const struct section *s, struct sender *out,
                          struct err *e)
{
    enum rc rc = section_networks(a, f, s, SENDER_BY_NETWORK, &out->networks, e);

    for (size_t by = 0; rc == RC_OK && by < SENDER_MARK_COUNT; by++) {
        if (by == SENDER_BY_SELECTOR)
            rc = section_texts(a, s, by, &out->mark[by]) == RC_OK ? RC_OK : sender_entry_no_memory(e);
        else if (by != SENDER_BY_NETWORK)
            rc = section_domains(a, f, s, by, &out->mark[by], e);
    }
    return rc;
}

enum rc sender_read(struct arena *a, const struct sections *f, const struct section *s, struct sender *out,
                    struct err *e)
{
    enum rc rc = sender_entry_check_name(f, s, e);

    *out = (struct sender){0};
    if (rc == RC_OK)
        rc = read_kind(f, s, out, e);
    if (rc == RC_OK)
        rc = read_unconfirmed(f, s, out, e);
    if (rc == RC_OK)
        rc = sender_entry_read_texts(a, s, out, e);
    return rc == RC_OK ? read_marks(a, f, s, out, e) : rc;
}
