/* Whether the services and clients that rules name exist: a rule with a misspelt one never matches, in silence. */
#include "policy/policy.h"

#include <string.h>

#include "syntax/nearest.h"

enum { SHOWN_MAX = 40 };

static const char *sender_name(const void *all, size_t i)
{
    return i < senders_count(all) ? senders_at(all, i)->name : NULL;
}

static const char *client_name(const void *all, size_t i)
{
    return i < clients_count(all) ? clients_at(all, i)->name : NULL;
}

/* What a field may name: those of a file, and a word of its own. */
struct names {
    const char *field, *file, *word;
    const void *all; /* NULL: the file is not there */
    const char *(*at)(const void *all, size_t i);
};

/* True when `text` is one of them, to the letter as the rules compare; else `near` holds what may be meant. */
static bool policy_names_is_name(const struct names *n, const char *text, struct nearest *near)
{
    const char *name;

    *near = nearest_to(str_of(text));
    nearest_offer(near, n->word);
    if (strcmp(text, n->word) == 0)
        return true;
    for (size_t i = 0; n->all != NULL && (name = n->at(n->all, i)) != NULL; i++) {
        if (strcmp(text, name) == 0)
            return true;
        nearest_offer(near, name);
    }
    return false;
}

static enum rc policy_names_check_list(const struct policy_rule *rule, const struct string_list *list,
                                       const struct names *n,
                                       const char *path, struct err *e)
{
    for (size_t i = 0; i < list->n; i++) {
        char shown[4 * SHOWN_MAX + 1];
        struct strbuf b = STRBUF_ON(shown);
        struct nearest near;

        if (policy_names_is_name(n, list->item[i], &near))
            continue;
        strbuf_put_escaped(&b, str_of(list->item[i]), SHOWN_MAX);
        return err_set(e, RC_BAD, "%s:%u: rule %s: %s: \"%s\" is not in %s%s%s%s", path, rule->line, rule->name,
                       n->field, shown, n->file,
                       near.best != NULL                     ? "; did you mean "
                       : strcmp(n->field, "Source") == 0 ? "; enter it there, or name its addresses with Network"
                                                         : "; enter it there, or take it out",
                       near.best == NULL ? "" : near.best, near.best == NULL ? "" : "?");
    }
    return RC_OK;
}

enum rc policy_check_names(const struct policy *p, const char *path, const struct senders *senders,
                           const struct clients *clients, struct err *e)
{
    const struct names sources = {"Source", "senders.conf", SOURCE_UNKNOWN, senders, sender_name};
    const struct names whose = {"Client", "clients.conf", "*", clients, client_name};
    enum rc rc = RC_OK;

    for (size_t i = 0; rc == RC_OK && i < p->n; i++) {
        rc = policy_names_check_list(&p->rule[i], &p->rule[i].match.sources, &sources, path, e);
        if (rc == RC_OK)
            rc = policy_names_check_list(&p->rule[i], &p->rule[i].match.clients, &whose, path, e);
    }
    return rc;
}
