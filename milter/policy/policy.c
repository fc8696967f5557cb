/* From the sections of policy.conf to rules. */
#include "policy/policy.h"

#include <string.h>
#include <time.h>

enum { NAME_MAX_BYTES = 40, TEXT_MAX_BYTES = 200 };

enum field {
    FIELD_AUTHOR_DOMAIN, FIELD_CLIENT, FIELD_RESULT, FIELD_POLICY, FIELD_CAUSE, FIELD_SOURCE, FIELD_STATUS,
    FIELD_NETWORK, FIELD_SIGNED_BY, FIELD_SEALER, FIELD_VOUCHED_BY, FIELD_LIST, FIELD_CONFIRMED, FIELD_RECIPIENT,
    FIELD_ACTION, FIELD_OVERRIDE, FIELD_REASON, FIELD_OWNER, FIELD_TICKET, FIELD_UNTIL, FIELD_COUNT
};

static const struct section_field fields[FIELD_COUNT] = {
    [FIELD_AUTHOR_DOMAIN] = {"AuthorDomain", true},
    [FIELD_CLIENT] = {"Client", true},
    [FIELD_RESULT] = {"Result", true},
    [FIELD_POLICY] = {"Policy", true},
    [FIELD_CAUSE] = {"Cause", true},
    [FIELD_SOURCE] = {"Source", true},
    [FIELD_STATUS] = {"Status", true},
    [FIELD_NETWORK] = {"Network", true},
    [FIELD_SIGNED_BY] = {"SignedBy", true},
    [FIELD_SEALER] = {"Sealer", true},
    [FIELD_VOUCHED_BY] = {"VouchedBy", true},
    [FIELD_LIST] = {"List", false},
    [FIELD_CONFIRMED] = {"Confirmed", false},
    [FIELD_RECIPIENT] = {"Recipient", true},
    [FIELD_ACTION] = {"Action", false},
    [FIELD_OVERRIDE] = {"Override", false},
    [FIELD_REASON] = {"Reason", false},
    [FIELD_OWNER] = {"Owner", false},
    [FIELD_TICKET] = {"Ticket", false},
    [FIELD_UNTIL] = {"Until", false},
};
const struct section_kind policy_sections = {
    .word = "rule", .manual = "policy.conf(5)", .field = fields, .fields = FIELD_COUNT,
};

static const char *const answers[] = {"", "no", "yes"};
static const struct enum_names answer_names = ENUM_NAMES(answers);

/* What reading one section takes along. */
struct reading {
    struct arena *a;
    const struct sections *f;
    const struct section *s;
    struct err *e;
};

static enum rc policy_no_memory(const struct reading *r)
{
    return err_set(r->e, RC_NOMEM, "%s: no memory to read it", r->f->path);
}

/* ---- words ---- */

/* "none, pass or fail": every word of the table. */
static const char *choices(struct arena *a, const struct enum_names *names)
{
    struct strbuf b = strbuf_new(a, 400);
    int first = names->name[0][0] == '\0' ? 1 : 0;

    for (int i = first; i < names->count; i++)
        strbuf_putf(&b, "%s%s", i == first ? "" : i + 1 == names->count ? " or " : ", ", names->name[i]);
    return b.p;
}

static enum rc read_word(const struct reading *r, enum field at, size_t i, const struct enum_names *names, int *out)
{
    const struct section_item *item = &r->s->value[at].item[i];
    char shown[2 * NAME_MAX_BYTES];
    struct strbuf b = STRBUF_ON(shown);

    if (item->text[0] != '\0' && enum_value(names, str_of(item->text), out))
        return RC_OK;
    strbuf_put_escaped(&b, str_of(item->text), NAME_MAX_BYTES / 2);
    return sections_bad(r->f, item->place, r->e, "%s: \"%s\" is not one of its words; write %s", fields[at].name, b.p,
                        choices(r->a, names));
}

