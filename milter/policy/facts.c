#include "policy/facts.h"

#include <string.h>

/* An approval is of a service, not of whoever names the domain in From. */
static int facts_status(int status, const char *source, int cause)
{
    if (status == STATUS_APPROVED && (strcmp(source, SOURCE_UNKNOWN) == 0 || cause == CAUSE_UNAUTHORIZED))
        return STATUS_UNKNOWN;
    return status;
}

struct facts facts_judged(const struct given *g, const struct verdict *v, const struct record *r)
{
    const struct finding *found = &v->finding;
    int status = v->known != NULL ? (int)v->known->status : v->client != NULL ? (int)STATUS_UNKNOWN : FACTS_UNKNOWN;

    return (struct facts){
        .r = r,
        .result = (int)v->dmarc.result,
        .policy = v->dmarc.record != NULL ? (int)v->dmarc.policy : DMARC_P_NONE,
        .has_policy = v->dmarc.record != NULL,
        .status = facts_status(status, v->source.name, (int)found->cause),
        .cause = (int)found->cause,
        .causes = (found->cause != CAUSE_NONE ? 1u << found->cause : 0) | found->secondary,
        .client = g->message->conn->ip,
    };
}

/* ---- from words ---- */

static int facts_word(const struct enum_names *names, const char *text)
{
    int value;

    return enum_value(names, str_of(text), &value) ? value : FACTS_UNKNOWN;
}

static unsigned facts_causes(int cause, const char *secondary)
{
    struct str rest = str_of(secondary);
    unsigned set = cause > 0 ? 1u << cause : 0;

    while (rest.n > 0) {
        struct str one = str_slice(rest, 0, str_find(rest, ','));
        int value;

        if (enum_value(&cause_names, one, &value))
            set |= 1u << value;
        rest = str_slice(rest, one.n + 1, rest.n);
    }
    return set;
}

struct facts facts_recorded(const struct record *r)
{
    int cause = facts_word(&cause_names, r->cause);
    struct facts f = {
        .r = r,
        .result = facts_word(&dmarc_result_names, r->dmarc),
        .policy = r->policy[0] == '\0' ? DMARC_P_NONE : facts_word(&dmarc_policy_names, r->policy),
        .has_policy = r->policy[0] != '\0',
        .status = facts_status(facts_word(&source_status_names, r->status), r->source, cause),
        .cause = cause,
        .causes = facts_causes(cause, r->secondary),
    };

    if (!ip_parse(str_of(r->client_ip), &f.client))
        f.client = (struct ip){.family = IP_NONE};
    return f;
}
