#include "mta/peer.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_rate.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

enum { GROUPS_MAX = 256 };

/* The listener's thread's. */
static struct {
    bool unix_socket;
    gid_t group;
    char path[sizeof((struct sockaddr_un *)0)->sun_path + 1];
    unsigned refused;
    struct log_rate said;
} door;

void peer_open(int listening)
{
    struct sockaddr_un sa = {.sun_family = AF_UNSPEC};
    socklen_t size = sizeof sa;
    struct stat st;

    door.unix_socket = getsockname(listening, (struct sockaddr *)(void *)&sa, &size) == 0 && sa.sun_family == AF_UNIX;
    door.group = getegid();
    if (!door.unix_socket || sa.sun_path[0] != '/')
        return;
    for (size_t i = 0; i < sizeof sa.sun_path; i++)
        door.path[i] = sa.sun_path[i];
    if (lstat(door.path, &st) == 0 && S_ISSOCK(st.st_mode))
        door.group = st.st_gid;
}

/* Its groups beside the first; a kernel that does not tell them leaves the first alone. */
static bool peer_in_group(int connection)
{
    gid_t groups[GROUPS_MAX];
    socklen_t size = sizeof groups;

    if (getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0)
        return false;
    for (size_t i = 0; i < size / sizeof groups[0]; i++)
        if (groups[i] == door.group)
            return true;
    return false;
}

static void peer_refuse(const struct ucred *who)
{
    const struct group *gr;

    door.refused++;
    if (!log_rate_may(&door.said, LOG_RATE_MS))
        return;
    gr = getgrgid(door.group);
    log_write(LOG_LEVEL_ERROR, NULL, "user %u (process %d) may not use the socket: is not in its group %s (%u); "
              "%u refused since the start; for a mail server: adduser USER %s", (unsigned)who->uid, (int)who->pid,
              gr == NULL ? "?" : gr->gr_name, (unsigned)door.group, door.refused, gr == NULL ? "GROUP" : gr->gr_name);
}

bool peer_may(int connection)
{
    struct ucred who = {.uid = (uid_t)-1};
    socklen_t size = sizeof who;

    if (!door.unix_socket)
        return true;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
        (who.uid == 0 || who.uid == geteuid() || who.gid == door.group || peer_in_group(connection)))
        return true;
    peer_refuse(&who);
    return false;
}