/* The words of a list as bits; `none_given` when it is absent or empty. */
static enum rc read_words(const struct reading *r, enum field at, const struct enum_names *names, unsigned none_given,
                          unsigned *out)
{
    const struct section_value *v = &r->s->value[at];
    enum rc rc = RC_OK;

    *out = v->n == 0 ? none_given : 0;
    for (size_t i = 0; rc == RC_OK && i < v->n; i++) {
        int value = 0;

        rc = read_word(r, at, i, names, &value);
        *out |= 1u << value;
    }
    return rc;
}

static enum rc read_one_word(const struct reading *r, enum field at, const struct enum_names *names, int absent,
                             int *out)
{
    *out = absent;
    return r->s->value[at].present ? read_word(r, at, 0, names, out) : RC_OK;
}

/* ---- text ---- */

/* It goes into records, reports and log lines, where ";" and "," have meanings of their own. */
static enum rc read_text(const struct reading *r, enum field at, const char **out)
{
    *out = section_text(r->a, r->s, at);
    if (*out == NULL)
        return policy_no_memory(r);
    if (strlen(*out) > TEXT_MAX_BYTES)
        return sections_bad(r->f, r->s->value[at].place, r->e, "%s is longer than %d bytes; say it shorter",
                            fields[at].name, TEXT_MAX_BYTES);
    for (const char *p = *out; *p != '\0'; p++)
        if (*p < ' ' || *p > '~' || *p == ';')
            return sections_bad(r->f, r->s->value[at].place, r->e,
                                "%s holds a byte that is not printable ASCII, or a semicolon; write it without",
                                fields[at].name);
    return RC_OK;
}

static bool two_digits(struct str s, size_t at, int *out)
{
    if (!char_is_digit(s.p[at]) || !char_is_digit(s.p[at + 1]))
        return false;
    *out = (s.p[at] - '0') * 10 + (s.p[at + 1] - '0');
    return true;
}

/* "2026-12-31": the day, which still counts, at its end in UTC. */
static bool end_of_day(struct str s, int64_t *ms)
{
    int century, year, month, day;
    struct tm tm = {0}, back;
    time_t t;

    if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' || !two_digits(s, 0, &century) || !two_digits(s, 2, &year) ||
        !two_digits(s, 5, &month) || !two_digits(s, 8, &day))
        return false;
    tm.tm_year = century * 100 + year - 1900;
    tm.tm_mon = month - 1;
    tm.tm_mday = day;
    t = timegm(&tm);
    if (gmtime_r(&t, &back) == NULL || back.tm_mday != day || back.tm_mon != month - 1)
        return false;
    *ms = ((int64_t)t + 24 * 60 * 60) * 1000;
    return true;
}

static enum rc read_until(const struct reading *r, int64_t *out)
{
    const struct section_value *v = &r->s->value[FIELD_UNTIL];

    *out = 0;
    if (!v->present || end_of_day(str_of(v->item[0].text), out))
        return RC_OK;
    return sections_bad(r->f, v->place, r->e, "Until is no date; write the last day it counts as YYYY-MM-DD");
}

/* ---- a rule ---- */

static enum rc read_lists(const struct reading *r, struct policy_match *m)
{
    const struct { enum field at; struct string_list *out; } domains[] = {
        {FIELD_AUTHOR_DOMAIN, &m->author_domains}, {FIELD_SIGNED_BY, &m->signed_by}, {FIELD_SEALER, &m->sealers},
        {FIELD_VOUCHED_BY, &m->vouched_by}, {FIELD_RECIPIENT, &m->recipients},
    };
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < sizeof domains / sizeof domains[0]; i++)
        rc = section_domains(r->a, r->f, r->s, domains[i].at, domains[i].out, r->e);
    if (rc == RC_OK)
        rc = section_networks(r->a, r->f, r->s, FIELD_NETWORK, &m->networks, r->e);
    if (rc == RC_OK && (section_texts(r->a, r->s, FIELD_CLIENT, &m->clients) != RC_OK ||
                        section_texts(r->a, r->s, FIELD_SOURCE, &m->sources) != RC_OK))
        rc = policy_no_memory(r);
    return rc;
}

static enum rc read_match(const struct reading *r, struct policy_match *m)
{
    int list = POLICY_EITHER, confirmed = POLICY_EITHER;
    enum rc rc = read_lists(r, m);

