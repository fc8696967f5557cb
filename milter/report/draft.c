#include "report/draft.h"

#include <stdlib.h>
#include <string.h>

#include "formats/archive.h"

enum { FIRST_ROOM = 4096 };

struct draft {
    enum feedback_format format;
    struct xml_out *xml;
    struct gzip *gzip;
    char *body;
    size_t n, room;
};

static enum rc draft_keep(void *arg, struct str bytes, struct err *e)
{
    struct draft *d = arg;
    size_t room = d->room == 0 ? FIRST_ROOM : d->room;

    if (d->n + bytes.n > DRAFT_MAX)
        return err_set(e, RC_LIMIT, "is longer than %d bytes, compressed", DRAFT_MAX);
    while (room < d->n + bytes.n)
        room *= 2;
    if (room != d->room) {
        char *more = realloc(d->body, room);

        if (more == NULL)
            return err_set(e, RC_NOMEM, "no memory for a report");
        d->body = more;
        d->room = room;
    }
    memcpy(d->body + d->n, bytes.p, bytes.n);
    d->n += bytes.n;
    return RC_OK;
}

static enum rc draft_pack(void *arg, struct str bytes, struct err *e)
{
    return gzip_write(((struct draft *)arg)->gzip, bytes, e);
}

enum rc draft_open(enum feedback_format format, const struct feedback_head *head, struct draft **out, struct err *e)
{
    struct draft *d = calloc(1, sizeof *d);
    enum rc rc = d == NULL ? err_set(e, RC_NOMEM, "no memory for a report") : gzip_open(draft_keep, d, &d->gzip, e);

    *out = NULL;
    if (rc == RC_OK)
        rc = xml_out_open(draft_pack, d, &d->xml, e);
    if (rc != RC_OK) {
        draft_abandon(d);
        return rc;
    }
    d->format = format;
    feedback_begin(d->xml, format, head);
    *out = d;
    return RC_OK;
}

void draft_row(struct draft *d, const struct feedback_row *row)
{
    feedback_row(d->xml, d->format, row);
}

enum rc draft_close(struct draft *d, struct str *body, struct err *e)
{
    enum rc rc;

    feedback_end(d->xml);
    rc = xml_out_close(d->xml, e);
    d->xml = NULL;
    if (rc == RC_OK) {
        rc = gzip_close(d->gzip, e);
        d->gzip = NULL;
    }
    if (rc == RC_OK) {
        *body = (struct str){d->body, d->n};
        d->body = NULL;
    }
    draft_abandon(d);
    return rc;
}

void draft_abandon(struct draft *d)
{
    if (d == NULL)
        return;
    if (d->xml != NULL)
        (void)xml_out_close(d->xml, NULL);
    gzip_abandon(d->gzip);
    free(d->body);
    free(d);
}
