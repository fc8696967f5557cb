/* A master file as a source of answers. */
#include "dns/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "dns/zone.h"

struct source_zone {
    struct source base;
    struct zonetree *tree;
};

/* The whole file in memory of its own; NULL with the reason. */
static char *file_read(const char *path, size_t *n, struct err *e)
{
    FILE *f = fopen(path, "r");
    char *text = malloc(ZONE_FILE_MAX + 1);
    enum rc rc = RC_OK;

    if (f == NULL)
        rc = err_errno(e, RC_IO, errno, "cannot read zone file %s", path);
    else if (text == NULL)
        rc = err_set(e, RC_NOMEM, "no memory to read zone file %s", path);
    else
        *n = fread(text, 1, ZONE_FILE_MAX + 1, f);
    if (rc == RC_OK && ferror(f))
        rc = err_errno(e, RC_IO, errno, "cannot read zone file %s", path);
    else if (rc == RC_OK && *n > ZONE_FILE_MAX)
        rc = err_set(e, RC_LIMIT, "zone file %s is larger than %d MiB; give the names needed only", path,
                     ZONE_FILE_MAX >> 20);
    if (f != NULL)
        (void)fclose(f);
    if (rc == RC_OK)
        return text;
    free(text);
    return NULL;
}

static void zone_ask(struct source *s, struct flight *f)
{
    struct source_zone *zone = (struct source_zone *)s;

    flight_land(f, zonetree_answer(zone->tree, flight_question(f)), clock_mono_ms());
}

static void zone_close(struct source *s)
{
    struct source_zone *zone = (struct source_zone *)s;

    zonetree_free(zone->tree);
    free(zone);
}

struct source *zone_source(const char *path, struct err *e)
{
    struct source_zone *zone = calloc(1, sizeof *zone);
    size_t n = 0;
    char *text;

    if (zone == NULL) {
        (void)err_set(e, RC_NOMEM, "no memory for zone file %s", path);
        return NULL;
    }
    zone->base = (struct source){zone_ask, zone_close};
    text = file_read(path, &n, e);
    if (text != NULL)
        zone->tree = zone_parse(path, (struct str){text, n}, e);
    free(text);
    if (zone->tree == NULL) {
        free(zone);
        return NULL;
    }
    return &zone->base;
}