    if (rc == RC_OK)
        rc = read_words(r, FIELD_RESULT, &dmarc_result_names, 1u << DMARC_FAIL, &m->results);
    if (rc == RC_OK)
        rc = read_words(r, FIELD_POLICY, &dmarc_policy_names, 1u << DMARC_P_QUARANTINE | 1u << DMARC_P_REJECT,
                        &m->policies);
    if (rc == RC_OK)
        rc = read_words(r, FIELD_CAUSE, &cause_names, 0, &m->causes);
    if (rc == RC_OK)
        rc = read_words(r, FIELD_STATUS, &source_status_names, 0, &m->statuses);
    if (rc == RC_OK)
        rc = read_one_word(r, FIELD_LIST, &answer_names, POLICY_EITHER, &list);
    if (rc == RC_OK)
        rc = read_one_word(r, FIELD_CONFIRMED, &answer_names, POLICY_EITHER, &confirmed);
    m->list = (enum policy_answer)list;
    m->confirmed = (enum policy_answer)confirmed;
    return rc;
}

static enum rc read_action(const struct reading *r, struct policy_rule *rule)
{
    int action = POLICY_NONE;
    enum rc rc;

    if (!r->s->value[FIELD_ACTION].present)
        return sections_bad(r->f, r->s->place, r->e, "the rule has no Action; write Action = %s",
                            choices(r->a, &policy_action_names));
    rc = read_one_word(r, FIELD_ACTION, &policy_action_names, POLICY_NONE, &action);
    rule->action = (enum policy_action)action;
    return rc;
}

/* It stands in log lines and SQL beside "default" and "inventory", which are nobody's names. */
static enum rc policy_check_name(const struct reading *r)
{
    const char *name = r->s->title;
    bool good = name[0] != '\0' && strlen(name) <= NAME_MAX_BYTES;

    for (const char *p = name; *p != '\0'; p++)
        good = good && (char_is_alnum(*p) || *p == '-' || *p == '_' || *p == '.');
    if (good && strcmp(name, "default") != 0 && strcmp(name, "inventory") != 0)
        return RC_OK;
    return sections_bad(r->f, r->s->place, r->e,
                        "a rule's name has 1 to %d letters, digits, \"-\", \"_\" and \".\", and is not default or "
                        "inventory; name it otherwise", NAME_MAX_BYTES);
}

static enum rc read_rule(const struct reading *r, struct policy_rule *rule)
{
    enum rc rc = policy_check_name(r);

    rule->name = str_dup(r->a, str_of(r->s->title));
    rule->line = r->s->place.line;
    if (rc == RC_OK && rule->name == NULL)
        rc = policy_no_memory(r);
    if (rc == RC_OK)
        rc = read_match(r, &rule->match);
    if (rc == RC_OK)
        rc = read_action(r, rule);
    if (rc == RC_OK)
        rc = read_one_word(r, FIELD_OVERRIDE, &override_type_names, -1, &rule->override);
    if (rc == RC_OK)
        rc = read_text(r, FIELD_REASON, &rule->reason);
    if (rc == RC_OK)
        rc = read_text(r, FIELD_OWNER, &rule->owner);
    if (rc == RC_OK)
        rc = read_text(r, FIELD_TICKET, &rule->ticket);
    return rc == RC_OK ? read_until(r, &rule->until_ms) : rc;
}

enum rc policy_make(struct arena *a, const struct sections *f, struct policy *out, struct err *e)
{
    struct policy_rule *rule = arena_array(a, f->n, sizeof *rule);
    enum rc rc = RC_OK;

    *out = (struct policy){.n = f->n, .rule = rule};
    if (rule == NULL && f->n > 0)
        return err_set(e, RC_NOMEM, "%s: no memory to read it", f->path);
    for (size_t i = 0; rc == RC_OK && i < f->n; i++) {
        const struct reading r = {.a = a, .f = f, .s = &f->section[i], .e = e};

        rc = read_rule(&r, &rule[i]);
    }
    return rc;
}
