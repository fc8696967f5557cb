#include "watch/others.h"

#include <string.h>

#include "base/clock.h"
#include "received/journal.h"
#include "received/received.h"

enum {
    OTHERS_DAYS = 60,         /* that are looked back at what came in */
    OTHERS_WEEK = 7,
    OTHERS_UNREAD = 3,        /* in a week */
    OTHERS_ITEMS_MAX = 20000
};

void others_exceptions(const struct exception *list, size_t n, int64_t today, struct watch_episode *out, size_t *used)
{
    for (size_t i = 0; i < n && i < OTHERS_MAX; i++) {
        int64_t removed_day = list[i].removed_ms / CLOCK_DAY_MS; /* 0 it was not */

        if (list[i].until_day <= today && (removed_day == 0 || removed_day >= list[i].until_day))
            out[(*used)++] = (struct watch_episode){.workflow = WATCH_EXCEPTION,
                                                    .source = list[i].source,
                                                    .opened = list[i].until_day,
                                                    .closed = removed_day,
                                                    .since = list[i].since_ms / CLOCK_DAY_MS,
                                                    .band = WATCH_TICKET,
                                                    .before = -1,
                                                    .detail = list[i].risk};
    }
}

/* What came from one sender and could not be read, day by day. */
struct others_sender {
    const char *name;
    int64_t unread[OTHERS_DAYS];
};

struct others_senders {
    struct others_sender *sender;
    size_t n;
    int64_t first_day;
};

static void others_count(struct others_senders *s, const struct received_item *item)
{
    const char *name = item->sender_domain[0] == '\0' ? "files" : item->sender_domain;
    int64_t at = item->time_ms / CLOCK_DAY_MS - s->first_day;
    size_t i = 0;

    if (at < 0 || at >= OTHERS_DAYS)
        return;
    while (i < s->n && strcmp(s->sender[i].name, name) != 0)
        i++;
    if (i == OTHERS_MAX)
        return;
    if (i == s->n)
        s->sender[s->n++] = (struct others_sender){.name = name};
    s->sender[i].unread[at]++;
}

static void others_judge(const struct others_senders *s, const struct others_sender *sender, struct watch_episode *out,
                         size_t *n)
{
    struct watch_episode *open = NULL;

    for (int64_t at = 0; at < OTHERS_DAYS; at++) {
        int64_t week = 0;

        for (int64_t k = 0; k < OTHERS_WEEK && k <= at; k++)
            week += sender->unread[at - k];
        if (open == NULL && week >= OTHERS_UNREAD) {
            if (*n == OTHERS_MAX)
                return;
            open = &out[(*n)++];
            *open = (struct watch_episode){.workflow = WATCH_INTAKE, .source = sender->name, .band = WATCH_TICKET,
                                           .opened = s->first_day + at, .since = s->first_day + at, .before = -1,
                                           .detail = ""};
            for (int64_t k = 0; k < OTHERS_WEEK && k <= at; k++)
                open->since = sender->unread[at - k] > 0 ? s->first_day + at - k : open->since;
        }
        if (open != NULL)
            open->messages = week > open->messages ? week : open->messages;
        if (open != NULL && week == 0) {
            open->closed = s->first_day + at;
            open = NULL;
        }
    }
}

enum rc others_intake(struct db *d, struct arena *a, int64_t today, struct watch_episode **out, size_t *n,
                      struct err *e)
{
    /* whoever is not proven may send what he likes; that is no trouble of the intake */
    struct journal_wanted w = {.unread = true, .trouble = true, .outcome = "", .sender_domain = ""};
    struct others_senders s = {.first_day = today - OTHERS_DAYS + 1};
    struct received_item *item;
    size_t items;
    enum rc rc;

    *n = 0;
    w.since_ms = s.first_day * CLOCK_DAY_MS;
    rc = journal_list(d, a, &w, OTHERS_ITEMS_MAX, &item, &items, e);
    s.sender = arena_array(a, OTHERS_MAX, sizeof *s.sender);
    *out = arena_array(a, OTHERS_MAX, sizeof **out);
    if (rc == RC_OK && (s.sender == NULL || *out == NULL))
        return err_set(e, RC_NOMEM, "no memory for what could not be read");
    for (size_t i = 0; rc == RC_OK && i < items; i++)
        others_count(&s, &item[i]);
    for (size_t i = 0; rc == RC_OK && i < s.n; i++)
        others_judge(&s, &s.sender[i], *out, n);
    return rc;
}
