#include "catalogue/runbook.h"

#include <string.h>

#include "syntax/sections.h"

static const char *const change_words[] = {"TXT", "CNAME", "DKIM", "SPF", "DMARC", "MTA-STS", "BIMI", "any"};
const struct enum_names runbook_change_names = ENUM_NAMES(change_words);
static const char *const cadence_words[] = {"", "daily", "weekly", "monthly", "quarterly"};
const struct enum_names runbook_cadence_names = ENUM_NAMES(cadence_words);

enum {
    FIELD_SENDING, FIELD_MAIL, FIELD_MARKETING, FIELD_TICKETING, FIELD_PORTALS, FIELD_APPROVERS, FIELD_EVERY, FIELD_TO,
    FIELD_LANGUAGE, FIELD_ESCALATION, FIELD_SUCCESS,
    FIELD_BOUNDS /* the first of those that runbook_bounds reads */
};

static const struct section_field runbook_field[RUNBOOK_FIELDS] = {
    [FIELD_SENDING] = {"Sending", true},
    [FIELD_MAIL] = {"MailOwner", false},
    [FIELD_MARKETING] = {"MarketingOwner", false},
    [FIELD_TICKETING] = {"TicketingOwner", false},
    [FIELD_PORTALS] = {"PortalsOwner", false},
    [FIELD_APPROVERS] = {"Approvers", true},
    [FIELD_EVERY] = {"ReportEvery", false},
    [FIELD_TO] = {"ReportTo", true},
    [FIELD_LANGUAGE] = {"Language", false},
    [FIELD_ESCALATION] = {"Escalation", true},
    [FIELD_SUCCESS] = {"Success", false},
    [FIELD_BOUNDS] = {"BandHealthy", false},
    [FIELD_BOUNDS + 1] = {"BandWatch", false},
    [FIELD_BOUNDS + 2] = {"BandTicket", false},
    [FIELD_BOUNDS + 3] = {"JudgedFrom", false},
    [FIELD_BOUNDS + 4] = {"NewSenderFrom", false},
    [FIELD_BOUNDS + 5] = {"SpikeFrom", false},
    [FIELD_BOUNDS + 6] = {"SpikeTimes", false},
};

const struct section_field *runbook_fields(void)
{
    return runbook_field;
}

const char *runbook_approver(const struct runbook *r, enum runbook_change what)
{
    return r->approver[what][0] != '\0' ? r->approver[what] : r->approver[RUNBOOK_ANY];
}

/* ---- numbers ---- */

/* "97" or "97.5" as hundredths of a percent; false when it is none of 1 to 100. */
static bool runbook_percent(struct str text, int64_t *out)
{
    size_t point = str_find(text, '.');
    struct str fraction = point < text.n ? str_slice(text, point + 1, text.n) : STR("0");
    uint32_t whole, part;

    if (!str_to_u32(str_slice(text, 0, point), &whole) || fraction.n == 0 || fraction.n > 2 ||
        !str_to_u32(fraction, &part))
        return false;
    *out = (int64_t)whole * 100 + (int64_t)part * (fraction.n == 1 ? 10 : 1);
    return *out >= 100 && *out <= 10000;
}

static bool runbook_number(struct str text, int64_t *out)
{
    enum { NUMBER_MAX = 100000000 };
    uint32_t number;

    if (!str_to_u32(text, &number) || number < 1 || number > NUMBER_MAX)
        return false;
    *out = number;
    return true;
}

static enum rc runbook_bounds(const struct sections *f, const struct section *s, size_t first, struct runbook *out,
                              struct err *e)
{
    int64_t *const bound[] = {&out->band_healthy, &out->band_watch, &out->band_ticket, &out->judged_from,
                              &out->new_from,     &out->spike_from, &out->spike_times};

    for (size_t i = 0; i < sizeof bound / sizeof bound[0]; i++) {
        const struct section_value *v = &s->value[first + FIELD_BOUNDS + i];

        if (!v->present)
            continue;
        if (!(i < 3 ? runbook_percent : runbook_number)(str_of(v->item[0].text), bound[i]))
            return sections_bad(f, v->item[0].place, e, "%s: \"%s\" is none; write %s",
                                runbook_field[FIELD_BOUNDS + i].name, v->item[0].text,
                                i < 3 ? "a percentage such as 97 or 97.5, from 1 to 100"
                                      : "a whole number of at least 1");
    }
    return RC_OK;
}

/* ---- words ---- */

static enum rc runbook_no_memory(struct err *e)
{
    return err_set(e, RC_NOMEM, "no memory for the clients");
}

