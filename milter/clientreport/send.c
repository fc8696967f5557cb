#include "clientreport/send.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/siphash.h"
#include "clientreport/blocks.h"
#include "clientreport/make.h"
#include "clientreport/text.h"
#include "clientreport/words.h"
#include "post/mime.h"
#include "post/relay.h"
#include "report/build.h"

struct sending {
    struct arena *a;
    struct db *db;
    const struct config *c;
    const struct client *client;
    const struct edition *edition;
    struct document document;
    const char *text;
    struct submit *submit;
    struct dkim_signer *signer;
    int64_t now_ms;
};

/* Tells addresses apart, the same each time; nothing secret. */
static uint64_t send_hash(const char *text)
{
    static const unsigned char key[SIPHASH_KEY_BYTES];

    return siphash(key, text, strlen(text));
}

static enum rc send_text(struct sending *s, struct err *e)
{
    char *text = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&text, &n);
    enum rc rc = blocks_decode(s->a, s->edition->blocks, &s->document, e);

    if (rc == RC_OK && to != NULL)
        report_text(&s->document, to);
    if (to != NULL && fclose(to) == 0 && rc == RC_OK)
        s->text = str_dup(s->a, (struct str){text, n});
    free(text);
    return rc == RC_OK && s->text == NULL ? err_set(e, RC_NOMEM, "no memory for a report") : rc;
}

static enum rc send_compose(struct sending *s, const char *address, struct str *out, struct err *e)
{
    const struct edition *p = s->edition;
    const char *id = words_put(s->a, "client-report.%" PRId64 ".%016" PRIx64 "@%s", p->id, send_hash(address),
                              build_receiver(s->c)),
               *subject = words_put(s->a, "%s: %s", s->document.title, s->client->title),
               *boundary = words_put(s->a, "%016" PRIx64, random_bits()),
               *filename = words_put(s->a, "%s.pdf", make_name(s->a, s->client->name, p->first_day));
    const struct mime_mail mail = {.from_name = s->c->report_org, .from = s->c->report_email, .to = address,
                                   .subject = subject, .message_id = id, .boundary = boundary,
                                   .date_s = s->now_ms / 1000, .text = s->text};
    struct str plain;
    enum rc rc;

    if (arena_ran_out(s->a))
        return err_set(e, RC_NOMEM, "no memory for a report");
    rc = p->pdf.n > 0 ? mime_document(s->a, &mail, filename, p->pdf, &plain, e) : mime_text(s->a, &mail, &plain, e);
    if (rc == RC_OK && s->signer != NULL)
        return dkim_signer_sign(s->signer, s->a, plain, out, e);
    *out = plain;
    return rc;
}

static enum rc send_to_address(struct sending *s, const char *address, struct send_counts *out, struct err *e)
{
    struct err why = ERR_NONE;
    struct str message;
    bool before;
    enum rc rc = editions_was_sent(s->db, s->edition->id, address, &before, e);

    if (rc != RC_OK || before) {
        out->before += rc == RC_OK;
        return rc;
    }
    rc = send_compose(s, address, &message, e);
    if (rc != RC_OK)
        return rc;
    if (submit_mail(s->submit, s->c->report_email, address, message, &why) != SUBMIT_TAKEN) {
        out->failed++;
        out->why = words_put(s->a, "%s", why.text);
        return RC_OK;
    }
    out->sent++;
    return editions_sent(s->db, s->edition->id, address, s->now_ms, e);
}

static enum rc send_all(struct sending *s, struct send_counts *out, struct err *e)
{
    const struct string_list *to = &s->client->runbook.report_to;
    enum rc rc;

    if (s->c->report_email[0] == '\0')
        return err_set(e, RC_BAD, "ReportEmail is not set; reports to clients need an address to come from");
    rc = send_text(s, e);
    if (rc == RC_OK)
        rc = relay_signer(s->c, &s->signer, e);
    if (rc == RC_OK)
        rc = relay_open(s->c, &s->submit, e);
    for (size_t i = 0; rc == RC_OK && i < to->n; i++)
        rc = send_to_address(s, to->item[i], out, e);
    return rc;
}

enum rc send_edition(struct arena *a, struct db *d, const struct config *c, const struct client *client,
                     const struct edition *edition, int64_t now_ms, struct send_counts *out, struct err *e)
{
    struct sending s = {.a = a, .db = d, .c = c, .client = client, .edition = edition, .now_ms = now_ms};
    enum rc rc;

    *out = (struct send_counts){.why = ""};
    if (client->runbook.report_to.n == 0)
        return editions_sent(d, edition->id, "", now_ms, e);
    mime_init();
    rc = send_all(&s, out, e);
    submit_close(s.submit);
    dkim_signer_free(s.signer);
    return rc;
}
