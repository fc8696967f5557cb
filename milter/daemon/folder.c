#include "daemon/folder.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

void folder_of(const char *path, char folder[static FOLDER_PATH_MAX])
{
    struct strbuf b = strbuf_on(folder, FOLDER_PATH_MAX);
    const char *slash = strrchr(path, '/');

    strbuf_put(&b, (struct str){path, slash == NULL || slash == path ? 1 : (size_t)(slash - path)});
}

enum rc folder_check(const char *option, const char *rights, const char *path, struct err *e)
{
    char folder[FOLDER_PATH_MAX];
    struct stat st;

    folder_of(path, folder);
    if (stat(folder, &st) != 0)
        return err_errno(e, RC_BAD, errno, "%s: its folder %s cannot be used (make it: "
                         "install -d -o assay %s %s)", option, folder, rights, folder);
    if (!S_ISDIR(st.st_mode))
        return err_set(e, RC_BAD, "%s: %s is not a directory", option, folder);
    /* who speaks to the socket is believed, and what stands in files, too: nobody else may put another in its place */
    if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
        return err_set(e, RC_BAD, "%s: every user may write in its folder %s: chmod o-w %s", option, folder, folder);
    if (access(folder, W_OK | X_OK) == 0)
        return RC_OK;
    if (errno == EROFS)
        return err_set(e, RC_BAD, "%s: nothing can be written in its folder %s here (where systemd's unit forbids it: "
                       "systemctl edit assay-milter, with [Service] and ReadWritePaths=%s)", option, folder, folder);
    return err_errno(e, RC_BAD, errno, "%s: user %u may not write in %s (chown or chmod that folder)", option,
                     (unsigned)geteuid(), folder);
}
