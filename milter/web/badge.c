#include "web/badge.h"

#include <stdio.h>
#include <string.h>

void badge_put(struct html *o, enum badge b, const char *word)
{
    static const struct { const char *class, *shape; } looks[] = {
        [BADGE_HEALTHY] = {"healthy", "<circle cx=\"6\" cy=\"6\" r=\"5.2\"/>"},
        [BADGE_WATCH] = {"watch", "<path d=\"M6 .8 11.6 11H.4z\"/>"},
        [BADGE_TICKET] = {"ticket", "<path d=\"M6 0l6 6-6 6-6-6z\"/>"},
        [BADGE_ESCALATE] = {"escalate", "<path d=\"M3.6.3h4.8l3.3 3.3v4.8l-3.3 3.3H3.6L.3 8.4V3.6z\"/>"},
        [BADGE_INFO] = {"info", "<path d=\"M2 1l8 5-8 5z\"/>"},
        [BADGE_NONE] = {"none", "<path d=\"M1 4.8h10v2.4H1z\"/>"},
    };

    html_literal(o, "<span class=\"band b-");
    html_literal(o, looks[b].class);
    html_literal(o, "\"><svg viewBox=\"0 0 12 12\" aria-hidden=\"true\">");
    html_literal(o, looks[b].shape);
    html_literal(o, "</svg>");
    html_text(o, word);
    html_literal(o, "</span>");
}

struct badge_row {
    const char *word, *shown;
    enum badge badge;
};

static void badge_find(struct html *o, const struct badge_row *row, size_t n, const char *word, const char *otherwise)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(row[i].word, word) == 0) {
            badge_put(o, row[i].badge, row[i].shown);
            return;
        }
    badge_put(o, BADGE_NONE, word[0] != '\0' ? word : otherwise);
}

void badge_status(struct html *o, const char *status)
{
    static const struct badge_row rows[] = {
        {"approved", "Approved", BADGE_HEALTHY}, {"pending", "Pending", BADGE_WATCH},
        {"unknown", "Unknown", BADGE_TICKET}, {"retired", "Retired", BADGE_NONE},
        {"malicious", "Malicious", BADGE_ESCALATE},
    };

    badge_find(o, rows, sizeof rows / sizeof rows[0], status, "Not listed");
}

void badge_band(struct html *o, const char *band)
{
    static const struct badge_row rows[] = {
        {"healthy", "Healthy", BADGE_HEALTHY}, {"watch", "Watch", BADGE_WATCH}, {"ticket", "Ticket", BADGE_TICKET},
        {"escalate", "Escalate", BADGE_ESCALATE}, {"ready", "Ready", BADGE_INFO},
    };

    badge_find(o, rows, sizeof rows / sizeof rows[0], band, "Not judged");
}

void badge_result(struct html *o, const char *result)
{
    const char *class = strcmp(result, "pass") == 0 ? "r-pass"
                        : strstr(result, "fail") != NULL || strstr(result, "error") != NULL ? "r-fail" : "r-none";

    html_literal(o, "<span class=\"");
    html_literal(o, class);
    html_literal(o, "\">");
    html_text(o, result[0] == '\0' ? "none" : result);
    html_literal(o, "</span>");
}
