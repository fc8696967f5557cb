/* Landlock: which files, and which ports of TCP (landlock(7)). */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/confine.h"

/* What Debian 12's headers do not have yet. */
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_TCP (1ULL << 0)
#define NET_CONNECT_TCP (1ULL << 1)
enum { RULE_NET_PORT = 2, DNS_PORT = 53, PATH_SIZE = 1024 };

struct ruleset_attr {
    uint64_t handled_access_fs, handled_access_net;
};

struct net_port_attr {
    uint64_t allowed_access, port;
};

#define READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define REMOVES LANDLOCK_ACCESS_FS_REMOVE_FILE
#define CHANGES (READS | REMOVES | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | FS_TRUNCATE)
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)
#define FIRST_RIGHTS ((1ULL << 13) - 1) /* of the first Landlock */

struct rules {
    int fd;
    uint64_t fs, net; /* what this kernel knows */
};

static void confine_allow(const struct rules *r, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = rights & r->fs};
    struct stat st;

    beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (beneath.parent_fd < 0)
        return;
    if (fstat(beneath.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
        beneath.allowed_access &= FILE_RIGHTS;
    (void)syscall(SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    (void)close(beneath.parent_fd);
}

/* The folder of a file, since a file may be replaced; "" is no file. */
static void confine_allow_around(const struct rules *r, const char *file, uint64_t rights)
{
    char folder[PATH_SIZE];
    const char *slash = strrchr(file, '/');

    if (slash == NULL || (size_t)(slash - file) >= sizeof folder)
        return;
    (void)snprintf(folder, sizeof folder, "%.*s", slash == file ? 1 : (int)(slash - file), file);
    confine_allow(r, folder, rights);
}

static void confine_allow_port(const struct rules *r, uint32_t port, uint64_t rights)
{
    const struct net_port_attr attr = {.allowed_access = rights, .port = port};

    if (r->net != 0)
        (void)syscall(SYS_landlock_add_rule, r->fd, RULE_NET_PORT, &attr, 0);
}

static void confine_system(const struct rules *r)
{
    static const char *const reads[] = {"/etc", "/usr", "/lib", "/lib64", "/bin", "/sbin"};
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"};
    /* what /etc/resolv.conf leads to now, or may lead to later (dns/resolv_conf.h) */
    static const char *const resolvers[] = {"/run/systemd", "/run/NetworkManager", "/run/resolvconf"};
    char *resolv_conf = realpath("/etc/resolv.conf", NULL);

    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
        confine_allow(r, reads[i], READS);
    for (size_t i = 0; i < sizeof resolvers / sizeof resolvers[0]; i++)
        confine_allow(r, resolvers[i], READS);
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        confine_allow(r, devices[i], READS | LANDLOCK_ACCESS_FS_WRITE_FILE);
    if (resolv_conf != NULL)
        confine_allow_around(r, resolv_conf, READS);
    free(resolv_conf);
}

/* Files of the configuration: absolute, or beside assay.conf, whose folder is allowed. */
static void confine_configuration(const struct rules *r, const struct config *c, const struct options *o)
{
    const char *const files[] = {c->senders_file, c->clients_file, c->policy_file, c->trust_anchor, o->zone};
    char *config = o->config_file == NULL ? NULL : realpath(o->config_file, NULL);

    if (config != NULL)
        confine_allow_around(r, config, READS);
    free(config);
    if (o->config_file != NULL)
        confine_allow_around(r, o->config_file, READS);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (files[i] != NULL)
            confine_allow_around(r, files[i], READS);
    if (c->senders_folder[0] == '/')
        confine_allow(r, c->senders_folder, READS);
}

/* ADDRESS or ADDRESS@PORT */
static void confine_dns(const struct rules *r, const struct config *c)
{
    confine_allow_port(r, DNS_PORT, NET_CONNECT_TCP);
    for (size_t i = 0; i < c->nameservers.n; i++) {
        const char *at = strrchr(c->nameservers.item[i], '@');
        uint32_t port;

        if (at != NULL && str_to_u32(str_of(at + 1), &port))
            confine_allow_port(r, port, NET_CONNECT_TCP);
    }
}

static void confine_rules(const struct rules *r, const struct config *c, const struct options *o,
                          const struct socket_spec *spec)
{
    confine_system(r);
    confine_configuration(r, c, o);
    confine_allow_around(r, c->database, CHANGES);
    confine_allow_around(r, c->history_file, CHANGES);
    confine_allow_around(r, c->statistics_file, CHANGES);
    confine_allow_around(r, c->pid_file, REMOVES);
    if (spec->kind == SOCKET_UNIX)
        confine_allow_around(r, spec->path, READS | REMOVES);
    confine_dns(r, c);
}

/* The folder of the database; false: none that has a name of its own. */
static bool confine_database_folder(const struct config *c, char folder[static PATH_SIZE])
{
    const char *slash = strrchr(c->database, '/');

    if (slash == NULL || slash == c->database || slash - c->database >= PATH_SIZE)
        return false;
    (void)snprintf(folder, PATH_SIZE, "%.*s", (int)(slash - c->database), c->database);
    return true;
}

/* Files that SQLite makes for a moment go where the others are. */
static struct confined confine_scratch(const struct config *c)
{
    struct confined at = {.done = true};
    char folder[PATH_SIZE];
    struct stat st;

    if (!confine_database_folder(c, folder))
        return at;
    (void)setenv("SQLITE_TMPDIR", folder, 1);
    if (stat(folder, &st) == 0) {
        at.dev = st.st_dev;
        at.ino = st.st_ino;
    }
    return at;
}

bool confine_is_outlived(const struct confined *at_start, const struct config *c)
{
    char folder[PATH_SIZE];
    struct stat st;

    return at_start->done && confine_database_folder(c, folder) && stat(folder, &st) == 0 &&
           (st.st_dev != at_start->dev || st.st_ino != at_start->ino);
}

struct confined confine_files(const struct config *c, const struct options *o, const struct socket_spec *spec)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct ruleset_attr attr = {.handled_access_fs = FIRST_RIGHTS};
    struct confined at = {.done = false};
    struct rules r;

    if (!c->sandbox || CONFINE_SANITIZED)
        return at; /* confine_calls says so */
    if (abi <= 0) {
        log_write(LOG_LEVEL_WARNING, NULL, "%s: access to files is limited by the user's rights alone; "
                  "system calls are filtered",
                  errno == EPERM ? "Landlock is forbidden here (SystemCallFilter=)" : "this kernel has no Landlock");
        return at;
    }
    attr.handled_access_fs |= abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0;
    attr.handled_access_fs |= (abi >= 3 ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0);
    attr.handled_access_net = abi >= 4 ? NET_BIND_TCP | NET_CONNECT_TCP : 0;
    r = (struct rules){.fs = attr.handled_access_fs, .net = attr.handled_access_net};
    r.fd = (int)syscall(SYS_landlock_create_ruleset, &attr, abi >= 4 ? sizeof attr : sizeof attr.handled_access_fs, 0);
    if (r.fd >= 0) {
        at = confine_scratch(c);
        confine_rules(&r, c, o, spec);
    }
    if (r.fd < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || syscall(SYS_landlock_restrict_self, r.fd, 0) != 0) {
        log_write(LOG_LEVEL_WARNING, NULL, "cannot confine this process to its files: %s", strerror(errno));
        at.done = false;
    }
    if (r.fd >= 0)
        (void)close(r.fd);
    return at;
}

static bool confine_same_folder(const char *a, const char *b)
{
    const char *slash_a = strrchr(a, '/'), *slash_b = strrchr(b, '/');

    return slash_a != NULL && slash_b != NULL && slash_a - a == slash_b - b &&
           strncmp(a, b, (size_t)(slash_a - a)) == 0;
}

void confine_moved(const struct config *first, const struct config *now)
{
    const char *const may[] = {first->database, first->history_file, first->statistics_file};
    const struct {
        const char *option, *path;
    } written[] = {{"HistoryFile", now->history_file}, {"StatisticsFile", now->statistics_file}};

    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        bool found = written[i].path[0] == '\0' || !first->sandbox || CONFINE_SANITIZED;

        for (size_t k = 0; k < sizeof may / sizeof may[0] && !found; k++)
            found = confine_same_folder(written[i].path, may[k]);
        if (!found)
            log_write(LOG_LEVEL_WARNING, NULL, "%s: %s lies in a folder that the sandbox did not know at the start, "
                      "and waits for a restart", written[i].option, written[i].path);
    }
}
