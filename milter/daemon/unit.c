#include "daemon/unit.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "daemon/folder.h"

enum { SHOWN_SIZE = 32 << 10 };

extern char **environ;

/* ---- what systemctl says ---- */

/* `list` holds folders relative to `below`, or absolute paths with "-" and "+" in front of some (systemd.exec(5)). */
static void unit_add_paths(struct unit *out, struct str list, const char *below)
{
    struct strbuf b = {.p = out->writable, .n = strlen(out->writable), .max = sizeof out->writable - 1};

    while (list.n > 0) {
        size_t blank = str_find(list, ' ');
        struct str word = str_slice(list, 0, blank);

        list = str_slice(list, blank + 1, list.n);
        word = str_slice(word, 0, str_find(word, ':')); /* FOLDER:LINK of StateDirectory= */
        while (word.n > 0 && (word.p[0] == '-' || word.p[0] == '+'))
            word = str_slice(word, 1, word.n);
        if (word.n == 0)
            continue;
        strbuf_puts(&b, below);
        strbuf_put(&b, word);
        strbuf_putc(&b, ' ');
    }
}

static bool unit_is(struct str value, const char *word)
{
    return str_eq(value, str_of(word));
}

static void unit_take_service(struct unit *out, struct str key, struct str value)
{
    if (unit_is(key, "UnitFileState"))
        out->in_use = out->in_use || (value.n > 0 && !str_starts_nocase(value, STR("masked")));
    else if (unit_is(key, "ActiveState"))
        out->in_use = out->in_use || unit_is(value, "active");
    else if (unit_is(key, "ProtectSystem"))
        out->strict = unit_is(value, "strict");
    else if (unit_is(key, "PrivateTmp"))
        out->private_tmp = unit_is(value, "yes") || unit_is(value, "disconnected");
    else if (unit_is(key, "ProtectHome"))
        out->hides_home = unit_is(value, "yes") || unit_is(value, "tmpfs");
    else if (unit_is(key, "AmbientCapabilities"))
        out->low_ports = strstr(value.p, "cap_net_bind_service") != NULL;
    else if (unit_is(key, "User"))
        (void)snprintf(out->user, sizeof out->user, "%s", value.p);
    else if (unit_is(key, "ReadWritePaths"))
        unit_add_paths(out, value, "");
    else if (unit_is(key, "StateDirectory"))
        unit_add_paths(out, value, "/var/lib/");
    else if (unit_is(key, "RuntimeDirectory"))
        unit_add_paths(out, value, "/run/");
    else if (unit_is(key, "CacheDirectory"))
        unit_add_paths(out, value, "/var/cache/");
    else if (unit_is(key, "LogsDirectory"))
        unit_add_paths(out, value, "/var/log/");
}

static void unit_take_socket(struct unit *out, struct str key, struct str value)
{
    if (unit_is(key, "UnitFileState"))
        out->socket_in_use = out->socket_in_use || unit_is(value, "enabled");
    else if (unit_is(key, "ActiveState"))
        out->socket_in_use = out->socket_in_use || unit_is(value, "active");
    else if (unit_is(key, "Listen"))
        (void)snprintf(out->listens, sizeof out->listens, "%.*s", (int)str_find(value, ' '), value.p);
}

/* The units stand in blocks with an empty line between; within one the order is systemctl's own. */
static void unit_parse_block(struct str block, struct unit *out)
{
    char line[UNIT_PATHS_SIZE];
    bool of_socket = false;

    for (int round = 0; round < 2; round++) { /* first who it is */
        for (struct str rest = block; rest.n > 0;) {
            size_t end = str_find(rest, '\n');
            struct str one = str_slice(rest, 0, end), key = str_slice(one, 0, str_find(one, '='));

            rest = str_slice(rest, end + 1, rest.n);
            if (one.n >= sizeof line || key.n == one.n)
                continue;
            memcpy(line, one.p, one.n);
            line[one.n] = '\0';
            if (round == 0)
                of_socket = of_socket || str_eq(one, STR("Id=assay-milter.socket"));
            else
                (of_socket ? unit_take_socket : unit_take_service)(out, key, str_of(line + key.n + 1));
        }
    }
}

