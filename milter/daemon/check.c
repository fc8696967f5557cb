#include "daemon/check.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024, REMARK_SIZE = 600 };

#define POSTFIX_QUEUE "/var/spool/postfix" /* where a Debian Postfix locks its smtpd up */

/* Puts the place of the option in front of what is wrong with it. */
static enum rc blame(const struct config *c, const char *option, enum rc rc, struct err *e)
{
    struct err what = *e;
    char where[PATH_SIZE];

    return err_set(e, rc, "%s%s", config_where(c, option, where, sizeof where), what.text);
}

/* The folder that `path` lies in must be there and ours to write. */
static enum rc check_folder(const char *option, const char *path, struct err *e)
{
    char folder[PATH_SIZE];
    struct strbuf b = STRBUF_ON(folder);
    const char *slash = strrchr(path, '/');
    struct stat st;

    strbuf_put(&b, (struct str){path, slash == path ? 1 : (size_t)(slash - path)});
    if (stat(folder, &st) != 0)
        return err_errno(e, RC_BAD, errno, "%s: its folder %s cannot be used (make it: "
                         "install -d -o assay -g assay -m 750 %s)", option, folder, folder);
    if (!S_ISDIR(st.st_mode))
        return err_set(e, RC_BAD, "%s: %s is no folder", option, folder);
    if ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
        return err_set(e, RC_BAD, "%s: every user may write in its folder %s: chmod o-w %s", option, folder, folder);
    if (access(folder, W_OK | X_OK) != 0)
        return err_errno(e, RC_BAD, errno, "%s: user %u may not write in %s (chown or chmod that folder)", option,
                         (unsigned)geteuid(), folder);
    return RC_OK;
}

enum rc check_pid_file(const struct config *c, struct err *e)
{
    if (c->pid_file[0] == '\0' || check_folder("PidFile", c->pid_file, e) == RC_OK)
        return RC_OK;
    return blame(c, "PidFile", RC_BAD, e);
}

static enum rc check_database(const struct config *c, struct err *e)
{
    struct stat st;
    enum rc rc;

    if (c->database[0] == '\0')
        return RC_OK;
    rc = check_folder("Database", c->database, e);
    if (rc != RC_OK)
        return rc;
    if (stat(c->database, &st) != 0)
        return RC_OK;
    if (!S_ISREG(st.st_mode) || access(c->database, R_OK | W_OK) != 0)
        return err_set(e, RC_BAD, "Database: %s is there, but not a file that user %u may write", c->database,
                       (unsigned)geteuid());
    if ((st.st_mode & S_IWOTH) != 0)
        return err_set(e, RC_BAD, "Database: every user may write %s: chmod o-rwx %s", c->database, c->database);
    return RC_OK;
}

/* Socket = fd:N: what systemd handed over must reach that far. */
static enum rc check_handed_over(const struct socket_spec *spec, struct err *e)
{
    const char *count = getenv("LISTEN_FDS");
    uint32_t n;

    if (spec->kind == SOCKET_FD && count != NULL && str_to_u32(str_of(count), &n) && spec->fd - 3 >= (int)n)
        return err_set(e, RC_BAD, "Socket: fd:%d was not handed over: LISTEN_FDS is %u, so the last is fd:%u",
                       spec->fd, n, n + 2);
    return RC_OK;
}

enum rc check_places(const struct config *c, struct socket_spec *spec, struct err *e)
{
    enum rc rc = socket_parse(str_of(c->socket), spec, e);

    if (rc == RC_OK)
        rc = check_handed_over(spec, e);
    if (rc == RC_OK)
        rc = socket_check(spec, e);
    if (rc != RC_OK)
        return blame(c, "Socket", rc, e);
    rc = check_database(c, e);
    if (rc != RC_OK)
        return blame(c, "Database", rc, e);
    if (c->statistics_file[0] != '\0')
        rc = check_folder("StatisticsFile", c->statistics_file, e);
    return rc == RC_OK ? RC_OK : blame(c, "StatisticsFile", rc, e);
}

/* ---- remarks ---- */

/* Whether user postfix may reach into `folder`, by its mode and the groups of both. */
static bool postfix_reaches(const struct stat *folder)
{
    const struct passwd *pw = getpwnam("postfix");
    gid_t groups[64];
    int n = sizeof groups / sizeof groups[0];

    if (pw == NULL || (folder->st_mode & S_IXOTH) != 0)
        return true;
    if (getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0)
        return true; /* too many to say */
    for (int i = 0; i < n; i++)
        if (groups[i] == folder->st_gid)
            return (folder->st_mode & S_IXGRP) != 0;
    return folder->st_uid == pw->pw_uid;
}

static unsigned remark_postfix(const struct socket_spec *spec, void (*say)(const char *remark))
{
    static const char queue[] = POSTFIX_QUEUE "/";
    char text[REMARK_SIZE], folder[SOCKET_PATH_MAX];
    struct strbuf out = STRBUF_ON(text);
    struct stat st;
    size_t length = (size_t)(strrchr(spec->path, '/') - spec->path);

    if (stat(POSTFIX_QUEUE, &st) != 0)
        return 0;
    if (!str_starts_nocase(str_of(spec->path), STR(POSTFIX_QUEUE "/"))) {
        strbuf_putf(&out, "Postfix is here, and where its smtpd runs in a chroot (Debian's does) it cannot see %s; "
                    "Socket = unix:%sassay/assay.sock is inside, with smtpd_milters = unix:assay/assay.sock",
                    spec->path, queue);
        say(text);
        return 1;
    }
    memcpy(folder, spec->path, length);
    folder[length] = '\0';
    if (stat(folder, &st) != 0 || postfix_reaches(&st))
        return 0;
    strbuf_putf(&out, "user postfix may not look into %s: adduser postfix assay, then restart Postfix", folder);
    say(text);
    return 1;
}

static unsigned remark_socket(const struct config *c, const struct socket_spec *spec, void (*say)(const char *remark))
{
    unsigned n = 0;

    if (socket_is_exposed(spec)) {
        say("Socket can be reached from other hosts, and whoever connects is believed: "
            "keep all but the MTA out, or use inet:PORT@localhost");
        n++;
    }
    if (spec->kind == SOCKET_UNIX) {
        n += remark_postfix(spec, say);
        if ((c->umask & S_IWOTH) == 0) {
            say("UMask lets every local user speak to the socket, and whoever connects is believed: use 007");
            n++;
        }
    }
    return n;
}

/* Records tell who wrote to whom. */
static unsigned remark_database(const struct config *c, void (*say)(const char *remark))
{
    char text[REMARK_SIZE + PATH_SIZE];
    struct strbuf out = STRBUF_ON(text);
    struct stat st;

    if (c->database[0] == '\0') {
        say("Database is empty: no records are kept, so nothing can be looked up or reported later");
        return 1;
    }
    if (stat(c->database, &st) != 0 || (st.st_mode & S_IROTH) == 0)
        return 0;
    strbuf_putf(&out, "every user may read %s, which tells who wrote to whom: chmod o-rwx", c->database);
    say(text);
    return 1;
}

unsigned check_remarks(const struct config *c, const struct socket_spec *spec, void (*say)(const char *remark))
{
    unsigned n = remark_socket(c, spec, say);

    if (strchr(c->authserv_id, '.') == NULL) {
        say("AuthservID has no dot: readers of the stamp expect a name that is this site's alone, "
            "as mx.example.com");
        n++;
    }
    if (senders_count(c->senders) == 0) {
        say("there is no catalogue of senders (SendersFile), so no message is told whose service sent it");
        n++;
    }
    return n + remark_database(c, say);
}