/* One entry "KIND: who". */
static enum rc runbook_approves(struct arena *a, const struct sections *f, const struct section_item *item,
                                struct runbook *out, struct err *e)
{
    struct str text = str_of(item->text);
    size_t colon = str_find(text, ':');
    struct str kind = str_trim(str_slice(text, 0, colon)), who = str_trim(str_slice(text, colon + 1, text.n));

    for (int i = 0; colon < text.n && who.n > 0 && i < RUNBOOK_CHANGES; i++) {
        if (!str_eq_nocase(kind, str_of(enum_name(&runbook_change_names, i))))
            continue;
        if (out->approver[i][0] != '\0')
            return sections_bad(f, item->place, e, "Approvers: %s stands here twice; write all who agree to it in one "
                                "entry", enum_name(&runbook_change_names, i));
        out->approver[i] = str_dup(a, who);
        return out->approver[i] == NULL ? runbook_no_memory(e) : RC_OK;
    }
    return sections_bad(f, item->place, e, "Approvers: \"%s\" does not tell what is agreed to; write \"DMARC: Ann "
                        "Smith\", with TXT, CNAME, DKIM, SPF, DMARC, MTA-STS, BIMI or any before the colon",
                        item->text);
}

static bool runbook_is_mailbox(struct str text)
{
    size_t at = str_find(text, '@');
    struct str host = str_slice(text, at < text.n ? at + 1 : at, text.n);

    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ' || (unsigned char)text.p[i] >= 127 ||
            strchr("<>,;\"\\()", text.p[i]) != NULL)
            return false;
    return at > 0 && at <= 64 && host.n > 2 && host.n <= 253 && str_find(host, '@') == host.n &&
           str_find(host, '.') > 0 && str_find(host, '.') < host.n - 1;
}

static enum rc runbook_reporting(const struct sections *f, const struct section *s, size_t first, struct runbook *out,
                                 struct err *e)
{
    const struct section_value *every = &s->value[first + FIELD_EVERY], *to = &s->value[first + FIELD_TO],
                               *language = &s->value[first + FIELD_LANGUAGE];
    int cadence = RUNBOOK_NEVER;

    if (every->present && (every->item[0].text[0] == '\0' ||
                           !enum_value(&runbook_cadence_names, str_of(every->item[0].text), &cadence)))
        return sections_bad(f, every->item[0].place, e,
                            "ReportEvery: \"%s\" is no time; write daily, weekly, monthly or quarterly",
                            every->item[0].text);
    out->report_every = (enum runbook_cadence)cadence;
    for (size_t i = 0; i < to->n; i++)
        if (!runbook_is_mailbox(str_of(to->item[i].text)))
            return sections_bad(f, to->item[i].place, e,
                                "ReportTo: \"%s\" is no plain address; write one such as ann@example.com",
                                to->item[i].text);
    if (language->present && (strlen(language->item[0].text) != 2 || out->language[0] < 'a' || out->language[0] > 'z' ||
                              out->language[1] < 'a' || out->language[1] > 'z'))
        return sections_bad(f, language->item[0].place, e,
                            "Language: \"%s\" is none; write its two letters, such as en or de",
                            language->item[0].text);
    return RC_OK;
}

enum rc runbook_read(struct arena *a, const struct sections *f, const struct section *s, size_t first,
                     struct runbook *out, struct err *e)
{
    const struct {
        size_t field;
        const char **text;
    } texts[] = {{FIELD_MAIL, &out->mail_owner},           {FIELD_MARKETING, &out->marketing_owner},
                 {FIELD_TICKETING, &out->ticketing_owner}, {FIELD_PORTALS, &out->portals_owner},
                 {FIELD_LANGUAGE, &out->language},         {FIELD_SUCCESS, &out->success}};
    const struct section_value *approvers = &s->value[first + FIELD_APPROVERS];
    enum rc rc;

    *out = (struct runbook){.report_every = RUNBOOK_NEVER};
    for (int i = 0; i < RUNBOOK_CHANGES; i++)
        out->approver[i] = "";
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if ((*texts[i].text = section_text(a, s, first + texts[i].field)) == NULL)
            return runbook_no_memory(e);
    if (section_texts(a, s, first + FIELD_TO, &out->report_to) != RC_OK ||
        section_texts(a, s, first + FIELD_ESCALATION, &out->escalation) != RC_OK)
        return runbook_no_memory(e);
    rc = section_domains(a, f, s, first + FIELD_SENDING, &out->sending, e);
    for (size_t i = 0; rc == RC_OK && i < approvers->n; i++)
        rc = runbook_approves(a, f, &approvers->item[i], out, e);
    if (rc == RC_OK)
        rc = runbook_reporting(f, s, first, out, e);
    return rc == RC_OK ? runbook_bounds(f, s, first, out, e) : rc;
}
