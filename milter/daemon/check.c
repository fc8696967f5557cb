#include "daemon/check.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/database_url.h"
#include "daemon/folder.h"
#include "db/dbfile.h"
#include "dns/resolv_conf.h"
#include "records/store.h"

enum { PATH_SIZE = 1024, REMARK_SIZE = 600 };

#define FOR_READERS "-g assay-read -m 750"
#define REPORT_USER "assay-report" /* who mails reports (contrib/systemd) */
#define POSTFIX_QUEUE "/var/spool/postfix" /* where a Debian Postfix locks its smtpd up */

/* Puts the place of the option in front of what is wrong with it. */
static enum rc blame(const struct config *c, const char *option, enum rc rc, struct err *e)
{
    struct err what = *e;
    char where[PATH_SIZE];

    return err_set(e, rc, "%s%s", config_where(c, option, where, sizeof where), what.text);
}

enum rc check_pid_file(const struct config *c, struct err *e)
{
    if (c->pid_file[0] == '\0' || folder_check("PidFile", FOR_READERS, c->pid_file, e) == RC_OK)
        return RC_OK;
    return blame(c, "PidFile", RC_BAD, e);
}

static enum rc check_database(const struct config *c, struct err *e)
{
    struct stat st;
    enum rc rc;

    if (c->database[0] == '\0')
        return RC_OK;
    if (database_url_is(str_of(c->database)))
        return err_set(e, RC_BAD, "Database: the milter keeps its records in a file, and \"assay fleet run\" ships "
                       "them to the server that Fleet names; set Database to a file");
    rc = folder_check("Database", FOR_READERS, c->database, e);
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

static enum rc check_history(const struct config *c, struct err *e)
{
    struct stat st;
    enum rc rc;

    if (c->history_file[0] == '\0')
        return RC_OK;
    rc = folder_check("HistoryFile", FOR_READERS, c->history_file, e);
    if (rc != RC_OK || stat(c->history_file, &st) != 0)
        return rc;
    if (!S_ISREG(st.st_mode) || access(c->history_file, W_OK) != 0)
        return err_set(e, RC_BAD, "HistoryFile: %s is there, but not a file that user %u may write", c->history_file,
                       (unsigned)geteuid());
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

enum rc check_places(const struct config *c, bool low_ports, struct socket_spec *spec, struct err *e)
{
    const char *want;
    enum rc rc = RC_OK;

    if (!socket_spec_parse(str_of(c->socket), spec, &want))
        rc = err_set(e, RC_BAD, "Socket: %s", want);
    if (rc == RC_OK)
        rc = check_handed_over(spec, e);
    if (rc == RC_OK)
        rc = socket_check(spec, low_ports, e);
    if (rc != RC_OK)
        return blame(c, "Socket", rc, e);
    rc = check_database(c, e);
    if (rc != RC_OK)
        return blame(c, "Database", rc, e);
    if (c->statistics_file[0] != '\0')
        rc = folder_check("StatisticsFile", FOR_READERS, c->statistics_file, e);
    if (rc != RC_OK)
        return blame(c, "StatisticsFile", rc, e);
    rc = check_history(c, e);
    return rc == RC_OK ? RC_OK : blame(c, "HistoryFile", rc, e);
}

enum rc check_unit(const struct config *c, const struct socket_spec *spec, const struct unit *u, struct err *e)
{
    const struct { const char *option, *path; } files[] = {
        {"Socket", spec->kind == SOCKET_UNIX ? spec->path : ""},
        {"Database", c->database},
        {"StatisticsFile", c->statistics_file},
        {"HistoryFile", c->history_file},
        {"PidFile", c->pid_file},
    };

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (files[i].path[0] != '\0' && unit_lets_write(u, files[i].option, files[i].path, e) != RC_OK)
            return blame(c, files[i].option, RC_BAD, e);
    if (u->in_use && spec->kind == SOCKET_FD && !u->socket_in_use) {
        (void)err_set(e, RC_BAD, "Socket: systemd hands over fd:%d only where assay-milter.socket is enabled: "
                      "systemctl stop assay-milter, then systemctl enable --now assay-milter.socket", spec->fd);
        return blame(c, "Socket", RC_BAD, e);
    }
    return RC_OK;
}

enum rc check_servers(const struct config *c, struct err *e)
{
    struct resolv_conf servers;

