#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/watch/watch.h"
#include "report/period.h"

enum { WATCH_TEXT_MAX = 1000 /* bytes of any text that a person gives */ };

int watch_check_client(const struct subcommand *cmd, const struct config *c, const char *client)
{
    for (size_t i = 0; i < clients_count(c->clients); i++)
        if (strcmp(clients_at(c->clients, i)->name, client) == 0)
            return EX_OK;
    return cli_usage(cmd, "--client \"%s\": ClientsFile has no such client", client);
}

struct watch_round watch_round_of(const struct report_place *p, const char *client)
{
    return (struct watch_round){.db = p->db,
                                .clients = p->config->clients,
                                .bounds = &watch_usual_bounds,
                                .client = client,
                                .now_ms = clock_wall_ms(),
                                .days = WATCH_USUAL_DAYS};
}

const char *watch_who(void)
{
    const struct passwd *p = getpwuid(getuid());

    return p == NULL ? "?" : p->pw_name;
}

int watch_check_text(const struct subcommand *cmd, const char *what, const char *text, size_t max)
{
    char mem[4 * WATCH_TEXT_MAX + 1];
    struct strbuf clean = STRBUF_ON(mem);

    MUST(max <= WATCH_TEXT_MAX);
    if (strlen(text) > max)
        return cli_usage(cmd, "%s has more than %zu bytes", what, max);
    strbuf_put_clean(&clean, str_of(text), max);
    if (strcmp(mem, text) != 0)
        return cli_usage(cmd, "%s has line breaks or characters that cannot be seen; write it on one line", what);
    return EX_OK;
}

void watch_print(const struct episode *p)
{
    char mem[1000], since[11];
    struct strbuf b = STRBUF_ON(mem);

    watch_sentence(p, &b);
    watch_day_text(p->since_day, since);
    (void)printf("%-8s  %-9s since %s  %s", p->ref, enum_name(&watch_band_names, (int)p->band), since,
                 p->domain[0] == '\0' ? "what came in" : p->domain);
    if (p->client[0] != '\0')
        (void)printf(" (%s)", p->client);
    (void)printf("%s%s\n", p->ticket[0] == '\0' ? "" : ", ticket ", p->ticket);
    (void)printf("          %s: %s\n", p->workflow, mem);
    if (p->state == EPISODE_OPEN)
        (void)printf("          next: %s\n", watch_next_step(p->workflow, p->cause));
}

static void watch_json_day(struct jnode *o, const char *key, int64_t day)
{
    char text[11];

    watch_day_text(day, text);
    jnode_text(o, key, day == 0 ? "" : text);
}

bool watch_parse_day(const char *text, int64_t *day)
{
    int64_t begin_s;

    if (!period_parse(str_of(text), &begin_s))
        return false;
    *day = begin_s / PERIOD_DAY_S;
    return true;
}

struct jnode *watch_exception_json(const struct exception *x)
{
    struct jnode *o = jnode_object();

    jnode_text(o, "client", x->client);
    jnode_text(o, "domain", x->domain);
    jnode_text(o, "source", x->source);
    jnode_text(o, "risk", x->risk);
    jnode_text(o, "owner", x->owner);
    jnode_text(o, "reason", x->reason);
    watch_json_day(o, "until", x->until_day);
    jnode_int(o, "since_ms", x->since_ms);
    jnode_text(o, "who", x->who);
    jnode_int(o, "removed_ms", x->removed_ms);
    return o;
}

struct jnode *watch_json(const struct episode *p)
{
    struct jnode *o = jnode_object();
    char mem[1000];
    struct strbuf b = STRBUF_ON(mem);

    watch_sentence(p, &b);
    jnode_text(o, "ref", p->ref);
    jnode_text(o, "client", p->client);
    jnode_text(o, "domain", p->domain);
    jnode_text(o, "workflow", p->workflow);
    jnode_text(o, "source", p->source);
    jnode_text(o, "band", enum_name(&watch_band_names, (int)p->band));
    jnode_text(o, "state", enum_name(&episode_state_names, (int)p->state));
    jnode_text(o, "cause", p->cause);
    watch_json_day(o, "since", p->since_day);
    watch_json_day(o, "opened", p->opened_day);
    watch_json_day(o, "closed", p->closed_day);
    jnode_int(o, "messages", p->messages);
    jnode_int(o, "passed", p->passed);
    jnode_int(o, "quarantined", p->quarantined);
    jnode_int(o, "rejected", p->rejected);
    jnode_int(o, "own_messages", p->own_messages);
    jnode_int(o, "own_passed", p->own_passed);
    jnode_text(o, "dns_change", p->dns_change);
    jnode_text(o, "ticket", p->ticket);
    jnode_text(o, "why", mem);
    jnode_text(o, "next", watch_next_step(p->workflow, p->cause));
    return o;
}

int watch_list(const struct subcommand *cmd, struct report_place *place, const struct cli_common *common,
               const struct episode_filter *f, size_t max, const char *none)
{
    struct jnode *list = common->json ? jnode_array() : NULL, *root;
    struct episode *row;
    struct err e = ERR_NONE;
    size_t n;
    enum rc rc = episodes_list(place->db, place->arena, f, max, &row, &n, &e);

    if (rc != RC_OK)
        return cli_fail(cmd, cli_exit(rc, EX_TEMPFAIL), "%s", e.text);
    for (size_t i = 0; i < n; i++) {
        if (list != NULL)
            jnode_append(list, watch_json(&row[i]));
        else
            watch_print(&row[i]);
    }
    if (list != NULL) {
        root = jnode_object();
        jnode_put(root, "episodes", list);
        jnode_bool(root, "complete", n < max);
        jnode_print(root, stdout);
    } else if (n == 0) {
        (void)puts(none);
    } else if (n == max) {
        (void)puts("There are more than are listed; --client asks for less.");
    }
    return EX_OK;
}
