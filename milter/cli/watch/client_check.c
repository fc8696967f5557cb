/* assay client check - what is missing before a client's mail is looked after. */
#include <stdio.h>

#include "cli/watch/watch.h"
#include "watch/checklist.h"

enum { EX_MISSING = 1 };

static void check_print(const struct client *c, const struct checklist *list)
{
    (void)printf("%s: %s\n", c->name, c->title);
    for (size_t i = 0; i < list->n; i++) {
        const struct checklist_point *p = &list->point[i];

        if (p->owner[0] == '\0' && p->evidence[0] == '\0')
            (void)printf("  MISS %s\n", p->name);
        else
            (void)printf("  %-4s %-22s %s%s%s\n", p->missing[0] == '\0' ? "ok" : "MISS", p->name, p->owner,
                         p->owner[0] != '\0' && p->evidence[0] != '\0' ? "; " : "", p->evidence);
        if (p->missing[0] != '\0')
            (void)printf("       %-22s to do: %s\n", "", p->missing);
    }
    if (list->missing == 0)
        (void)printf("Nothing is missing.\n");
    else
        (void)printf("%zu of %zu points lack something.\n", list->missing, list->n);
}

static void client_check_print_json(const struct client *c, const struct checklist *list)
{
    struct jnode *root = jnode_object(), *points = jnode_array();

    for (size_t i = 0; i < list->n; i++) {
        struct jnode *o = jnode_object();

        jnode_text(o, "name", list->point[i].name);
        jnode_text(o, "owner", list->point[i].owner);
        jnode_text(o, "evidence", list->point[i].evidence);
        jnode_text(o, "missing", list->point[i].missing);
        jnode_append(points, o);
    }
    jnode_text(root, "client", c->name);
    jnode_int(root, "missing", (int64_t)list->missing);
    jnode_put(root, "points", points);
    jnode_print(root, stdout);
}

int watch_client_check(struct report_place *place, bool json, const struct client *c)
{
    struct watch_round round = watch_round_of(place, c->name);
    struct watch_bounds bounds = watch_bounds_of(round.bounds, c);
    struct checklist list;
    struct err e = ERR_NONE;
    enum rc rc;

    round.bounds = &bounds;
    rc = checklist_of(&round, c, place->arena, &list, &e);
    if (rc != RC_OK)
        return cli_fail(&cmd_client, cli_exit(rc, EX_TEMPFAIL), "%s", e.text);
    if (json)
        client_check_print_json(c, &list);
    else
        check_print(c, &list);
    return list.missing == 0 ? EX_OK : EX_MISSING;
}