    return c->nameservers.n > 0 ? RC_OK : resolv_conf_read(NULL, &servers, e);
}

enum rc check_records(const struct config *c, struct err *e)
{
    struct err why = ERR_NONE;
    struct stat st;
    enum rc rc;

    if (c->database[0] == '\0' || stat(c->database, &st) != 0 || st.st_size == 0)
        return RC_OK;
    rc = store_check(c->database, &why);
    if (rc == RC_OK || rc == RC_TEMP)
        return RC_OK;
    (void)err_set(e, RC_BAD, "Database: %s", why.text);
    return blame(c, "Database", RC_BAD, e);
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

/* Until the next call. */
static const char *group_name(gid_t gid)
{
    const struct group *gr = getgrgid(gid);

    return gr == NULL ? "assay-mta" : gr->gr_name;
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
    strbuf_putf(&out, "user postfix may not look into %s: adduser postfix %s, then restart Postfix", folder,
                group_name(st.st_gid));
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

/*
 * Who is in the group that may write the database, but for the sender of
 * reports: one of the times when a single group was for everything.
 */
static unsigned remark_writers(const struct config *c, const struct stat *database, void (*say)(const char *remark))
{
    const struct group *gr = dbfile_is_shared(c->database) ? getgrgid(database->st_gid) : NULL;
    char text[REMARK_SIZE + PATH_SIZE];
    unsigned n = 0;

    for (char **member = gr == NULL ? NULL : gr->gr_mem; member != NULL && *member != NULL; member++) {
        struct strbuf out = STRBUF_ON(text);

        if (strcmp(*member, REPORT_USER) == 0)
            continue;
        strbuf_putf(&out, "%s is in group %s, whose members may write the records once they may enter their folder: "
                    "deluser %s %s; group assay-mta is for the mail server, assay-read for who reads",
                    *member, gr->gr_name, *member, gr->gr_name);
        say(text);
        n++;
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
    if (stat(c->database, &st) != 0)
        return 0;
    if ((st.st_mode & S_IROTH) == 0 || dbfile_is_shared(c->database))
        return remark_writers(c, &st, say);
    strbuf_putf(&out, "every user may read %s, which tells who wrote to whom: chmod o-rwx", c->database);
    say(text);
    return 1;
}

unsigned check_unit_remarks(const struct socket_spec *spec, const struct unit *u, void (*say)(const char *remark))
{
    char text[REMARK_SIZE + UNIT_LISTEN_SIZE];
    struct strbuf out = STRBUF_ON(text);

    if (!u->in_use || !u->socket_in_use || spec->kind != SOCKET_UNIX || strcmp(u->listens, spec->path) == 0)
        return 0;
    strbuf_putf(&out, "assay-milter.socket listens at %s, where nobody serves, for Socket is %s: name one in both",
                u->listens, spec->path);
    say(text);
    return 1;
}

/* What only the sender of reports needs: whoever breaks into a process that faces the network has what its user has. */
static unsigned remark_secrets(const struct config *c, void (*say)(const char *remark))
{
    const struct {
        const char *option, *path;
    } secret[] = {{"ReportKey", c->report_key}, {"ReportRelayAuth", c->report_relay_auth}};
    unsigned n = 0;

    for (size_t i = 0; i < sizeof secret / sizeof secret[0] && geteuid() != 0; i++) {
        char text[REMARK_SIZE + 2 * PATH_SIZE];
        struct strbuf out = STRBUF_ON(text);

        if (secret[i].path[0] == '\0' || access(secret[i].path, R_OK) != 0)
            continue;
        strbuf_putf(&out, "%s: the user of this service may read %s, which only \"assay report send\" needs: "
                    "chown " REPORT_USER " %s", secret[i].option, secret[i].path, secret[i].path);
        say(text);
        n++;
    }
    return n;
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
    return n + remark_database(c, say) + remark_secrets(c, say);
}
