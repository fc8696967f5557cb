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

enum { READ_FIRST = 16 * 1024, ZONE_ROOM = 8192 };

/* Appends all of `f`, up to one byte more than ZONE_FILE_MAX; false without memory. */
static bool read_all(FILE *f, char **text, size_t *n)
{
    for (size_t room = READ_FIRST; !feof(f) && !ferror(f) && *n <= ZONE_FILE_MAX; room *= 2) {
        size_t most = room > ZONE_FILE_MAX ? ZONE_FILE_MAX + 1 : room;
        char *grown = realloc(*text, most);

        if (grown == NULL)
            return false;
        *text = grown;
        *n += fread(grown + *n, 1, most - *n, f);
    }
    return true;
}

/* The whole file in memory of its own; NULL with the reason. */
static char *file_read(const char *path, size_t *n, struct err *e)
{
    FILE *f = fopen(path, "r");
    char *text = NULL;
    enum rc rc = RC_OK;

    if (f == NULL)
        rc = err_errno(e, RC_IO, errno, "cannot read zone file %s", path);
    else if (!read_all(f, &text, n))
        rc = err_set(e, RC_NOMEM, "no memory to read zone file %s", path);
    else if (ferror(f))
        rc = err_errno(e, RC_IO, errno, "cannot read zone file %s", path);
    else if (*n > ZONE_FILE_MAX)
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
    zone->base = (struct source){.room = ZONE_ROOM, .ask = zone_ask, .close = zone_close};
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
