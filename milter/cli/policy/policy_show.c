#include "cli/policy/policy_show.h"

#include <time.h>

enum { DAY_TEXT = 11, VALUES_MAX = 100000 };

bool policy_rule_expired(const struct policy_rule *rule, int64_t now_ms)
{
    return rule->until_ms != 0 && now_ms >= rule->until_ms;
}

/* The last day it counts; until_ms is that day's end. */
static const char *last_day(const struct policy_rule *rule, char buf[static DAY_TEXT])
{
    time_t t = (time_t)(rule->until_ms / 1000 - 1);
    struct tm tm;

    buf[0] = '\0';
    if (gmtime_r(&t, &tm) != NULL)
        (void)strftime(buf, DAY_TEXT, "%Y-%m-%d", &tm);
    return buf;
}

/* ---- what it looks at, one value after the other ---- */

typedef void put_value(void *to, const char *field, const char *value);

static void each_text(const struct string_list *list, const char *field, put_value *put, void *to)
{
    for (size_t i = 0; i < list->n; i++)
        put(to, field, list->item[i]);
}

static void each_word(unsigned set, const struct enum_names *names, const char *field, put_value *put, void *to)
{
    for (int i = 0; i < names->count; i++)
        if ((set & 1u << i) != 0)
            put(to, field, enum_name(names, i));
}

static void each_network(const struct net_list *list, put_value *put, void *to)
{
    for (size_t i = 0; i < list->n; i++) {
        char ip[IP_TEXT_MAX], text[IP_TEXT_MAX + 8];
        struct strbuf b = STRBUF_ON(text);

        strbuf_putf(&b, "%s/%u", ip_text(&list->item[i].addr, ip), (unsigned)list->item[i].bits);
        put(to, "Network", text);
    }
}

static void each_value(const struct policy_match *m, put_value *put, void *to)
{
    each_text(&m->author_domains, "AuthorDomain", put, to);
    each_text(&m->clients, "Client", put, to);
    each_word(m->results, &dmarc_result_names, "Result", put, to);
    each_word(m->policies, &dmarc_policy_names, "Policy", put, to);
    each_word(m->causes, &cause_names, "Cause", put, to);
    each_text(&m->sources, "Source", put, to);
    each_word(m->statuses, &source_status_names, "Status", put, to);
    each_network(&m->networks, put, to);
    each_text(&m->signed_by, "SignedBy", put, to);
    each_text(&m->sealers, "Sealer", put, to);
    each_text(&m->vouched_by, "VouchedBy", put, to);
    if (m->list != POLICY_EITHER)
        put(to, "List", m->list == POLICY_YES ? "yes" : "no");
    if (m->confirmed != POLICY_EITHER)
        put(to, "Confirmed", m->confirmed == POLICY_YES ? "yes" : "no");
    each_text(&m->recipients, "Recipient", put, to);
}

/* ---- text ---- */

struct lines {
    FILE *to;
    const char *field; /* of the line begun; NULL none */
};

static const char *policy_show_meaning(const char *field)
{
    static const struct { const char *field, *words; } table[] = {
        {"AuthorDomain", "From is at or below"}, {"Client", "the domain belongs to client"},
        {"Result", "the DMARC result is"}, {"Policy", "the domain asks for"}, {"Cause", "the cause is"},
        {"Source", "it was sent by"}, {"Status", "the inventory says of that source"},
        {"Network", "it comes from"}, {"SignedBy", "it is signed, verified, by"},
        {"Sealer", "the last seal (ARC) is of"}, {"VouchedBy", "it passed, say the seals (ARC) of"},
        {"List", "it came by a mailing list:"}, {"Confirmed", "SPF or DKIM confirms the domain:"},
        {"Recipient", "all recipients are at or below"},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (str_eq(str_of(table[i].field), str_of(field)))
            return table[i].words;
    return field;
}

static void put_text(void *arg, const char *field, const char *value)
{
    struct lines *l = arg;
    bool same = l->field != NULL && str_eq(str_of(l->field), str_of(field));
    char shown[320];
    struct strbuf b = STRBUF_ON(shown);

    strbuf_put_escaped(&b, str_of(value), 256);
    if (same)
        (void)fprintf(l->to, " or %s", shown);
    else
        (void)fprintf(l->to, "%s    %s %s %s", l->field == NULL ? "" : "\n", l->field == NULL ? "when" : "and ",
                      policy_show_meaning(field), shown);
    l->field = field;
}

void policy_print_rule(const struct policy_rule *rule, size_t position, int64_t now_ms, FILE *to)
{
    struct lines l = {.to = to};
    char day[DAY_TEXT];

    (void)fprintf(to, "%zu. %s (line %u)%s\n", position, rule->name, rule->line,
                  policy_rule_expired(rule, now_ms) ? ": EXPIRED, has no effect" : "");
    each_value(&rule->match, put_text, &l);
    (void)fprintf(to, "\n    then %s\n", enum_name(&policy_action_names, (int)rule->action));
    if (rule->reason[0] != '\0')
        (void)fprintf(to, "    because: %s\n", rule->reason);
    if (rule->owner[0] != '\0' || rule->ticket[0] != '\0')
        (void)fprintf(to, "    owner %s, ticket %s\n", rule->owner[0] != '\0' ? rule->owner : "(none)",
                      rule->ticket[0] != '\0' ? rule->ticket : "(none)");
    if (rule->until_ms != 0)
        (void)fprintf(to, "    until the end of %s (UTC)\n", last_day(rule, day));
}

/* ---- JSON ---- */

struct lists {
    struct jnode *match, *list;
    const char *field;
};

static void put_json(void *arg, const char *field, const char *value)
{
    struct lists *l = arg;

    if (l->field == NULL || !str_eq(str_of(l->field), str_of(field))) {
        l->list = jnode_array();
        jnode_put(l->match, field, l->list);
        l->field = field;
    }
    jnode_append_text(l->list, value);
}

struct jnode *policy_rule_node(const struct policy_rule *rule, int64_t now_ms)
{
    struct jnode *o = jnode_object();
    struct lists l = {.match = jnode_object()};
    char day[DAY_TEXT];

    jnode_text(o, "name", rule->name);
    jnode_int(o, "line", rule->line);
    each_value(&rule->match, put_json, &l);
    jnode_put(o, "match", l.match);
    jnode_text(o, "action", enum_name(&policy_action_names, (int)rule->action));
    jnode_text(o, "override", rule->override < 0 ? "" : enum_name(&override_type_names, rule->override));
    jnode_text(o, "reason", rule->reason);
    jnode_text(o, "owner", rule->owner);
    jnode_text(o, "ticket", rule->ticket);
    jnode_text(o, "until", rule->until_ms == 0 ? "" : last_day(rule, day));
    jnode_bool(o, "expired", policy_rule_expired(rule, now_ms));
    return o;
}
