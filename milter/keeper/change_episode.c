/* The verb episode: what a person says of one, as assay episode note, ticket and close do. */
#include <string.h>

#include "base/clock.h"
#include "keeper/ask.h"
#include "watch/closure.h"

enum { EPISODE_MEMORY = 256 << 20 /* of its domain's facts */ };

struct change {
    struct keeper_ask *q;
    struct db *db;
    struct episode p;
    const char *meanwhile; /* what somebody did to it since the form was shown; NULL nothing */
};

static enum rc episode_note(struct change *x, struct err *e)
{
    const char *text;
    enum rc rc = keeper_text(x->q, "text", "The note", true, EPISODE_TEXT_MAX, &text, e);

    return rc == RC_OK ? episodes_note(x->db, x->p.id, x->q->session.account.name, text, clock_wall_ms(), e) : rc;
}

static enum rc episode_ticket(struct change *x, struct err *e)
{
    const char *text;
    enum rc rc = keeper_text(x->q, "text", "The ticket", false, EPISODE_TEXT_MAX, &text, e);

    if (rc != RC_OK)
        return rc;
    if (strcmp(wire_get(x->q->w, "was_ticket"), x->p.ticket) != 0) {
        x->meanwhile = "Somebody changed its ticket meanwhile; what it is now stands below.";
        return RC_OK;
    }
    return episodes_ticket(x->db, x->p.id, x->q->session.account.name, text, clock_wall_ms(), e);
}

/* What reports and newer mail say; DNS is not asked, for there is no network here. */
static enum rc episode_look(struct change *x, struct arena *a, struct closure *out, struct err *e)
{
    const struct clients *clients = x->q->k->config->clients;
    const struct watch_round round = {.db = x->db, .clients = clients, .bounds = &watch_usual_bounds, .client = "",
                                      .now_ms = clock_wall_ms(), .days = WATCH_USUAL_DAYS};
    bool parked;
    const struct client *client = clients_listing(clients, x->p.domain, &parked);

    return closure_look(&round, client, parked, &x->p, NULL, a, out, e);
}

static enum rc episode_end(struct change *x, struct arena *a, struct err *e)
{
    bool force = wire_get(x->q->w, "force")[0] != '\0';
    const char *text, *note;
    struct closure found;
    enum rc rc = keeper_text(x->q, "text", "The note", false, EPISODE_TEXT_MAX, &text, e);

    if (rc == RC_OK)
        rc = episode_look(x, a, &found, e);
    if (rc != RC_OK)
        return rc;
    if (found.not_yet[0] != '\0' && (!force || text[0] == '\0'))
        return err_set(e, RC_BAD, "Not yet: %s. To close it all the same, say so, and why.", found.not_yet);
    note = closure_note(a, &x->p, &found, text);
    if (note == NULL)
        return err_set(e, RC_NOMEM, "out of memory");
    rc = episodes_close(x->db, x->p.id, x->q->session.account.name, note, clock_wall_ms() / CLOCK_DAY_MS,
                        clock_wall_ms(), e);
    if (rc == RC_NOTFOUND) {
        x->meanwhile = "It ended meanwhile; how stands below.";
        return RC_OK;
    }
    return rc;
}

static enum rc episode_close(struct change *x, struct err *e)
{
    struct arena *a;
    enum rc rc;

    if (x->p.state != EPISODE_OPEN) {
        x->meanwhile = "It ended meanwhile; how stands below.";
        return RC_OK;
    }
    a = arena_new(EPISODE_MEMORY);
    rc = a == NULL ? err_set(e, RC_NOMEM, "out of memory") : episode_end(x, a, e);
    arena_free(a);
    return rc;
}

static enum rc episode_do(struct change *x, const char *act, struct err *e)
{
    const char *ref = wire_get(x->q->w, "episode");
    enum rc rc = episodes_get(x->db, x->q->a, ref, &x->p, e);

    if (rc == RC_OK && (strcmp(x->p.ref, ref) != 0 || !keeper_owns(x->q, x->p.client)))
        rc = RC_NOTFOUND; /* a ticket names none here, and what is another's is like what is not there */
    if (rc == RC_NOTFOUND || rc == RC_LIMIT)
        return err_set(e, RC_NOTFOUND, "There is no such episode.");
    if (rc != RC_OK)
        return rc;
    if (strcmp(act, "note") == 0)
        return episode_note(x, e);
    if (strcmp(act, "ticket") == 0)
        return episode_ticket(x, e);
    if (strcmp(act, "close") == 0)
        return episode_close(x, e);
    return err_set(e, RC_BAD, "nothing is called \"act\" so");
}

void keeper_episode(struct keeper_ask *q)
{
    struct change x = {.q = q};
    const char *act = wire_get(q->w, "act");
    struct strbuf what = strbuf_new(q->a, 100);
    struct err e = ERR_NONE;
    enum rc rc = keeper_records(q, &x.db, &e);

    if (rc == RC_OK)
        rc = episode_do(&x, act, &e);
    db_close(x.db);
    if (rc == RC_OK)
        strbuf_putf(&what, "%s %s", act, x.p.ref);
    keeper_changed(q, rc, x.meanwhile, what.p, &e);
}