void unit_parse(const char *text, struct unit *out)
{
    const char *end;

    memset(out, 0, sizeof *out);
    for (; (end = strstr(text, "\n\n")) != NULL; text = end + 2)
        unit_parse_block((struct str){text, (size_t)(end - text)}, out);
    unit_parse_block(str_of(text), out);
}

/* ---- asking ---- */

/* Whether the unit itself runs us (ExecReload=): then what the system grants is what it says. */
static bool unit_runs_us(void)
{
    char line[4096];
    FILE *f = fopen("/proc/self/cgroup", "re");
    bool found = false;

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        found = found || strstr(line, "/assay-milter.service") != NULL;
    if (f != NULL)
        (void)fclose(f);
    return found;
}

/* Runs systemctl; what it printed is in `text` then. */
static bool unit_show(char text[static SHOWN_SIZE])
{
    static const char *const argv[] = {
        "systemctl", "--no-pager", "show", "assay-milter.service", "assay-milter.socket", "-p",
        "Id,UnitFileState,ActiveState,User,ProtectSystem,ProtectHome,PrivateTmp,AmbientCapabilities,ReadWritePaths,"
        "StateDirectory,RuntimeDirectory,CacheDirectory,LogsDirectory,Listen", NULL};
    char *args[sizeof argv / sizeof argv[0]];
    posix_spawn_file_actions_t files;
    size_t n = 0;
    ssize_t got;
    int ends[2], status = -1;
    pid_t child;
    bool good;

    memcpy(args, argv, sizeof args);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    (void)posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    good = posix_spawn(&child, "/usr/bin/systemctl", &files, NULL, args, environ) == 0;
    (void)posix_spawn_file_actions_destroy(&files);
    (void)close(ends[1]);
    while (good && n < SHOWN_SIZE - 1 && (got = read(ends[0], text + n, SHOWN_SIZE - 1 - n)) > 0)
        n += (size_t)got;
    text[n] = '\0';
    (void)close(ends[0]);
    return good && waitpid(child, &status, 0) == child && status == 0;
}

void unit_ask(struct unit *out)
{
    char text[SHOWN_SIZE];

    memset(out, 0, sizeof *out);
    if (access("/run/systemd/system", F_OK) == 0 && !unit_runs_us() && unit_show(text))
        unit_parse(text, out);
}

/* ---- what it lets us do ---- */

static bool unit_is_below(struct str path, struct str folder)
{
    while (folder.n > 1 && folder.p[folder.n - 1] == '/')
        folder.n--;
    return str_eq(str_slice(path, 0, folder.n), folder) &&
           (path.n == folder.n || folder.n == 1 || path.p[folder.n] == '/');
}

static bool unit_hides(const struct unit *u, struct str folder)
{
    return (u->private_tmp && (unit_is_below(folder, STR("/tmp")) || unit_is_below(folder, STR("/var/tmp")))) ||
           (u->hides_home && (unit_is_below(folder, STR("/home")) || unit_is_below(folder, STR("/root")) ||
                              unit_is_below(folder, STR("/run/user"))));
}

enum rc unit_lets_write(const struct unit *u, const char *option, const char *path, struct err *e)
{
    struct str rest = str_of(u->writable);
    char folder[FOLDER_PATH_MAX];

    folder_of(path, folder);
    if (u->in_use && unit_hides(u, str_of(folder)))
        return err_set(e, RC_BAD, "%s: assay-milter.service has another %s than this one (ProtectHome=, PrivateTmp=); "
                       "choose a folder elsewhere", option, folder);
    if (!u->in_use || !u->strict)
        return RC_OK;
    while (rest.n > 0) {
        size_t blank = str_find(rest, ' ');

        if (unit_is_below(str_of(folder), str_slice(rest, 0, blank)))
            return RC_OK;
        rest = str_slice(rest, blank + 1, rest.n);
    }
    return err_set(e, RC_BAD, "%s: assay-milter.service may not write in %s: systemctl edit assay-milter, with "
                   "[Service] and ReadWritePaths=%s", option, folder, folder);
}
