#include "syntax/textfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The length of an open plain file, or `most` + 1 of what has none. */
static size_t room_for(FILE *f, size_t most)
{
    struct stat st;

    if (fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode) && (uintmax_t)st.st_size < most)
        return (size_t)st.st_size + 1;
    return most + 1;
}

static enum rc read_open(struct arena *a, FILE *f, const char *path, size_t most, struct str *out, struct err *e)
{
    size_t room = room_for(f, most);
    char *text = arena_alloc(a, room + 1);

    if (text == NULL)
        return err_set(e, RC_NOMEM, "%s: no memory to read it", path);
    *out = (struct str){text, fread(text, 1, room, f)};
    if (ferror(f))
        return err_set(e, RC_BAD, "%s: cannot be read: %s; it must be a plain file", path, strerror(errno));
    if (out->n > most)
        return err_set(e, RC_LIMIT, "%s: larger than %zu bytes; this is not a configuration file", path, most);
    if (out->n == room)
        return err_set(e, RC_BAD, "%s: it grows while it is read; try again", path);
    return RC_OK;
}

enum rc textfile_read(struct arena *a, const char *path, size_t most, struct str *out, struct err *e)
{
    FILE *f = fopen(path, "re");
    enum rc rc;

    *out = STR_NONE;
    if (f == NULL)
        return err_set(e, errno == ENOENT ? RC_NOTFOUND : RC_BAD,
                       "%s: cannot be opened: %s; check path and permissions", path, strerror(errno));
    rc = read_open(a, f, path, most, out, e);
    (void)fclose(f);
    return rc;
}
