#include "clientreport/make.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clientreport/content.h"
#include "clientreport/run_pdf.h"
#include "clientreport/words.h"
#include "report/build.h"

/* The client's language, "en" where clients.conf names none that there is. */
static const char *make_language(const struct client *c)
{
    for (size_t i = 0; words_languages[i] != NULL; i++)
        if (strcmp(words_languages[i], c->runbook.language) == 0)
            return words_languages[i];
    return words_languages[0];
}

/* ---- the logo ---- */

static enum rc make_logo(struct arena *a, const struct client *c, struct str *out, struct err *e)
{
    char *bytes;
    FILE *f;

    *out = STR_NONE;
    if (c->logo[0] == '\0')
        return RC_OK;
    bytes = arena_alloc(a, BLOCKS_LOGO_MAX + 1);
    f = bytes == NULL ? NULL : fopen(c->logo, "rbe");
    if (f == NULL)
        return err_errno(e, bytes == NULL ? RC_NOMEM : RC_IO, errno, "Logo of %s: %s", c->name, c->logo);
    *out = (struct str){bytes, fread(bytes, 1, BLOCKS_LOGO_MAX + 1, f)};
    (void)fclose(f);
    if (!blocks_is_png(*out))
        return err_set(e, RC_BAD, "Logo of %s: %s is no PNG file of at most %d KiB and 4000 by 4000 points", c->name,
                       c->logo, BLOCKS_LOGO_MAX / 1024);
    return RC_OK;
}

/* ---- the edition ---- */

const char *make_name(struct arena *a, const char *client, int64_t first_day)
{
    time_t t = (time_t)first_day * 86400;
    struct tm tm = {0};

    (void)gmtime_r(&t, &tm);
    return words_put(a, "%s-%04d-%02d", client, tm.tm_year + 1900, tm.tm_mon + 1);
}

static const char *make_by(const struct config *c)
{
    const char *domain = c->report_email[0] == '\0' ? "" : build_receiver(c);

    return c->report_org[0] != '\0' ? c->report_org : domain[0] != '\0' ? domain : "Assay";
}

static const char *make_contact(struct arena *a, const struct config *c)
{
    if (c->report_email[0] == '\0')
        return c->report_contact;
    return c->report_contact[0] == '\0' ? c->report_email
                                        : words_put(a, "%s · %s", c->report_email, c->report_contact);
}

/* The blocks as edition `number` of that moment. */
static enum rc make_blocks(struct arena *a, const struct make_request *q, const struct figures *f, struct str logo,
                           int64_t number, int64_t made_ms, const struct edition *earlier, struct str *out,
                           struct err *e)
{
    struct content_about about = {.id = make_name(a, q->client->name, q->first_day), .edition = number,
                                  .made_ms = made_ms,
                                  .by = make_by(q->config), .contact = make_contact(a, q->config),
                                  .language = make_language(q->client), .logo = logo};
    struct document d;
    enum rc rc;

    if (earlier != NULL) {
        about.earlier.made_ms = earlier->made_ms;
        about.earlier.messages = earlier->messages;
        about.earlier.confirmed = earlier->confirmed;
        about.earlier.own = earlier->own;
        about.earlier.forged = earlier->forged;
    }
    rc = content_make(a, f, &about, &d, e);
    if (rc == RC_OK)
        rc = blocks_encode(a, &d, out, e);
    return rc == RC_OK ? blocks_decode(a, *out, &d, e) : rc; /* nothing is kept that cannot be read again */
}

/* Whether what is kept says the same as these figures would, had they been there when it was made. */
static enum rc make_same(struct arena *a, const struct make_request *q, const struct figures *f, struct str logo,
                         const struct edition *kept, bool *same, struct err *e)
{
    struct editions_wanted w = {.client = q->client->name, .first_day = q->first_day, .number = kept->number - 1};
    struct edition earlier;
    struct str blocks;
    enum rc rc = kept->number > 1 ? editions_get(q->db, a, &w, &earlier, e) : RC_OK;

    if (rc == RC_OK)
        rc = make_blocks(a, q, f, logo, kept->number, kept->made_ms, kept->number > 1 ? &earlier : NULL, &blocks, e);
    *same = rc == RC_OK && str_eq(blocks, kept->blocks);
    return rc;
}

static struct edition make_row(const struct make_request *q, const struct figures *f, int64_t number)
{
    return (struct edition){.client = q->client->name, .first_day = q->first_day, .before_day = q->before_day,
                            .number = number, .language = make_language(q->client), .made_ms = q->now_ms,
                            .messages = parts_all(&f->all), .own = parts_own(&f->all),
                            .confirmed = f->all.n[PART_CONFIRMED], .forged = f->all.n[PART_FORGED]};
}

enum rc make_pdf(struct arena *a, struct db *d, struct edition *edition, struct err *e)
{
    enum rc rc = run_pdf(a, edition->blocks, &edition->pdf, e);

    return rc == RC_OK && edition->id != 0 ? editions_put_pdf(d, edition->id, edition->pdf, e) : rc;
}

enum rc make_edition(struct arena *a, const struct make_request *q, struct edition *out, bool *made, struct err *e)
{
    const struct editions_wanted newest = {.client = q->client->name, .first_day = q->first_day};
    const struct figures_question question = {.db = q->db, .client = q->client, .senders = q->config->senders,
                                              .first_day = q->first_day, .before_day = q->before_day,
                                              .now_ms = q->now_ms};
    const char *words = q->config->report_words[0] != '\0' ? q->config->report_words : ASSAY_LOCALE_DIR;
    struct edition kept;
    struct figures f;
    struct str logo;
    bool same = false, is_kept;
    enum rc rc = words_speak(words, make_language(q->client), e);

    *made = false;
    if (rc == RC_OK)
        rc = make_logo(a, q->client, &logo, e);
    if (rc == RC_OK)
        rc = figures_count(a, &question, &f, e);
    if (rc != RC_OK)
        return rc;
    rc = editions_get(q->db, a, &newest, &kept, NULL);
    is_kept = rc == RC_OK;
    if (is_kept && q->keep && (rc = make_same(a, q, &f, logo, &kept, &same, e)) == RC_OK && same) {
        *out = kept;
        return RC_OK;
    }
    if (rc != RC_OK && rc != RC_NOTFOUND)
        return rc;
    *out = make_row(q, &f, is_kept ? kept.number + 1 : 1);
    rc = make_blocks(a, q, &f, logo, out->number, q->now_ms, is_kept ? &kept : NULL, &out->blocks, e);
    if (rc == RC_OK && q->keep)
        rc = editions_put(q->db, out, e);
    *made = rc == RC_OK;
    return rc;
}
